package profiles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

func (r *report) unit(i int) {
	u, path := &r.profile.Units[i], fmt.Sprintf("units[%d]", i)
	r.address(u, path)
	r.network(u, path)
	r.transport(u, path)
	r.sessions(u, path)
	r.twins(i, path)
	r.reads(path+".reads", u.Dialect, u.Reads)
	r.untouched(u, path)
	r.vin(u, path)
	for j, read := range u.Reads {
		if u.Confidence == Inferred && read.Confidence != Standard {
			r.add(fmt.Sprintf("%s.reads[%d]", path, j), "inferred", "an inferred unit is asked standard reads only")
		}
	}
}

// twins looks for an earlier unit of the same name, or of the same address and
// dialect.
func (r *report) twins(i int, path string) {
	u := r.profile.Units[i]
	for _, other := range r.profile.Units[:i] {
		if other.Name == u.Name {
			r.add(path+".name", "unit-name", "a second unit %q", u.Name)
		}
		if other.Address == u.Address && other.Dialect == u.Dialect {
			r.add(path+".address", "unit-address", "%s speaks %s already as %q", u.Address, u.Dialect, other.Name)
		}
	}
}

// sharedResponses looks for units whose answers could not be told apart.
func (r *report) sharedResponses() {
	for i, u := range r.profile.Units {
		for _, other := range r.profile.Units[:i] {
			a, b := u.Address, other.Address
			sameAnswer := a.RX == b.RX && a.RXAE == b.RXAE && a.HasAE == b.HasAE && u.Network == other.Network
			if sameAnswer && (a.TX != b.TX || a.TXAE != b.TXAE) {
				r.add(fmt.Sprintf("units[%d].address", i), "unit-address", "%q answers with the same identifier", other.Name)
			}
		}
	}
}

func (r *report) address(u *Unit, path string) {
	if reason := addressFault(u.Address); reason != "" {
		r.add(path+".address", "unit-address", "%s: %s", u.Address, reason)
	}
	if u.Address.FD != u.Network.FD {
		r.add(path+".address", "unit-address", "%s and its network disagree on CAN FD", u.Address)
	}
}

// addressFault holds an address against the schemes that makers use. What is
// below 600 carries the car's own control traffic, but for GM's 240-25F.
func addressFault(a transport.Address) string {
	gm := a.TX >= 0x240 && a.TX <= 0x25F
	switch {
	case a.Functional():
		return "functional, so it names no unit"
	case a.Extended && !normalFixed(a):
		return "not of the form 18DAxxF1/18DAF1xx"
	case a.TX == 0x7DF:
		return "7DF is functional"
	case a.TX < 0x600 && !gm:
		return "requests below 600 are not diagnostics"
	case a.HasAE:
		return addressByteFault(a)
	}
	return ""
}

// addressByteFault knows BMW's bytes and those of everybody else, Toyota's,
// which are the same both ways.
func addressByteFault(a transport.Address) string {
	bmw := a.TX == 0x6F1
	switch {
	case bmw && (a.RX != 0x600|uint32(a.TXAE) || a.RXAE != 0xF1):
		return "6F1:xx is answered by 6xx:F1"
	case !bmw && a.RXAE != a.TXAE:
		return "the address bytes differ"
	}
	return ""
}

func normalFixed(a transport.Address) bool {
	unit := a.TX >> 8 & 0xFF
	return a.TX == 0x18DA00F1|unit<<8 && a.RX == 0x18DAF100|unit
}

func (r *report) network(u *Unit, path string) {
	high, low, ok := strings.Cut(u.Network.Pins, "/")
	if !ok || !isPin(high) || !isPin(low) || high == low {
		r.add(path+".network.pins", "network", "%q are no two pins of the connector, such as 6/14", u.Network.Pins)
	}
	if b := u.Network.Bitrate; b < 10_000 || b > 1_000_000 {
		r.add(path+".network.bitrate", "network", "%d is no bit rate of CAN", b)
	}
}

func isPin(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 16 && strconv.Itoa(n) == s
}

func (r *report) transport(u *Unit, path string) {
	st := u.Transport.STmin
	milli := st%time.Millisecond == 0 && st <= 127*time.Millisecond
	micro := st%(100*time.Microsecond) == 0 && st < time.Millisecond
	if !milli && !micro {
		r.add(path+".transport.stmin", "transport", "%v can't be said in flow control: 0-127ms, or 100us-900us", st)
	}
	var b HexByte
	if pad := u.Transport.Pad; pad != "" && pad != "none" && b.UnmarshalText([]byte(pad)) != nil {
		r.add(path+".transport.pad", "transport", "%q is neither two hex digits nor none", pad)
	}
}

// sessions are changed on telematics and head units only.
func (r *report) sessions(u *Unit, path string) {
	if len(u.Sessions) > 0 && u.Role != Telematics && u.Role != HeadUnit {
		r.add(path+".sessions", "session", "the session of a unit of role %s is never changed", u.Role)
	}
	for i, s := range u.Sessions {
		if !plausibleSession(u.Dialect, byte(s)) {
			r.add(fmt.Sprintf("%s.sessions[%d]", path, i), "session", "%02X is no session to read in over %s", byte(s), u.Dialect)
		}
	}
}

// plausibleSession leaves out programming (02; 85 in KWP) and default, which
// needs no naming. Bit 7 of a UDS session byte suppresses the answer.
func plausibleSession(d guard.Dialect, s byte) bool {
	switch d {
	case guard.UDS:
		return s == 0x03 || s >= 0x40 && s < 0x7F
	case guard.KWP:
		return s > 0x81 && s < 0xFF && s != 0x85
	}
	return false
}

// untouched checks the requests that exist and are not made.
func (r *report) untouched(u *Unit, path string) {
	seen := map[string]bool{}
	for list, requests := range map[string][]Hex{".private": u.Private, ".secret": u.Secret} {
		for i, request := range requests {
			at := fmt.Sprintf("%s%s[%d]", path, list, i)
			switch {
			case !wellFormedRead(u.Dialect, request):
				r.add(at, "request", "%s is no read request of %s", request, u.Dialect)
			case seen[request.String()]:
				r.add(at, "private", "%s is listed twice", request)
			case slices.ContainsFunc(u.Reads, func(read Read) bool { return slices.Equal(read.Request, request) }):
				r.add(at, "private", "%s is also one of the unit's reads", request)
			}
			seen[request.String()] = true
		}
	}
}

// vin checks the request that gives the car's VIN. A telematics unit's own may
// be that of another car.
func (r *report) vin(u *Unit, path string) {
	switch {
	case len(u.VIN) == 0:
	case u.Role == Telematics:
		r.add(path+".vin", "vin", "the car's VIN never comes from a telematics unit")
	case !slices.ContainsFunc(u.Reads, func(read Read) bool { return slices.Equal(read.Request, u.VIN) }):
		r.add(path+".vin", "vin", "%s is none of the unit's reads", u.VIN)
	}
}

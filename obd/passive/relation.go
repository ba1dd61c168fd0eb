package passive

import "github.com/untether-obd/untether/obd/transport"

// endpoint is one side of a conversation: an identifier and, with extended or
// mixed addressing, the address byte that begins each frame.
type endpoint struct {
	id                  uint32
	wide, fd, addressed bool
	ae                  byte
}

// relation says how natural it is that b answers a. More is better.
type relation uint8

const (
	unrelated relation = iota // a and b cannot be one conversation
	stranger                  // possible
	usual                     // where makers usually put the answer
	reserved                  // what a standard or a maker reserves for diagnosis
)

func relate(a, b endpoint) relation {
	switch {
	case a.id == b.id, a.wide != b.wide, a.fd != b.fd, a.addressed != b.addressed:
		return unrelated
	case a.addressed:
		return relateAddressed(a, b)
	case a.wide:
		return relateWide(a.id, b.id)
	}
	return relateNormal(a.id, b.id)
}

func relateNormal(a, b uint32) relation {
	switch {
	case a == 0x7DF && b>>3 == 0x7E8>>3, a>>3 == 0x7E0>>3 && b == a+8:
		return reserved
	case isUsual(a, b):
		return usual
	}
	return stranger
}

// isUsual knows where makers put the response identifier.
func isUsual(a, b uint32) bool {
	for response := range transport.UsualResponses(a, false) {
		if response == b {
			return true
		}
	}
	return false
}

// The first two bytes of fixed addressing with 29 bits, normal and mixed.
const (
	fixedPhysical   = 0x18DA
	fixedFunctional = 0x18DB
	mixedPhysical   = 0x18CE
	mixedFunctional = 0x18CD
)

// relateWide knows normal fixed addressing: 18DA target source, and 18DB for
// groups.
func relateWide(a, b uint32) relation { return relateFixed(a, b, fixedPhysical, fixedFunctional) }

func relateFixed(a, b, physical, functional uint32) relation {
	fixed := func(id uint32) bool { return id>>16 == physical || id>>16 == functional }
	switch {
	case !fixed(a) && !fixed(b):
		return stranger
	case b>>16 != physical || !fixed(a) || byte(a) != byte(b>>8):
		return unrelated
	case a>>16 == physical && byte(a>>8) != byte(b):
		return unrelated
	}
	return reserved
}

// tester is the address byte of testers.
const tester = 0xF1

// relateAddressed knows three forms: the address byte is the other side's, and
// the last of its identifier (6F1:61/661:F1); or it is the same on both sides
// (750:C7/758:C7 and 18CE40F1:AB/18CEF140:AB, mixed addressing); or it is the
// other side's, that of the tester for answers (extended addressing).
func relateAddressed(a, b endpoint) relation {
	toGroup := a.isGroup() && a.id == 0x600|tester
	switch {
	case !a.wide && b.id>>8 == 6 && b.ae == byte(a.id) && (a.ae == byte(b.id) || toGroup):
		return reserved
	case a.ae == b.ae && a.wide:
		return relateFixed(a.id, b.id, mixedPhysical, mixedFunctional)
	case a.ae == b.ae:
		return relateNormal(a.id, b.id)
	case b.ae != tester || a.id == 0x600|tester || a.isGroup():
		return unrelated
	case a.wide:
		return min(relateWide(a.id, b.id), usual)
	}
	return min(relateNormal(a.id, b.id), usual)
}

// isGroup reports whether requests to this endpoint are functional.
func (e endpoint) isGroup() bool { return !e.group().IsZero() }

// group is the functional address whose requests go to this endpoint, or none.
// Of mixed addressing it leaves the address byte out, which is everybody's.
func (e endpoint) group() transport.Address {
	a := transport.Address{TX: e.id, Extended: e.wide, FD: e.fd}
	switch {
	case e.addressed && !e.wide && e.id == 0x600|tester && e.ae == 0xDF:
		a.HasAE, a.TXAE, a.RXAE = true, e.ae, tester
		a.RX, a.RXLast = 0x600, 0x6FF
	case !e.wide && e.id == 0x7DF:
		a.RX, a.RXLast = 0x7E8, 0x7EF
	case e.wide && !e.addressed && e.id>>16 == fixedFunctional:
		a.RX, a.RXLast = responders(fixedPhysical, e.id)
	case e.wide && e.addressed && e.id>>16 == mixedFunctional:
		a.RX, a.RXLast = responders(mixedPhysical, e.id)
	default:
		return transport.Address{}
	}
	return a
}

// responders are all who may answer the tester of a fixed identifier.
func responders(physical, id uint32) (first, last uint32) {
	first = physical<<16 | id&0xFF<<8
	return first, first | 0xFF
}

// responder is the address of a unit that answers this group, if it follows
// from its identifier.
func (e endpoint) responder(unit endpoint) (transport.Address, bool) {
	a, ok := e.group().Responder(unit.id)
	if ok && e.addressed && !a.HasAE {
		a.HasAE, a.TXAE, a.RXAE = true, e.ae, unit.ae
	}
	return a, ok
}

func address(a, b endpoint) transport.Address {
	return transport.Address{
		TX: a.id, RX: b.id, RXLast: b.id, Extended: a.wide,
		HasAE: a.addressed, TXAE: a.ae, RXAE: b.ae, FD: a.fd,
	}
}

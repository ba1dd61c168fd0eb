package cli

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

// aboutNoCar tells that nobody answers, by what the dongle measures at the
// connector.
func (a *app) aboutNoCar(uri string, none *bringup.NoCarError) string {
	volts, supply := float64(none.Millivolts)/1000, doctor.JudgeSupply(none.Millivolts)
	switch known := none.Millivolts > 0; {
	case known && supply == doctor.SupplyNone:
		return a.say.Text(message.NotInSocket, uri, volts)
	case known && supply == doctor.SupplyStop:
		return a.say.Text(message.BatteryLow, uri, volts)
	case none.KLine:
		return a.say.Text(message.NoTrafficKLine, uri)
	case known:
		return a.say.Text(message.NoTrafficPowered, uri, volts)
	}
	return a.say.Text(message.NoTraffic, uri)
}

// aboutDongle tells why there is no talking to a dongle, or no longer.
func (a *app) aboutDongle(err error) (string, int) {
	uri := dongleURI(err)
	for _, known := range []func(string, error) (string, int){a.aboutPort, a.aboutELM, a.aboutSLCAN} {
		if text, code := known(uri, err); text != "" {
			return text, code
		}
	}
	if _, deaf := errors.AsType[*adapter.CannotListenError](err); deaf {
		return a.say.Text(message.DongleDeaf, uri), exitFailed
	}
	return "", 0
}

// dongleURI is the adapter that an error is about.
func dongleURI(err error) string {
	if on, ok := errors.AsType[*adapterError](err); ok {
		return on.uri
	}
	if on, ok := errors.AsType[*slcan.OpenError](err); ok {
		return on.URI
	}
	if on, ok := errors.AsType[*slcan.LostError](err); ok {
		return on.URI
	}
	return ""
}

// remote reports an adapter that is reached over the network.
func remote(uri string) bool { return strings.Contains(uri, "://") }

func (a *app) aboutPort(uri string, err error) (string, int) {
	var (
		busy *serialport.BusyError
		open *serialport.OpenError
		lost *serialport.LostError
	)
	_, early := errors.AsType[*openingError](err)
	switch {
	case errors.As(err, &busy) && len(busy.Holders) > 0:
		return a.say.Text(message.PortBusyBy, busy.Port, a.holders(busy.Holders)), exitNoCar
	case errors.As(err, &busy):
		return a.say.Text(message.PortBusy, busy.Port), exitNoCar
	case errors.As(err, &open):
		return a.aboutOpening(uri, open)
	case errors.As(err, &lost) && remote(uri) && early:
		return a.say.Text(message.HostEnds, uri), exitNoCar
	case errors.As(err, &lost) && remote(uri):
		return a.say.Text(message.HostGone, uri), exitNoCar
	case errors.As(err, &lost):
		return a.say.Text(message.PortGone, lost.Port), exitNoCar
	}
	return "", 0
}

func (a *app) holders(all []serialport.Holder) string {
	var names []string
	for _, h := range all {
		names = append(names, a.say.Text(message.Holder, h.Program, fmt.Sprint(h.PID)))
	}
	return strings.Join(names, ", ")
}

// isHostPort reports what was meant for a dongle on the network.
func isHostPort(name string) bool {
	_, port, err := net.SplitHostPort(name)
	if err != nil || strings.Contains(name, "/") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func (a *app) aboutOpening(uri string, e *serialport.OpenError) (string, int) {
	text := map[serialport.Reason]message.ID{
		serialport.NoSuchPort: message.PortMissing, serialport.NotSerial: message.PortNotSerial, serialport.BadBaud: message.PortNoSpeed,
		serialport.NoAnswer: message.PortLate, serialport.Refused: message.HostRefuses, serialport.NoRoute: message.HostUnreachable,
		serialport.NoSuchHost: message.HostUnknown,
	}
	switch id := text[e.Reason]; {
	case e.Reason == serialport.NoSuchPort && !remote(uri) && isHostPort(e.Port):
		return a.say.Text(message.PortIsHost, e.Port, e.Port), exitFailed
	case e.Reason == serialport.NoPermission && e.Group != "":
		return a.say.Text(message.PortDenied, e.Port, e.Group), exitFailed
	case e.Reason == serialport.NoPermission:
		return a.say.Text(message.AdapterDenied, e.Port), exitFailed
	case e.Reason == serialport.NoAnswer && remote(uri):
		return a.say.Text(message.HostLate, e.Port), exitNoCar
	case e.Reason == serialport.NotSerial, e.Reason == serialport.BadBaud:
		return a.say.Text(id, e.Port), exitFailed
	case id != "":
		return a.say.Text(id, e.Port), exitNoCar
	}
	return a.say.Text(message.CannotOpen, e.Port, e.Error()), exitNoCar
}

// printable shows what a stranger sent, without what a terminal would obey.
func printable(text string) string {
	const shown = 40
	quoted := []rune(fmt.Sprintf("%+q", text))
	quoted = quoted[1 : len(quoted)-1]
	if len(quoted) > shown {
		return string(quoted[:shown]) + "..."
	}
	return string(quoted)
}

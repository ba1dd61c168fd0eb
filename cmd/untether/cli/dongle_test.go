package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

// failures are all that can be wrong with a dongle, as its package says it.
var failures = []struct {
	rule string
	uri  string
	err  error
	want message.ID
	code int
}{
	{"no port", usb, &serialport.OpenError{Port: tty, Reason: serialport.NoSuchPort}, message.PortMissing, exitNoCar},
	{"an address without its slashes", "elm327:" + host, &serialport.OpenError{Port: host, Reason: serialport.NoSuchPort}, message.PortIsHost, exitFailed},
	{"port busy, by whom", usb, &serialport.BusyError{Port: tty, Holders: []serialport.Holder{{PID: 7, Program: "minicom"}}}, message.PortBusyBy, exitNoCar},
	{"port busy", usb, &serialport.BusyError{Port: tty}, message.PortBusy, exitNoCar},
	{"no permission, the group", usb, &serialport.OpenError{Port: tty, Reason: serialport.NoPermission, Group: "dialout"}, message.PortDenied, exitFailed},
	{"no permission", usb, &serialport.OpenError{Port: tty, Reason: serialport.NoPermission}, message.AdapterDenied, exitFailed},
	{"not a serial port", usb, &serialport.OpenError{Port: tty, Reason: serialport.NotSerial}, message.PortNotSerial, exitFailed},
	{"a speed that the port has not", usb, &serialport.OpenError{Port: tty, Reason: serialport.BadBaud}, message.PortNoSpeed, exitFailed},
	{"Bluetooth out of reach", usb, &serialport.OpenError{Port: tty, Reason: serialport.NoAnswer}, message.PortLate, exitNoCar},
	{"Wi-Fi not joined", wifi, &serialport.OpenError{Port: host, Reason: serialport.NoRoute}, message.HostUnreachable, exitNoCar},
	{"Wi-Fi dongle without power", wifi, &serialport.OpenError{Port: host, Reason: serialport.NoAnswer}, message.HostLate, exitNoCar},
	{"another client on Wi-Fi", wifi, &serialport.OpenError{Port: host, Reason: serialport.Refused}, message.HostRefuses, exitNoCar},
	{"no such host", wifi, &serialport.OpenError{Port: host, Reason: serialport.NoSuchHost}, message.HostUnknown, exitNoCar},
	{"whatever else", usb, &serialport.OpenError{Port: tty, Reason: serialport.Failed}, message.CannotOpen, exitNoCar},
	{"pulled", usb, &serialport.LostError{Port: tty, Err: errors.New("EIO")}, message.PortGone, exitNoCar},
	{"Wi-Fi gone", wifi, &serialport.LostError{Port: host, Err: errors.New("reset")}, message.HostGone, exitNoCar},

	{"another client on Wi-Fi, told by the end", wifi, &openingError{&serialport.LostError{Port: host, Err: errors.New("EOF")}}, message.HostEnds, exitNoCar},

	{"not a byte", usb, &elm327.NoDongleError{Seen: elm327.SeenNothing}, message.DongleSilent, exitNoCar},
	{"wrong speed", usb, &elm327.NoDongleError{Seen: elm327.SeenGarbage}, message.DongleGarbage, exitNoCar},
	{"not an ELM", usb, &elm327.NoDongleError{Seen: elm327.SeenOther, Text: "login:"}, message.DongleForeign, exitNoCar},
	{"locked up", usb, &elm327.LockedUpError{Command: "ATSP6"}, message.DongleLockedUp, exitNoCar},
	{"no answer", usb, &elm327.LateError{Command: "ATI"}, message.DongleMute, exitNoCar},
	{"battery low at the dongle", usb, &elm327.LowVoltageError{}, message.DongleLowVoltage, exitNoCar},
	{"restarts", usb, &elm327.ResetError{Command: "0100"}, message.DongleReset, exitNoCar},
	{"falls asleep", usb, &elm327.AsleepError{Text: "LP ALERT"}, message.DongleAsleep, exitNoCar},
	{"lacks what it must have", usb, &elm327.UnsupportedError{Command: "ATH1"}, message.DongleNotELM, exitFailed},
	{"another client at the same time", usb, &elm327.UnexpectedError{Command: "0100", Got: "OK"}, message.DongleDisturbed, exitNoCar},
	{"what the chip says of the bus", usb, &elm327.ChipError{Said: "FB ERROR"}, message.DongleSays, exitNoCar},

	{"no SLCAN dongle", acm, &slcan.OpenError{URI: acm, Err: slcan.ErrSilent}, message.SLCANSilent, exitNoCar},
	{"not an SLCAN device", acm, &slcan.OpenError{URI: acm, Err: &slcan.ForeignError{Said: "ELM327"}}, message.SLCANForeign, exitNoCar},
	{"no CAN FD", acm, &slcan.OpenError{URI: acm, Err: slcan.ErrNoFD}, message.SLCANNoFD, exitFailed},
	{"a command that it refuses", acm, &slcan.RefusedError{Command: "O"}, message.SLCANRefuses, exitFailed},
	{"a bit rate that it has not", acm, &slcan.BitrateError{Bitrate: 33_333, Valid: []int{125_000, 500_000}}, message.SLCANNoBitrate, exitFailed},
	{"SLCAN pulled", acm, &slcan.LostError{URI: acm, Err: &serialport.LostError{Port: tty}}, message.PortGone, exitNoCar},
	{"SLCAN silent", acm, &slcan.LostError{URI: acm, Err: slcan.ErrGone}, message.DongleMute, exitNoCar},
	{"SLCAN reset", acm, &slcan.LostError{URI: acm, Err: slcan.ErrReset}, message.DongleReset, exitNoCar},
	{"SLCAN port missing", acm, &slcan.OpenError{URI: acm, Err: &serialport.OpenError{Port: tty, Reason: serialport.NoSuchPort}}, message.PortMissing, exitNoCar},
	{"full", acm, slcan.ErrBufferFull, message.DongleFull, exitNoCar},
	{"cannot listen", acm, &adapter.CannotListenError{Reason: "it refuses"}, message.DongleDeaf, exitFailed},

	{"nobody there", usb, &bringup.NoCarError{}, message.NoTraffic, exitNoCar},
	{"not in the socket", usb, &bringup.NoCarError{Millivolts: 5_999}, message.NotInSocket, exitNoCar},
	{"battery low", usb, &bringup.NoCarError{Millivolts: 11_799}, message.BatteryLow, exitNoCar},
	{"asleep, ignition off, other pins", usb, &bringup.NoCarError{Millivolts: 12_600}, message.NoTrafficPowered, exitNoCar},
	{"K-line neither", usb, &bringup.NoCarError{KLine: true, Millivolts: 12_600}, message.NoTrafficKLine, exitNoCar},
	{"CAN FD", usb, &bringup.BusErrorsError{}, message.CANFDOnly, exitNoCar},
	{"a recording for the doctor", "replay:a.log", doctor.ErrNoHardware, message.NoHardware, exitFailed},
}

const (
	tty  = "/dev/ttyUSB0"
	usb  = "elm327:" + tty
	acm  = "slcan:/dev/ttyACM0"
	host = "192.168.0.10:35000"
	wifi = "elm327://" + host
)

// TestEveryFailureHasItsOwnText: none is taken for another, and each says what
// it is about.
func TestEveryFailureHasItsOwnText(t *testing.T) {
	a, _ := with("")
	said := map[string]message.ID{}
	for _, f := range failures {
		t.Run(f.rule, func(t *testing.T) {
			text, code := a.explain(&adapterError{f.uri, fmt.Errorf("on the way: %w", f.err)})
			require.Equal(t, f.code, code, text)
			require.NotContains(t, text, "should not have happened")
			require.NotContains(t, text, "%!")
			require.Equal(t, opening(a, f.want), text[:len(opening(a, f.want))])
			if other, ok := said[text]; ok {
				require.Equal(t, f.want, other, text)
			}
			said[text] = f.want
		})
	}
}

// opening is a text up to its first argument.
func opening(a *app, id message.ID) string {
	whole := a.say.Text(id, "\x00", "\x00", "\x00", "\x00")
	for i := range whole {
		if whole[i] == 0 || whole[i] == '%' {
			return whole[:i]
		}
	}
	return whole
}

// TestATerminalThatCannotBeMade says where else the dongle can be.
func TestATerminalThatCannotBeMade(t *testing.T) {
	a, _ := with("")
	u, err := adapter.ParseURI("slcan:pty?link=a")
	require.NoError(t, err)
	for want, err := range map[string]error{
		"slcan:127.0.0.1:0": vserial.ErrNoPTY, "The file a is there already": fs.ErrExist, "slcan:pty?link=a cannot be opened": fs.ErrInvalid,
	} {
		text, code := a.explain(&terminalError{u, err})
		require.Contains(t, text, want)
		require.Equal(t, exitFailed, code)
	}
}

// TestAFailureNamesWhatToMend in every language.
func TestAFailureNamesWhatToMend(t *testing.T) {
	for _, l := range []message.Language{message.English, message.German} {
		a, _ := with("")
		a.say = message.For(l)
		for _, f := range failures {
			text, _ := a.explain(&adapterError{f.uri, f.err})
			named := false
			for _, name := range []string{f.uri, tty, host} {
				named = named || strings.Contains(text, name)
			}
			require.True(t, named || errors.Is(f.err, doctor.ErrNoHardware), text)
		}
	}
}

// TestAStrangersWords reach a terminal only as what can be printed.
func TestAStrangersWords(t *testing.T) {
	require.Equal(t, `login: \x1b[2J`, printable("login: \x1b[2J"))
	require.Equal(t, "0123456789012345678901234567890123456789...", printable("01234567890123456789012345678901234567890"))
	require.Equal(t, `\u00e4`, printable("ä"))
	require.Empty(t, printable(""))
}

package elm327

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/can"
)

// said is all that the engine on withDongle's bus ever says.
var said = [][]byte{
	{0x10, 0x14, 0x49, 0x02, 0x01, 0x57, 0x42, 0x41},
	{0x21, 0x55, 0x4E, 0x37, 0x43, 0x30, 0x37, 0x48},
	{0x22, 0x47, 0x31, 0x30, 0x34, 0x32, 0x31, 0x37},
	{0x06, 0x41, 0x00, 0xBE, 0x3E, 0xB8, 0x11, 0xAA},
}

// withDongle runs f in virtual time over a simulated dongle in front of one
// engine, which answers 01 00 and 09 02.
func withDongle(t *testing.T, name string, o velm.Options, f func(t *testing.T, v *velm.Dongle, port *vserial.Host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		segment := vbus.New(vbus.Config{Bitrate: 500_000})
		engine := segment.Attach("engine", vbus.Bitrate(500_000))
		v, err := velm.New(name, func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			options := []vbus.Option{vbus.Bitrate(bitrate)}
			if listenOnly {
				options = append(options, vbus.ListenOnly())
			}
			return segment.Attach("dongle", options...), nil
		}, o)
		require.NoError(t, err)
		line := v.Line()
		line.Lost = func(err error) error { return &serialport.LostError{Port: name, Err: err} }
		if v.Bridged() {
			line.NoBaud = serialport.ErrNoBaud
		}
		host, device := vserial.Pipe(line)
		var served sync.WaitGroup
		defer served.Wait()
		defer segment.Close()
		defer host.Close()
		served.Go(func() { _ = v.Serve(context.Background(), device) })
		served.Go(func() { run(engine) })
		f(t, v, host)
	})
}

// run is the engine.
func run(bus can.Bus) {
	ctx := context.Background()
	for {
		rx, err := bus.Recv(ctx)
		if err != nil {
			return
		}
		if rx.Own || rx.Frame.ID != 0x7DF && rx.Frame.ID != 0x7E0 {
			continue
		}
		var answer [][]byte
		switch {
		case rx.Frame.Data[0]>>4 == 3:
			answer = said[1:3]
		case rx.Frame.Data[1] == 9:
			answer = said[:1]
		case rx.Frame.Data[1] == 1:
			answer = said[3:]
		}
		for _, data := range answer {
			frame := can.Frame{ID: 0x7E8, Len: 8}
			copy(frame.Data[:], data)
			_ = bus.Send(ctx, frame)
		}
	}
}

// requireSaid holds that a line of data is a whole frame of the engine, or one
// that its length tells to be cut.
func requireSaid(t *testing.T, l line) {
	t.Helper()
	if l.kind != kindData || l.id != 0x7E8 || l.header != 3 {
		return
	}
	require.True(t, slices.ContainsFunc(said, func(data []byte) bool {
		n := min(len(l.data), len(data))
		return slices.Equal(l.data[:n], data[:n])
	}), "the engine did not say %q", l.text)
}

// original is what a genuine chip of the last kind can.
func original(c Capabilities) Capabilities {
	c.Description = "OBDII to RS232 Interpreter"
	for _, a := range []*Ability{
		&c.FlowControl, &c.ReceiveFilter, &c.Silent, &c.TimerScale, &c.Extended, &c.Adaptive, &c.J1939,
		&c.Parameters, &c.Activity, &c.Long, &c.Raw, &c.Wide, &c.Voltage,
	} {
		*a = Yes
	}
	for _, a := range []*Ability{&c.STN, &c.FlowPair, &c.Filters, &c.Wait, &c.Messages} {
		*a = No
	}
	return c
}

func without(c Capabilities, lacks ...func(*Capabilities) *Ability) Capabilities {
	for _, a := range lacks {
		*a(&c) = No
	}
	return c
}

// What dongles lack.
func filter(c *Capabilities) *Ability     { return &c.ReceiveFilter }
func silent(c *Capabilities) *Ability     { return &c.Silent }
func scale(c *Capabilities) *Ability      { return &c.TimerScale }
func flow(c *Capabilities) *Ability       { return &c.FlowControl }
func extended(c *Capabilities) *Ability   { return &c.Extended }
func j1939(c *Capabilities) *Ability      { return &c.J1939 }
func parameters(c *Capabilities) *Ability { return &c.Parameters }
func activity(c *Capabilities) *Ability   { return &c.Activity }
func wide(c *Capabilities) *Ability       { return &c.Wide }

func withSTN(c Capabilities, firmware, hardware, serial string) Capabilities {
	c.Firmware, c.Hardware, c.Serial = firmware, hardware, serial
	c.STN, c.FlowPair, c.Wait, c.Messages, c.Filters = Yes, Yes, Yes, Yes, Unknown
	return c
}

func TestOpenSimulatedDongles(t *testing.T) {
	elm14 := without(original(Capabilities{Banner: "ELM327 v1.4b", Baud: 38400}), scale, activity, wide)
	stn := elm14
	stn.Baud = 115200
	for name, row := range map[string]struct {
		want Capabilities
		fast int // bit/s in the end
	}{
		"elm-1.4b":   {elm14, 115200},
		"elm-2.2":    {original(Capabilities{Banner: "ELM327 v2.2", Baud: 38400}), 115200},
		"clone-1.5":  {without(original(Capabilities{Banner: "ELM327 v1.5", Baud: 38400}), flow, filter, silent, scale, extended, j1939, parameters, activity, wide), 38400},
		"clone-2.1":  {without(original(Capabilities{Banner: "ELM327 v2.1", Baud: 38400}), filter, silent, scale, parameters, activity, wide), 38400},
		"stn1110":    {withSTN(stn, "STN1110 v4.2.0", "STN1110 r1.0", ""), 500000},
		"stn2255":    {withSTN(stn, "STN2255 v5.12.4", "OBDLink MX+ r3.1.3", ""), 500000},
		"vlinker":    {withSTN(original(Capabilities{Banner: "ELM327 v2.2", Baud: 115200}), "STN1170 v4.2.0", "vLinker FS", ""), 500000},
		"wifi-clone": {without(original(Capabilities{Banner: "ELM327 v1.5"}), filter, silent, scale, extended, j1939, parameters, activity, wide), 0},
	} {
		t.Run(name, func(t *testing.T) {
			withDongle(t, name, velm.Options{Seed: 1}, func(t *testing.T, v *velm.Dongle, port *vserial.Host) {
				t.Helper()
				begin := time.Now()
				c, err := openChip(t.Context(), port, chipOptions{})
				require.NoError(t, err)
				require.Less(t, time.Since(begin), 3*time.Second)
				require.Equal(t, row.want, c.caps)
				require.Equal(t, row.fast, port.Baud())
				millivolts, err := c.supply(t.Context())
				require.NoError(t, err)
				require.Equal(t, 12600, millivolts)
				require.Empty(t, v.Ledger().Frames, "not a word on the bus")
				require.NoError(t, c.close(t.Context()))
				require.Equal(t, row.want.Baud, port.Baud())
				require.Empty(t, v.Ledger().Violations)
			})
		})
	}
}

func TestOpenSimulatedDonglesAgain(t *testing.T) {
	o := chipOptions{key: "dongle", cache: t.TempDir()}
	for name, few := range map[string]int{"elm-2.2": 7, "stn1110": 7, "wifi-clone": 6} {
		o.key = name
		withDongle(t, name, velm.Options{}, func(t *testing.T, v *velm.Dongle, port *vserial.Host) {
			t.Helper()
			_, err := openChip(t.Context(), port, o)
			require.NoError(t, err)
			require.Greater(t, v.Ledger().Commands, 25)
		})
		withDongle(t, name, velm.Options{}, func(t *testing.T, v *velm.Dongle, port *vserial.Host) {
			t.Helper()
			begin := time.Now()
			_, err := openChip(t.Context(), port, o)
			require.NoError(t, err)
			require.LessOrEqual(t, v.Ledger().Commands, few, name)
			require.Less(t, time.Since(begin), time.Second)
		})
	}
}

func TestFaultsOfSimulatedDongles(t *testing.T) {
	arguments := map[string]string{"lock-up": ":ATTP", "disconnect": ":1600", "half-open": ":1600"}
	for _, fault := range velm.Faults() {
		for _, name := range []string{"elm-2.2", "stn1110", "clone-1.5", "wifi-clone"} {
			t.Run(fault.Name+"/"+name, func(t *testing.T) {
				for seed := range uint64(2) {
					o := velm.Options{Fault: fault.Name + arguments[fault.Name], Seed: seed}
					withDongle(t, name, o, func(t *testing.T, _ *velm.Dongle, port *vserial.Host) {
						t.Helper()
						underFault(t, fault.Name, port)
					})
				}
			})
		}
	}
}

// underFault asks the engine fifty times. Whatever goes wrong, each ends in
// time, without a word that the engine did not say. What ends a dongle is told
// by the error that says so; with all else most requests are answered.
func underFault(t *testing.T, fault string, port *vserial.Host) {
	t.Helper()
	c, err := openChip(t.Context(), port, chipOptions{})
	limit := 10 * time.Second
	if fault == "late-reply" { // which may strike again while it is made up for
		limit = 20 * time.Second
		if isLate(err) {
			c, err = openChip(t.Context(), port, chipOptions{})
		}
	}
	require.NoError(t, err)
	good := 0
	for i := range 50 {
		begin := time.Now()
		r, err2 := askEngine(t.Context(), c, []string{"0100", "0902"}[i%2])
		require.Less(t, time.Since(begin), limit)
		for _, l := range r.lines {
			requireSaid(t, l)
		}
		if err2 == nil && slices.ContainsFunc(r.lines, func(l line) bool { return l.kind == kindData && l.id == 0x7E8 }) {
			good++
		}
		err = errors.Join(err, err2)
	}
	switch fault {
	case "lock-up", "half-open":
		require.ErrorAs(t, err, new(*LockedUpError))
		require.Less(t, good, 50)
	case "disconnect":
		require.ErrorAs(t, err, new(*serialport.LostError))
		require.Less(t, good, 50)
	case "lv-reset":
		require.ErrorAs(t, err, new(*LowVoltageError))
		require.GreaterOrEqual(t, good, 40)
	case "reset-in-the-middle":
		require.ErrorAs(t, err, new(*ResetError))
		require.Equal(t, 49, good)
	case "second-client":
		require.ErrorAs(t, err, new(*UnexpectedError))
		require.Positive(t, good)
		require.Less(t, good, 50)
	default:
		require.GreaterOrEqual(t, good, 40)
	}
}

func askEngine(ctx context.Context, c *chip, request string) (reply, error) {
	for _, s := range []struct {
		r register
		v string
	}{{regProtocol, "6"}, {regHeader, "7DF"}} {
		if err := c.set(ctx, s.r, s.v); err != nil {
			return reply{}, err
		}
	}
	return c.do(ctx, request, wait{})
}

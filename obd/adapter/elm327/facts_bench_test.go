package elm327_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
)

// vin is what units say to 22 F1 90: more than a frame.
const vin = "\x62\xF1\x90WBAUN7C07HG104217"

// obd is all emission units.
const obd = "7DF/7E8-7EF"

// scene is a dongle on a bus on which somebody acknowledges, and whom the test
// puts there.
type scene struct {
	t     *testing.T
	bus   *vbus.Segment
	velm  *velm.Dongle
	mute  bool // the dongle last joined without a word
	asked atomic.Int32

	overlaps atomic.Int32 // requests to a unit that was still at the one before
	host     *vserial.Host
	leave    func() // ends the client

	interrupted bool // the chip may be interrupted: no prompt comes in time
}

// meet runs a test in virtual time. Whatever it does, the driver has done
// nothing that no driver may do.
func meet(t *testing.T, name string, o velm.Options, run func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		s := &scene{t: t, bus: vbus.New(vbus.Config{Bitrate: 500_000})}
		s.bus.Attach("gateway") // acknowledges
		o.Seed = 1
		v, err := velm.New(name, func(ctx context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			s.mute = listenOnly
			return attached(s.bus)(ctx, bitrate, listenOnly)
		}, o)
		require.NoError(t, err)
		s.velm = v
		defer s.bus.Close()
		defer func() {
			if s.leave != nil {
				s.leave()
			}
		}()
		run(s)
	})
}

// line is a new client of the dongle.
func (s *scene) line() *vserial.Host {
	line := s.velm.Line()
	line.Lost = func(err error) error { return &serialport.LostError{Port: "dongle", Err: err} }
	if s.velm.Bridged() {
		line.NoBaud = serialport.ErrNoBaud
	}
	host, device := vserial.Pipe(line)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.velm.Serve(context.Background(), device)
	}()
	s.host, s.leave = host, func() {
		_ = host.Close()
		<-served
	}
	return host
}

// former is a client who left the dongle as these commands leave it.
func (s *scene) former(commands ...string) {
	s.t.Helper()
	host := s.line()
	for _, c := range commands {
		require.NoError(s.t, host.Write(s.t.Context(), []byte(c+"\r")))
		one := make([]byte, 1)
		for one[0] != '>' {
			_, err := host.Read(s.t.Context(), one)
			require.NoError(s.t, err)
		}
	}
	s.leave()
}

// driver is ours. That it did nothing wrong is looked at when the test ends.
func (s *scene) driver() *elm327.Dongle {
	s.t.Helper()
	d, err := elm327.New(s.t.Context(), s.line(), elm327.Options{URI: "elm327:dongle"})
	require.NoError(s.t, err)
	s.finish(d)
	return d
}

// finish ends a driver in the end.
func (s *scene) finish(d *elm327.Dongle) {
	leave := s.leave
	s.leave = func() {
		began := time.Now()
		_ = d.Close()
		took := time.Since(began)
		leave()
		require.Less(s.t, took, 3*time.Second)
		for _, v := range s.velm.Ledger().Violations {
			require.True(s.t, s.interrupted && (v.Rule == velm.RuleEarly || v.Rule == velm.RulePipelined), "%+v", v)
		}
	}
}

// linked is a driver that has joined.
func (s *scene) linked() (*elm327.Dongle, adapter.CarriedLink) {
	s.t.Helper()
	d := s.driver()
	l, err := d.Join(s.t.Context(), 500_000)
	require.NoError(s.t, err)
	return d, l
}

// unit answers at an address; to all what it does not know it says 31.
func (s *scene) unit(a string, says map[string]string) {
	s.t.Helper()
	s.unitBy(a, func(request []byte) [][]byte {
		if text, knows := says[string(request)]; knows {
			return [][]byte{[]byte(text)}
		}
		return [][]byte{{0x7F, request[0], 0x31}}
	})
}

// unitBy answers as the handler says. To a group it answers too, if it is an
// emission unit.
func (s *scene) unitBy(a string, handler func([]byte) [][]byte) {
	s.t.Helper()
	at := transport.MustAddress(a)
	group := transport.Address{}
	if at.RX >= 0x7E8 && at.RX <= 0x7EF {
		group = transport.MustAddress(obd)
	}
	serve(s.t, s.bus, at, group, func(request []byte) [][]byte {
		s.asked.Add(1)
		return handler(request)
	})
}

// identified is a unit that tells its VIN and, in one frame, something else.
func identified() map[string]string {
	return map[string]string{"\x22\xF1\x90": vin, "\x22\xF1\x50": "\x62\xF1\x50\x0F\x2E\x10", "\x01\x00": "\x41\x00\xBE\x3E\xB8\x11"}
}

// read asks a unit, by the rules of a read.
func read(c transport.Conn, request string) (string, error) {
	res, err := exchange.Do(context.Background(), c, []byte(request), exchange.Terms{Echo: len(request) - 1})
	return string(res.Message.Data), err
}

// reads asks again and again. Each time the unit's own answer comes, or an
// error that says why not; it gives how often which.
func (s *scene) reads(c transport.Conn, times int) (good int, failed []error) {
	s.t.Helper()
	for i := range times {
		request := []string{"\x22\xF1\x90", "\x22\xF1\x50"}[i%2]
		got, err := read(c, request)
		if err != nil {
			requireTyped(s.t, err)
			failed = append(failed, err)
			time.Sleep(1200 * time.Millisecond) // what was begun is over then: N_Bs, N_Cr
			continue
		}
		require.Equal(s.t, identified()[request], got)
		good++
	}
	return good, failed
}

// well says that all reads at an address come out.
func (s *scene) well(l transport.Link, a string) {
	s.t.Helper()
	c := dial(s.t, l, a)
	good, failed := s.reads(c, 6)
	require.NoError(s.t, errors.Join(failed...))
	require.Equal(s.t, 6, good)
	require.NoError(s.t, c.Close())
}

// all collects what a group says to a request within its time.
func (s *scene) all(c transport.Conn, request string) map[string]string {
	s.t.Helper()
	answers, failures, err := exchange.Collect(s.t.Context(), c, []byte(request), exchange.Terms{}, nil)
	require.NoError(s.t, err)
	require.NoError(s.t, errors.Join(failures...))
	said := map[string]string{}
	for _, a := range answers {
		said[a.Message.From.String()] = string(a.Message.Data)
	}
	return said
}

// named is how often a command was sent.
func (s *scene) named(command string) int { return s.velm.Ledger().Named[command] }

func incidents(l adapter.CarriedLink) adapter.Incidents { return l.(adapter.Witness).Incidents() }

package car_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// visit drives up, asks the emission units and then the unit that a fault
// strikes for all that it has, and gives all that somebody else at the socket
// saw of it: the frames between tester and units, errors, and who is no longer
// there.
func visit(t *testing.T, s *car.Scenario, f *fault.Fault, seed uint64) (seen []string, injected int, impossible *fault.ImpossibleError) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(s, car.Options{Seed: seed, Fault: f})
		if errors.As(err, &impossible) {
			return
		}
		require.NoError(t, err)
		observer, err := c.Connect(0, true)
		require.NoError(t, err)
		done := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(done)
			seen = observe(ctx, observer, diagnostic(s))
		}()
		bus, err := c.Connect(0, false)
		require.NoError(t, err)
		l := isotp.NewLink(bus)
		x := visitor{l}
		obd, now := transport.MustAddress("7DF/7E8-7EF"), []byte{0x01, 0x0D, 0x42}
		for _, request := range [][]byte{{0x01, 0x00}, {0x09, 0x02}, now, {0x03}, {0x07}} {
			x.ask(t.Context(), obd, request)
		}
		for _, request := range questions(s.Victim()) {
			x.ask(t.Context(), s.Victim().Address, request)
		}
		for i := range s.Units {
			x.ask(t.Context(), s.Units[i].Address, s.Units[i].Answers[0].Request.Data)
		}
		x.ask(t.Context(), obd, now)
		time.Sleep(time.Second)
		cancel()
		<-done
		require.NoError(t, l.Close())
		require.NoError(t, c.Close())
		injected = c.Injected()
	})
	return seen, injected, impossible
}

// questions are a session and some of what the unit answers.
func questions(u *car.Unit) (requests [][]byte) {
	if n := len(u.Sessions); n > 0 {
		requests = append(requests, []byte{0x10, byte(u.Sessions[n-1].ID)})
	}
	for _, a := range u.Answers[:10] {
		requests = append(requests, a.Request.Data)
	}
	return requests
}

type visitor struct{ link *isotp.Link }

// ask does not mind what comes: that is what the observer is for.
func (x visitor) ask(ctx context.Context, a transport.Address, request []byte) {
	conn, err := x.link.Dial(ctx, a, transport.Params{})
	if err != nil {
		return
	}
	defer conn.Close()
	if conn.Send(ctx, request, transport.Want{Answers: -1}) != nil {
		return
	}
	for range 5 {
		m, err := conn.Recv(ctx, 250*time.Millisecond)
		if err != nil || !a.Functional() && (len(m.Data) != 3 || m.Data[2] != 0x78) {
			return
		}
	}
}

// diagnostic are the identifiers of the units and of those who ask them.
func diagnostic(s *car.Scenario) map[uint32]bool {
	ids := map[uint32]bool{0x7DF: true, 0x000: true, 0x123: true}
	for i := range s.Units {
		a := s.Units[i].Address
		ids[a.TX], ids[a.RX], ids[a.RX^0x40] = true, true, true
	}
	return ids
}

func observe(ctx context.Context, bus can.Bus, ids map[uint32]bool) (seen []string) {
	began := time.Now()
	for {
		rx, err := bus.Recv(ctx)
		if _, dropped := errors.AsType[*can.DroppedError](err); dropped {
			continue
		}
		if err != nil {
			return append(seen, err.Error())
		}
		if rx.Frame.Is(can.Error) || ids[rx.Frame.ID] {
			seen = append(seen, fmt.Sprintf("%v %s", rx.Time.Sub(began), rx.Frame))
		}
	}
}

// TestFaultsAreSeenOnTheWire: every fault strikes every car, or says why it
// cannot, and then the wire is not that of a car without it.
func TestFaultsAreSeenOnTheWire(t *testing.T) {
	t.Parallel()
	for _, info := range car.List() {
		if underRace && info.ID != "land-rover-discovery-2016" {
			continue // the faults are the same in all of them
		}
		s, err := car.Load(info.ID)
		require.NoError(t, err)
		clean, none, _ := visit(t, s, nil, 1)
		require.NotEmpty(t, clean)
		require.Zero(t, none)
		for _, f := range fault.List() {
			t.Run(info.ID+"/"+f.Name, func(t *testing.T) {
				t.Parallel()
				seen, injected, impossible := visit(t, s, &f, 1)
				if impossible != nil {
					require.NotEmpty(t, f.Needs)
					t.Log(impossible)
					return
				}
				require.NotZero(t, injected)
				require.False(t, slices.Equal(clean, seen), "it makes a difference")
			})
		}
	}
}

func TestFaultsAreTheSameForASeed(t *testing.T) {
	t.Parallel()
	s, err := car.Load("no-telematics-2008")
	require.NoError(t, err)
	for _, f := range fault.List() {
		if f.Needs == "" && !underRace {
			once, n, _ := visit(t, s, &f, 7)
			again, m, _ := visit(t, s, &f, 7)
			require.Equal(t, once, again, f.Name)
			require.Equal(t, n, m, f.Name)
		}
	}
}

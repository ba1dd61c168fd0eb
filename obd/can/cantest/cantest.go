// Package cantest has the suite that every can.Bus passes, simulated or real,
// and a recorder that stands between a test and its bus.
package cantest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

// Caps declares what a Bus can do. What it can't is tested too: it has to
// refuse, or to stay silent.
type Caps struct {
	Echo   bool // reports its own frames
	FD     bool // carries CAN FD frames
	Remote bool // carries remote frames

	// Bubble runs a case, which opens its own buses; synctest.Test where time
	// is virtual, nil to run it directly.
	Bubble func(t *testing.T, run func(t *testing.T))
}

// limit is how long a case waits for a frame.
const limit = 5 * time.Second

type pair struct {
	a, b can.Bus
	caps Caps
}

// Run tests buses that open gives: two controllers on one segment with nobody
// else on it. open closes them with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) (a, b can.Bus), caps Caps) {
	t.Helper()
	if caps.Bubble == nil {
		caps.Bubble = func(t *testing.T, run func(t *testing.T)) { t.Helper(); run(t) }
	}
	for _, c := range cases {
		on := func(t *testing.T) {
			t.Helper()
			a, b := open(t)
			c.run(t, pair{a, b, caps})
		}
		t.Run(c.name, func(t *testing.T) { caps.Bubble(t, on) })
	}
}

var cases = []struct {
	name string
	run  func(t *testing.T, p pair)
}{
	{"frames arrive in the order of their sending", order},
	{"both directions at once", both},
	{"several senders and readers share a bus", shared},
	{"time of reception is set and never goes back", times},
	{"own frames come back only as declared", echo},
	{"payloads of 0 to 8 bytes", lengths},
	{"11-bit and 29-bit identifiers are kept apart", identifiers},
	{"remote frames as declared", remote},
	{"CAN FD frames as declared", fd},
	{"frames that cannot be on a wire are refused", invalid},
	{"a cancelled context ends Recv", cancelRecv},
	{"a cancelled context refuses Send", cancelSend},
	{"a passed deadline ends Recv and the bus goes on", deadline},
	{"Close ends a waiting Recv", closeRecv},
	{"every call after Close says so", closed},
	{"Close again is harmless", closeAgain},
	{"a closed bus leaves the others alone", closeOther},
}

func send(t *testing.T, b can.Bus, frames ...can.Frame) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for _, f := range frames {
		require.NoError(t, b.Send(ctx, f), "send %s", f)
	}
}

// foreign waits for a frame of somebody else, and passes over echoes and
// reports.
func foreign(t *testing.T, b can.Bus) can.Rx {
	t.Helper()
	return next(t, b, func(rx can.Rx) bool { return !rx.Own })
}

func own(t *testing.T, b can.Bus) can.Rx {
	t.Helper()
	return next(t, b, func(rx can.Rx) bool { return rx.Own })
}

func next(t *testing.T, b can.Bus, wanted func(can.Rx) bool) can.Rx {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for {
		rx, err := b.Recv(ctx)
		require.NoError(t, err)
		if wanted(rx) && !rx.Frame.Is(can.Error) {
			return rx
		}
	}
}

// silent waits long enough for a frame to arrive, and requires that none does.
func silent(t *testing.T, b can.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	rx, err := b.Recv(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded, "got %s", rx.Frame)
}

package vbus_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
)

// microbit is the bit time of at500k.
const microbit = 2 * time.Microsecond

// at500k is the usual segment of a car.
var at500k = vbus.Config{Bitrate: 500_000, DataBitrate: 2_000_000}

// journal keeps what went over a wire.
type journal struct {
	mu     sync.Mutex
	events []vbus.Event
}

func (j *journal) log(e vbus.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
}

func (j *journal) all() []vbus.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.events)
}

// bubble runs a test in virtual time on a segment of its own.
func bubble(t *testing.T, cfg vbus.Config, run func(t *testing.T, s *vbus.Segment, j *journal)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		j := &journal{}
		cfg.Log = j.log
		run(t, open(t, cfg), j)
	})
}

// rest lets virtual time pass.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func send(t *testing.T, n *vbus.Node, frames ...can.Frame) {
	t.Helper()
	for _, f := range frames {
		require.NoError(t, n.Send(t.Context(), f))
	}
}

// heard gives all that n has received by now.
func heard(t *testing.T, n *vbus.Node) (all []can.Rx) {
	t.Helper()
	synctest.Wait()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		rx, err := n.Recv(ctx)
		cancel()
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			return all
		}
		all = append(all, rx)
	}
}

func frames(all []can.Rx) (good []can.Frame) {
	for _, rx := range all {
		if !rx.Frame.Is(can.Error) {
			good = append(good, rx.Frame)
		}
	}
	return good
}

// reports are the identifiers of the error frames.
func reports(all []can.Rx) (classes []uint32) {
	for _, rx := range all {
		if rx.Frame.Is(can.Error) {
			classes = append(classes, rx.Frame.ID)
		}
	}
	return classes
}

func owns(all []can.Rx) (n int) {
	for _, rx := range all {
		if rx.Own {
			n++
		}
	}
	return n
}

func requireCounters(t *testing.T, n *vbus.Node, tec, rec int) {
	t.Helper()
	gotTEC, gotREC := n.ErrorCounters()
	require.Equal(t, [2]int{tec, rec}, [2]int{gotTEC, gotREC}, "TEC, REC")
}

func numbered(id uint32, n int) can.Frame { return can.NewFrame(id, byte(n>>8), byte(n)) }

// until is the time from a frame's first bit to its end.
func until(f can.Frame) time.Duration {
	return vbus.FrameDuration(&f, at500k.Bitrate, at500k.DataBitrate) - 3*microbit
}

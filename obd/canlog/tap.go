package canlog

import (
	"context"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Tap gives a Bus that is b and records what passes: what it reports and,
// where it does not report its own frames, those whose sending succeeded. A
// failing Writer does not disturb the bus; its Flush tells.
func Tap(b can.Bus, w *Writer) can.Bus { return &tap{Bus: b, out: w, echoes: can.Echoes(b)} }

type tap struct {
	can.Bus
	out    *Writer
	echoes bool

	mu   sync.Mutex
	last time.Time // of the frame recorded last
}

func (t *tap) Echoes() bool { return t.echoes }

func (t *tap) Recv(ctx context.Context) (can.Rx, error) {
	rx, err := t.Bus.Recv(ctx)
	if err == nil {
		t.record(&rx)
	}
	return rx, err
}

func (t *tap) Send(ctx context.Context, f can.Frame) error {
	err := t.Bus.Send(ctx, f)
	if err == nil && !t.echoes {
		t.record(&can.Rx{Frame: f, Time: time.Now(), Own: true})
	}
	return err
}

// twoClocks is how far the adapter's clock may be behind ours.
const twoClocks = time.Second

// record leaves the error to the Writer, which keeps the first one. Frames of
// ours bear our clock's time where there is no echo, and the others' the
// adapter's: a small step back between them is none of the recording's.
func (t *tap) record(rx *can.Rx) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if back := t.last.Sub(rx.Time); !t.echoes && back > 0 && back < twoClocks {
		later := *rx
		later.Time = t.last
		rx = &later
	}
	t.last = rx.Time
	_ = t.out.Write(rx)
}

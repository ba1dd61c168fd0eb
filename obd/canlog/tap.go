package canlog

import (
	"context"
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

// record leaves the error to the Writer, which keeps the first one.
func (t *tap) record(rx *can.Rx) { _ = t.out.Write(rx) }

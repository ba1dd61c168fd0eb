package vecu_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// wire is how long a frame takes at 500 kbit/s at most.
const wire = 300 * time.Microsecond

// bench is a unit on a segment of its own, and a tester that sends what it
// likes.
type bench struct {
	t          *testing.T
	unit       *vecu.Server
	tester     *vbus.Node
	entries    []vecu.Entry
	violations []vecu.Rule
}

// on runs a test in virtual time with a unit at 7E0/7E8.
func on(t *testing.T, cfg vecu.Config, run func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		seg := vbus.New(vbus.Config{Bitrate: 500_000})
		b := &bench{t: t, tester: seg.Attach("tester")}
		cfg.Name = "unit"
		if cfg.Address.IsZero() {
			cfg.Address = transport.MustAddress("7E0/7E8")
		}
		cfg.Heard = func(e vecu.Entry) { b.entries = append(b.entries, e) }
		cfg.Violated = func(v vecu.Violation) { b.violations = append(b.violations, v.Rule) }
		b.unit = vecu.Serve(seg.Attach("unit"), cfg)
		t.Cleanup(func() {
			require.NoError(t, b.unit.Close())
			require.NoError(t, seg.Close())
		})
		run(t, b)
	})
}

func (b *bench) send(frames ...string) {
	b.t.Helper()
	send(b.t, b.tester, frames...)
}

func send(t *testing.T, bus can.Bus, frames ...string) {
	t.Helper()
	for _, text := range frames {
		f, err := can.ParseFrame(text)
		require.NoError(t, err)
		require.NoError(t, bus.Send(t.Context(), f))
	}
}

// heard is a frame that came, and when.
type heard struct {
	frame string
	after time.Duration
}

// listen gives what others send during a time.
func listen(t *testing.T, bus can.Bus, d time.Duration) (all []heard) {
	t.Helper()
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for {
		rx, err := bus.Recv(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			synctest.Wait()
			return all
		}
		require.NoError(t, err)
		if !rx.Own {
			all = append(all, heard{rx.Frame.String(), rx.Time.Sub(begin)})
		}
	}
}

// ask sends frames and gives the frames that come during a time.
func (b *bench) ask(d time.Duration, frames ...string) []heard {
	b.t.Helper()
	b.send(frames...)
	return b.listen(d)
}

func (b *bench) listen(d time.Duration) []heard {
	b.t.Helper()
	return listen(b.t, b.tester, d)
}

func framesOf(all []heard) (frames []string) {
	for _, h := range all {
		frames = append(frames, h.frame)
	}
	return frames
}

// replies is a handler that gives the same reply to everything.
func replies(r vecu.Reply) vecu.Handler {
	return vecu.HandlerFunc(func(*vecu.Request) vecu.Reply { return r })
}

var echo = vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
	return vecu.Reply{Data: append([]byte{r.Data[0] + 0x40}, r.Data[1:]...)}
})

package vecu

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Cue says which frames are played after a frame.
type Cue struct {
	On   can.Frame // same identifier, and data that begin like these
	Once bool      // only the first time; then the next cue for that frame counts
	Play []Line
}

// Line is a frame to be played.
type Line struct {
	After time.Duration // since the line before, or the cue
	Frame can.Frame
}

// Script is a unit that plays literal frames in answer to literal frames,
// right or wrong. Lines of several cues may be under way at once.
type Script struct {
	bus    can.Bus
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Play starts a script on a bus, which belongs to it from then on.
func Play(bus can.Bus, cues []Cue) *Script {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Script{bus: bus, cancel: cancel}
	s.done.Go(func() { s.run(ctx, cues) })
	return s
}

// Close ends the script and waits until it is still.
func (s *Script) Close() error {
	s.cancel()
	err := s.bus.Close()
	s.done.Wait()
	return err
}

func (s *Script) run(ctx context.Context, cues []Cue) {
	played := make([]bool, len(cues))
	for {
		rx, err := s.bus.Recv(ctx)
		if _, dropped := errors.AsType[*can.DroppedError](err); dropped {
			continue
		}
		if err != nil {
			return
		}
		for i := range cues {
			if rx.Own || played[i] && cues[i].Once || !cues[i].fits(&rx.Frame) {
				continue
			}
			played[i] = true
			s.done.Go(func() { s.play(ctx, cues[i].Play) })
			break
		}
	}
}

func (c *Cue) fits(f *can.Frame) bool {
	return f.ID == c.On.ID && f.Flags == c.On.Flags && bytes.HasPrefix(f.Payload(), c.On.Payload())
}

func (s *Script) play(ctx context.Context, lines []Line) {
	for _, l := range lines {
		select {
		case <-time.After(l.After):
		case <-ctx.Done():
			return
		}
		if s.bus.Send(ctx, l.Frame) != nil {
			return
		}
	}
}

package cantest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Entry is a frame that went through a Recorder.
type Entry struct {
	Sent bool   // Send took it; else Recv gave it
	Rx   can.Rx // of a sent frame Time is that of the call
}

// Recorder is a Bus that keeps every frame that Send took and Recv gave, in
// the order in which they went through.
type Recorder struct {
	bus can.Bus

	mu      sync.Mutex
	entries []*Entry
}

// Record puts a recorder before bus.
func Record(bus can.Bus) *Recorder { return &Recorder{bus: bus} }

// Send notes f before the bus can answer it, and takes that back if the bus
// refuses.
func (r *Recorder) Send(ctx context.Context, f can.Frame) error {
	e := r.add(Entry{Sent: true, Rx: can.Rx{Frame: f, Time: time.Now()}})
	err := r.bus.Send(ctx, f)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.entries = slices.DeleteFunc(r.entries, func(o *Entry) bool { return o == e })
	}
	return err
}

// Recv notes what the bus gives.
func (r *Recorder) Recv(ctx context.Context) (can.Rx, error) {
	rx, err := r.bus.Recv(ctx)
	if err == nil {
		r.add(Entry{Rx: rx})
	}
	return rx, err
}

// Close closes the bus; the entries stay.
func (r *Recorder) Close() error { return r.bus.Close() }

// Echoes is what the bus says.
func (r *Recorder) Echoes() bool { return can.Echoes(r.bus) }

// Entries are all frames so far.
func (r *Recorder) Entries() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Entry, len(r.entries))
	for i, e := range r.entries {
		all[i] = *e
	}
	return all
}

// Sent are the frames that Send took.
func (r *Recorder) Sent() []can.Frame {
	return r.frames(func(e *Entry) bool { return e.Sent })
}

// Received are the frames of others that Recv gave: no echoes, no reports.
func (r *Recorder) Received() []can.Frame {
	return r.frames(func(e *Entry) bool { return !e.Sent && !e.Rx.Own && !e.Rx.Frame.Is(can.Error) })
}

func (r *Recorder) frames(wanted func(*Entry) bool) (frames []can.Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.entries {
		if wanted(e) {
			frames = append(frames, e.Rx.Frame)
		}
	}
	return frames
}

func (r *Recorder) add(e Entry) *Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, &e)
	return &e
}

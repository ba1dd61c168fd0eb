package socketcan

import (
	"context"
	"time"
)

// past is a deadline that is over.
var past = time.Unix(1, 0)

// watch lets the end of a context end a wait on a file. To wait again with the
// same context costs nothing. It belongs to one goroutine at a time.
type watch struct {
	deadline func(time.Time) error // of the file's reads or writes
	done     <-chan struct{}       // of the context that is watched
	stop     func() bool           // nil: none is
	fired    chan struct{}         // closed when the deadline is set
}

// on watches ctx and no other.
func (w *watch) on(ctx context.Context) error {
	if w.done == ctx.Done() {
		return nil
	}
	if err := w.off(); err != nil || ctx.Done() == nil {
		return err
	}
	fired := make(chan struct{})
	w.done, w.fired = ctx.Done(), fired
	w.stop = context.AfterFunc(ctx, func() {
		_ = w.deadline(past) // a closed file ends the wait by itself
		close(fired)
	})
	return nil
}

// off watches nothing any more.
func (w *watch) off() error {
	stop := w.stop
	w.done, w.stop = nil, nil
	if stop == nil || stop() {
		return nil
	}
	<-w.fired
	return w.deadline(time.Time{})
}

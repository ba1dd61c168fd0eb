package isotp

import (
	"context"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// outgoing is a frame on its way; its conn is told what became of it.
type outgoing struct {
	frame can.Frame
	from  *endpoint
	turn  uint64 // the endpoint's count when it was handed out
}

// post hands a frame to the bus if that takes it at once, else to the writer.
func (l *Link) post(o *outgoing) {
	if l.pass(o) {
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// pass spares a frame the way through the writer where nothing waits there.
// Only where an echo confirms: post is called with the Conn's lock held, and
// the confirmation needs it.
func (l *Link) pass(o *outgoing) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.direct != nil && len(l.queue) == 0 && !l.writing {
		l.fly(o)
		if ok, err := l.direct.TrySend(o.frame); ok && err == nil {
			return true
		}
		l.flying = l.flying[:len(l.flying)-1]
	}
	l.queue = append(l.queue, o)
	return false
}

func (l *Link) write(ctx context.Context) {
	for {
		o := l.pop()
		if o == nil {
			select {
			case <-l.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		err := l.bus.Send(ctx, o.frame)
		l.rest()
		if errors.Is(err, can.ErrBusOffState) {
			err = transport.ErrBusOff
		}
		if err != nil {
			l.forget(o)
		}
		if err != nil || !l.echoes {
			o.from.transmitted(o, err)
		}
	}
}

// pop takes the next frame and, where the bus echoes, notes it as flying
// before it is sent: the echo may come before Send returns.
func (l *Link) pop() *outgoing {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return nil
	}
	o := l.queue[0]
	l.queue = slices.Delete(l.queue, 0, 1)
	l.writing = true
	if l.echoes {
		l.fly(o)
	}
	return o
}

// fly notes a frame whose echo is to come; l.mu is held.
func (l *Link) fly(o *outgoing) {
	if len(l.flying) == flyingMax {
		l.flying = slices.Delete(l.flying, 0, 1)
	}
	l.flying = append(l.flying, o)
}

// rest says that the writer has no frame in its hands.
func (l *Link) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = false
}

// flyingMax bounds the frames whose echo never came.
const flyingMax = 256

// drop forgets the frames of e and says whether one was still with us. The
// echo of a forgotten frame may come yet; at worst it confirms an equal one.
func (l *Link) drop(e *endpoint) (withUs bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	theirs := func(o *outgoing) bool { return o.from == e }
	n := len(l.queue)
	l.queue = slices.DeleteFunc(l.queue, theirs)
	l.flying = slices.DeleteFunc(l.flying, theirs)
	return len(l.queue) < n
}

// waits reports whether a frame of e is still with us.
func (l *Link) waits(e *endpoint) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.queue, func(o *outgoing) bool { return o.from == e })
}

func (l *Link) forget(o *outgoing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying = slices.DeleteFunc(l.flying, func(x *outgoing) bool { return x == o })
}

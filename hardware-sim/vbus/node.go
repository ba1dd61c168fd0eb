package vbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Node is one controller on a segment. It implements can.Bus and can.Echoer.
//
// A failed frame is repeated until it is acknowledged or the controller is
// bus-off. Recv reports as error frames, in the layout of linux/can/error.h
// with the error counters in the last two bytes: each error seen on the wire,
// a frame that nobody acknowledged (once a frame), becoming error-passive or
// error-active again, and bus-off. Bus-off is for good: such a node can only be
// closed.
type Node struct {
	seg  *Segment
	name string
	options
	slots  chan struct{} // a token for each frame that Send has accepted
	rx     chan received
	closed chan struct{}
	off    chan struct{} // closed when the controller is bus-off

	// Below: under the lock of seg.
	queue    []pending
	tec, rec int
	passive  bool // error-passive
	busOff   bool
	hold     time.Time // an error-passive sender's turn comes no earlier
	since    uint64    // takes part in frames that started after so many
	asleep   bool
	woken    bool // OnWake has been called in this sleep
	gone     bool
	missed   uint64 // dropped and not told yet
	full     bool   // the marker of a gap is in rx
	gen      *generator
}

// pending is a frame that waits for the wire.
type pending struct {
	frame   can.Frame
	queued  time.Time
	attempt int
	fate    Fate
	decided bool // fate is
	apart   bool // delayed: nobody waits for it
	silent  bool // nobody waits for an echo, and it holds no slot
}

// received waits for Recv: a frame, or the place of a gap.
type received struct {
	rx  can.Rx
	gap bool
}

var errListenOnly = errors.New("controller only listens")

func newNode(s *Segment, name string, o options) *Node {
	return &Node{
		seg: s, name: name, options: o,
		slots:  make(chan struct{}, o.room),
		rx:     make(chan received, o.depth+1),
		closed: make(chan struct{}),
		off:    make(chan struct{}),
	}
}

// Echoes is true: an echo arrives when its frame has ended on the wire and
// somebody has acknowledged it.
func (n *Node) Echoes() bool { return true }

// Send queues a frame. Besides the errors of can.Bus it gives can.ErrDown
// while the node sleeps.
func (n *Node) Send(ctx context.Context, f can.Frame) error {
	if err := n.refuses(&f); err != nil {
		return err
	}
	if err := n.slot(ctx); err != nil {
		return err
	}
	return n.enqueue(f)
}

// TrySend is Send, but gives false where the queue is full.
func (n *Node) TrySend(f can.Frame) (bool, error) {
	if err := n.refuses(&f); err != nil {
		return false, err
	}
	select {
	case n.slots <- struct{}{}:
		return true, n.enqueue(f)
	default:
		return false, nil
	}
}

// enqueue puts a frame into the slot that was taken for it.
func (n *Node) enqueue(f can.Frame) error {
	n.seg.mu.Lock()
	defer n.seg.mu.Unlock()
	if err := n.inert(); err != nil {
		<-n.slots
		return err
	}
	now := time.Now()
	n.queue = append(n.queue, pending{frame: f, queued: now})
	n.seg.step(now)
	return nil
}

func (n *Node) refuses(f *can.Frame) error {
	if n.isClosed() {
		return can.ErrClosed
	}
	if err := n.unfit(f); err != nil {
		return fmt.Errorf("vbus: %s: %w", n.name, err)
	}
	return nil
}

func (n *Node) unfit(f *can.Frame) error {
	switch {
	case f.Is(can.Error):
		return fmt.Errorf("%w: error frames cannot be sent", can.ErrFrame)
	case n.listen:
		return errListenOnly
	case n.classic && f.Is(can.FD):
		return fmt.Errorf("%w: CAN FD on a classic controller", can.ErrFrame)
	}
	return f.Validate()
}

// slot waits for room in the queue.
func (n *Node) slot(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case n.slots <- struct{}{}:
		return nil
	default: // wait for room
	}
	select {
	case n.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-n.closed:
		return can.ErrClosed
	case <-n.off:
		return can.ErrBusOffState
	}
}

// inert is why the node can't send, nil if it can.
func (n *Node) inert() error {
	switch {
	case n.gone:
		return can.ErrClosed
	case n.busOff:
		return can.ErrBusOffState
	case n.asleep:
		return can.ErrDown
	}
	return nil
}

// Recv gives the next frame, echo or error frame.
func (n *Node) Recv(ctx context.Context) (can.Rx, error) {
	for {
		if n.isClosed() {
			return can.Rx{}, can.ErrClosed
		}
		if err := ctx.Err(); err != nil {
			return can.Rx{}, err
		}
		r, ok := n.next(ctx)
		switch {
		case !ok:
		case !r.gap:
			return r.rx, nil
		default:
			if missed := n.tell(); missed > 0 {
				return can.Rx{}, &can.DroppedError{Count: missed}
			}
		}
	}
}

// next waits for something to read; Close ends the wait. To wait for one thing
// only costs less than for two.
func (n *Node) next(ctx context.Context) (r received, ok bool) {
	if ctx.Done() == nil {
		r, ok = <-n.rx
		return r, ok
	}
	select {
	case r, ok = <-n.rx:
	case <-ctx.Done():
	}
	return r, ok
}

// Close takes the controller off the segment; what it had queued is lost.
func (n *Node) Close() error {
	n.seg.mu.Lock()
	defer n.seg.mu.Unlock()
	n.leave()
	n.seg.nodes = slices.DeleteFunc(n.seg.nodes, func(o *Node) bool { return o == n })
	return nil
}

func (n *Node) leave() {
	if !n.gone {
		n.gone = true
		n.clear()
		close(n.closed)
		close(n.rx) // nothing is pushed once gone is set
	}
}

// Sleep stops the controller: it neither sends nor receives nor acknowledges,
// and what it had queued is lost. A load stops too.
func (n *Node) Sleep() {
	n.seg.mu.Lock()
	defer n.seg.mu.Unlock()
	n.asleep, n.woken = true, false
	n.clear()
}

// Wake starts a sleeping controller. It takes part from the next frame on.
func (n *Node) Wake() {
	n.seg.mu.Lock()
	defer n.seg.mu.Unlock()
	if !n.asleep {
		return
	}
	now := time.Now()
	n.asleep = false
	n.since = n.seg.flown
	if n.gen != nil {
		n.gen.next = now
	}
	n.seg.step(now)
}

// ErrorCounters gives the transmit and the receive error counter.
func (n *Node) ErrorCounters() (tec, rec int) {
	n.seg.mu.Lock()
	defer n.seg.mu.Unlock()
	return n.tec, n.rec
}

func (n *Node) isClosed() bool {
	select {
	case <-n.closed:
		return true
	default:
		return false
	}
}

func (n *Node) clear() {
	for i := range n.queue {
		n.release(&n.queue[i])
	}
	n.queue = nil
}

// release gives the frame's place in the queue to the next Send.
func (n *Node) release(p *pending) {
	if !p.silent {
		<-n.slots
	}
}

// push hands something to Recv. The last place of rx is for the marker of a
// gap alone.
func (n *Node) push(rx can.Rx) {
	switch {
	case n.gone || n.gen != nil:
	case len(n.rx) < n.depth:
		n.full = false
		n.rx <- received{rx: rx}
	default:
		n.miss()
	}
}

func (n *Node) miss() {
	n.missed++
	if n.full {
		return
	}
	n.full = true
	select {
	case n.rx <- received{gap: true}:
	default: // a marker is the last thing in rx already
	}
}

// tell gives the number of frames that a gap stands for.
func (n *Node) tell() uint64 {
	n.seg.mu.Lock()
	defer n.seg.mu.Unlock()
	missed := n.missed
	n.missed, n.full = 0, false
	return missed
}

package elm327

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// exchange is one request and what is listened for after it, on the wire.
type exchange struct {
	conn   *conn
	chip   *chip
	want   transport.Want
	cancel context.CancelFunc
	handed chan error // told once: the chip has the request, or why not

	// Of the goroutine that has the wire.
	main     *unit     // sends
	units    []*unit   // who may answer, in the order in which they were heard
	writing  bool      // the chip is being given the request
	given    bool      // handed was told
	sent     time.Time // when it was
	clock    time.Time // the latest that a Machine was told
	flows    bool      // the chip sends flow control itself
	service  byte      // of the request
	heard    bool      // an answer, or a 78
	key      string    // the request, for what is learned of it; empty: nothing is
	frames   int       // frames of answers
	positive int       // answers that are no refusal
	deferred bool      // somebody said 78, or the chip did not come to its end: more may follow
	trouble  error     // what the chip said went wrong
	patient  bool      // the bus was busy, once

	// Under conn.mu.
	mishap    mishap          // what was lost on the way, where the answer may come yet
	open      int             // receptions in progress
	left      int             // answers that are due; less than 0: not known
	later     map[uint32]bool // units whose last word was 78
	until     time.Time       // how long it is listened
	listening bool            // the request is through, it is only listened
	hushed    bool            // nobody wants to hear more
	over      bool
	silent    bool // and has told all that it will
}

// pendingWait is how long it is listened after a 78, unless Recv says more.
const pendingWait = 5 * time.Second

// firstWait is how long answers are waited for where nobody says.
const firstWait = 250 * time.Millisecond

func newExchange(c *conn, w transport.Want, cancel context.CancelFunc) *exchange {
	if w.Within <= 0 {
		w.Within = firstWait
	}
	x := &exchange{
		conn: c, chip: c.link.dongle.chip, want: w, cancel: cancel,
		handed: make(chan error, 1), later: map[uint32]bool{}, left: w.Answers,
	}
	x.main = newUnit(c.addr, x.params())
	if !c.addr.Functional() {
		x.units = []*unit{x.main}
	}
	return x
}

// burst is how many frames a cheap chip can print in a row: some forget what
// comes behind the 120th character.
const burst = 5

// params are the conversation's, as far as a dongle can follow: no frames that
// come faster than they are printed, and blocks only where it needs them.
func (x *exchange) params() transport.Params {
	p := x.conn.par
	p.TxDL = 0
	if (x.conn.careful || x.chip.caps.cheap()) && (p.BS == 0 || p.BS > burst) {
		p.BS = burst
	}
	p.STmin = gap(p.STmin, x.chip.port.Baud(), x.conn.addr.Extended)
	return p
}

// all are the units, and who sends to a group.
func (x *exchange) all() []*unit {
	if x.conn.addr.Functional() {
		return append([]*unit{x.main}, x.units...)
	}
	return x.units
}

// now is the time for the Machines, which must not run backwards.
func (x *exchange) now() time.Time {
	if now := time.Now(); now.After(x.clock) {
		x.clock = now
	}
	return x.clock
}

// ask makes the request and stays until nothing more is due.
func (x *exchange) ask(ctx context.Context, msg []byte) {
	defer x.cancel()
	x.conn.mu.Lock()
	x.until = time.Now().Add(x.want.Within)
	x.conn.mu.Unlock()
	x.goOn(ctx, x.request(ctx, msg))
}

// goOn does what is left to do.
func (x *exchange) goOn(ctx context.Context, err error) {
	for more := true; more && err == nil; {
		if err = x.trouble; err == nil {
			more, err = x.step(ctx)
		}
	}
	x.conn.missed = !x.heard && x.due()
	x.conn.link.unheard = x.conn.missed
	x.finish(err)
}

// hand tells Send that the chip has the request.
func (x *exchange) hand(err error) {
	if x.given {
		return
	}
	x.given, x.sent = true, time.Now()
	x.conn.mu.Lock()
	x.until = x.sent.Add(x.want.Within)
	x.conn.mu.Unlock()
	x.handed <- err
}

// finish tells whoever waits how it ended, if only that it never had the wire.
func (x *exchange) finish(err error) {
	if lost := x.conn.link.dongle.gone(err); lost != nil {
		err = lost
	}
	if err == nil && x.due() {
		err = x.conn.lost(x)
	}
	sent := x.departed(err)
	x.conn.mu.Lock()
	x.over, x.open = true, 0
	if len(x.later) > 0 {
		x.conn.spared = later(x.conn.spared, x.until) // nobody waits for it, but the unit is still at it
	}
	left := x.left
	x.conn.mu.Unlock()
	if !x.given && err == nil {
		err = transport.ErrAborted
	}
	_, told := asOp(err)
	switch {
	case !x.given:
		x.hand(x.conn.failed("send", sent, reason(err)))
	case err == nil || left == 0 || errors.Is(err, context.Canceled):
	case told:
		x.conn.keep(item{err: err})
	default:
		x.conn.keep(item{err: x.conn.failed(operation(sent), sent, reason(err))})
	}
	x.conn.link.lost(err)
	x.conn.mu.Lock()
	x.silent = true
	x.conn.mu.Unlock()
	x.conn.tell()
}

// due reports whether answers are missing.
func (x *exchange) due() bool {
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	return x.left > 0 || len(x.later) > 0
}

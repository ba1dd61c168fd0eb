package exchange

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// Dialect is what a Dialogue has to know of the protocol that it speaks. Its
// functions are called one at a time, by whoever has the turn. All fields but
// Learn must be set.
type Dialect struct {
	// Terms are those of a request, as they are now.
	Terms func(req []byte) Terms
	// Target is the session that a positive answer to req leads to, 0 for the
	// one that a unit is in by itself. Most requests do not change it.
	Target func(req []byte) (session byte, changes bool)
	// Learn reads what a positive answer says of later requests. The message
	// is the zero one where the answer was suppressed. Its error becomes that
	// of the request.
	Learn func(req []byte, m transport.Message) error
	// KeepAlive tells the unit that somebody is there. Where it fails it is
	// called again soon.
	KeepAlive func(ctx context.Context, conn transport.Conn) error
	// Restore are the requests that lead back to the unit's own session: where
	// it refuses one, the next is made.
	Restore [][]byte
	// Reads are the services that change nothing, so that a request may be
	// repeated.
	Reads []byte
	// Lost are the codes by which a unit refuses a read that its session lacks.
	Lost []uds.NRC
}

// Observer is told of each request, in order and before the next.
type Observer func(req []byte, res Result, err error)

// Dialogue is a conversation with one unit. It notes the sessions that are
// opened in it, keeps them open, and leaves them at Close. UDS and KWP 2000
// alike open a session by 10 and its number.
//
//	            10 xx granted                     quiet for 2 s
//	its own  ------------------> session held  -----------------> KeepAlive
//	session  <------------------               <-----------------
//	            Target 0, or a read refused by       said
//	            Lost and then 10 xx as well
//
// Several goroutines may use it: they and the keep-alive take turns.
type Dialogue struct {
	conn    transport.Conn
	dialect Dialect
	observe Observer

	turn    chan struct{} // who holds it may use conn, granted and quiet
	closed  chan struct{}
	once    sync.Once
	keeper  keeper
	granted byte          // session that the unit said it is in; 0: its own
	left    atomic.Uint32 // session that it may be in; 0: its own
	quiet   time.Time     // end of the last traffic
}

// NewDialogue gives a Dialogue on conn, which stays the caller's to close
// after it. The observer may be nil; it must not call the Dialogue.
func NewDialogue(conn transport.Conn, d Dialect, observe Observer) *Dialogue {
	if observe == nil {
		observe = func([]byte, Result, error) {}
	}
	return &Dialogue{
		conn: conn, dialect: d, observe: observe,
		turn: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

// Do makes a request, as the function Do does, and notes what it changes. With
// Terms.Silent a message may be missing from the Result.
//
// Where a session is held and the unit refuses a read as if it were not, it
// has restarted: the session is opened again and the read repeated, once. If
// the unit refuses the session too, the error is the read's own refusal.
func (d *Dialogue) Do(ctx context.Context, req []byte) (Result, error) {
	if len(req) == 0 {
		return Result{}, errEmpty
	}
	if err := d.take(ctx); err != nil {
		return Result{}, err
	}
	defer d.leave()
	res, err := d.request(ctx, req)
	if d.granted == 0 || !d.lost(req, err) {
		return res, err
	}
	switch failure := d.reopen(ctx); {
	case refused(failure):
		return res, err
	case failure != nil:
		return res, failure
	}
	res, err = d.request(ctx, req)
	res.Reopened = true
	return res, err
}

// take waits for the turn. Once the Dialogue is closed nobody gets it any more.
func (d *Dialogue) take(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
		return d.unlessOver(ctx)
	default: // somebody else has it
	}
	select {
	case d.turn <- struct{}{}:
		return d.unlessOver(ctx)
	case <-d.closed:
	case <-ctx.Done():
	}
	return d.over(ctx)
}

// unlessOver gives the turn back if no request can be made any more.
func (d *Dialogue) unlessOver(ctx context.Context) error {
	err := d.over(ctx)
	if err != nil {
		d.leave()
	}
	return err
}

func (d *Dialogue) leave() { <-d.turn }

// over tells why no request can be made.
func (d *Dialogue) over(ctx context.Context) error {
	select {
	case <-d.closed:
		return transport.ErrClosed
	default:
		return ctx.Err()
	}
}

// request makes one request; the turn is held.
func (d *Dialogue) request(ctx context.Context, req []byte) (Result, error) {
	settle := d.expect(req)
	res, err := Do(ctx, d.conn, req, d.dialect.Terms(req))
	if err == nil && d.dialect.Learn != nil {
		err = d.dialect.Learn(req, res.Message)
	}
	settle(res.Sent, err)
	d.quiet = time.Now()
	d.observe(req, res, err)
	return res, err
}

// lost reports whether err means that the unit has fallen back to its own
// session, and req may be repeated.
func (d *Dialogue) lost(req []byte, err error) bool {
	return slices.Contains(d.dialect.Reads, req[0]) &&
		slices.ContainsFunc(d.dialect.Lost, func(code uds.NRC) bool { return errors.Is(err, code) })
}

func refused(err error) bool {
	var neg *uds.NegativeResponseError
	return errors.As(err, &neg)
}

package exchange

import (
	"context"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// farewell is how long Close may take once its context is done.
const farewell = 200 * time.Millisecond

// expect notes the session that req may lead to, even if the answer gets
// lost. What came of it is told to settle: refused or never sent, it surely
// was not granted.
func (d *Dialogue) expect(req []byte) (settle func(transport.Sent, error)) {
	session, changes := d.dialect.Target(req)
	if !changes {
		return func(transport.Sent, error) {}
	}
	before := d.left.Load()
	if session != 0 {
		d.left.Store(uint32(session))
	}
	return func(sent transport.Sent, err error) {
		switch {
		case err == nil:
			d.enter(session)
		case sent == transport.SentNo, refused(err):
			d.left.Store(before)
		}
	}
}

// enter notes the session that the unit is in.
func (d *Dialogue) enter(session byte) {
	d.granted = session
	d.left.Store(uint32(session))
	if session == 0 {
		d.keeper.rest()
	} else {
		d.keeper.keep(d.keepAlive)
	}
}

// reopen opens the session that the unit has lost. A refusal says that the
// unit is in its own one.
func (d *Dialogue) reopen(ctx context.Context) error {
	_, err := d.request(ctx, []byte{uds.ServiceSessionControl, d.granted})
	if refused(err) {
		d.enter(0)
	}
	return err
}

// OpenSessionError is a session that Close could not leave. The unit leaves it
// by itself when it has heard nothing for 5 s (in UDS, S3).
type OpenSessionError struct {
	Session byte
	Err     error
}

func (e *OpenSessionError) Error() string {
	return fmt.Sprintf("session %02X is left to the unit's own timer: %v", e.Session, e.Err)
}

// Unwrap gives the reason.
func (e *OpenSessionError) Unwrap() error { return e.Err }

// Close makes the restoring requests if a session is or may be open, and ends
// the keep-alive. It waits for a request under way. Where ctx is done, or
// becomes so, the first restoring request is sent without waiting for its
// answer and Close returns within 200 ms. Its error is an *OpenSessionError.
// The Conn stays open; all later calls give an error that matches
// net.ErrClosed.
func (d *Dialogue) Close(ctx context.Context) (err error) {
	d.once.Do(func() {
		close(d.closed)
		d.keeper.end()
		err = d.restore(ctx)
	})
	return err
}

func (d *Dialogue) restore(ctx context.Context) error {
	err := d.lastly(ctx, d.askBack)
	if err != nil && ctx.Err() != nil {
		err = d.hurry(context.WithoutCancel(ctx))
	}
	if err == nil {
		return nil
	}
	return &OpenSessionError{Session: byte(d.left.Load()), Err: err}
}

// lastly takes the last turn if there is a session to leave.
func (d *Dialogue) lastly(ctx context.Context, restore func(context.Context) error) error {
	select {
	case d.turn <- struct{}{}:
		defer d.leave()
	case <-ctx.Done():
	}
	if d.left.Load() == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return restore(ctx)
}

// askBack asks for the unit's own session in all the ways that there are.
func (d *Dialogue) askBack(ctx context.Context) (err error) {
	for _, req := range d.dialect.Restore {
		if _, err = d.request(ctx, req); !refused(err) {
			return err
		}
	}
	return err
}

// hurry sends the first restoring request and leaves.
func (d *Dialogue) hurry(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	req := d.dialect.Restore[0]
	err := d.lastly(ctx, func(ctx context.Context) error {
		return d.conn.Send(ctx, req, transport.Want{})
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("% X could not be sent within %v", req, farewell)
	}
	return err
}

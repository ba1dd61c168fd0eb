package elm327

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// ChipError is what the chip said in place of an answer.
type ChipError struct {
	Said string
	Err  error // transport's word for it; nil: there is none
	sent transport.Sent
	busy bool // another time it may be sent
}

func (e *ChipError) Error() string {
	s := fmt.Sprintf("elm327: the dongle said %q", e.Said)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap is what it means.
func (e *ChipError) Unwrap() error { return e.Err }

// verdict is what a word in place of an answer means: nil for those that end
// nothing.
func verdict(l line) *ChipError {
	e := &ChipError{Said: l.text}
	switch l.word {
	case wordUnknown:
		e.sent, e.Err = transport.SentNo, errors.ErrUnsupported
	case wordCANError, wordUnable:
		e.Err = transport.ErrNoAck
	case wordBusBusy, wordFBError:
		e.sent, e.Err, e.busy = transport.SentNo, transport.ErrAborted, true
	case wordBusInitError:
		e.sent, e.Err = transport.SentNo, transport.ErrAborted
	case wordBusError, wordStopped:
		e.Err = transport.ErrAborted
	case wordBufferFull, wordNoMemory:
		e.sent, e.Err = transport.SentYes, transport.ErrOverrun
	case wordOverflow:
		e.Err = transport.ErrOverrun
	case wordFCTimeout:
		e.sent, e.Err = transport.SentNo, transport.ErrAborted
	case wordFatal:
		e.Err = transport.ErrBusOff
	default:
		return nil
	}
	return e
}

// heed takes a word. What was garbled may still come whole.
func (x *exchange) heed(l line) {
	if l.word == wordRxError || l.word == wordDataError {
		x.unreadable()
		return
	}
	e := verdict(l)
	if e == nil {
		return
	}
	if errors.Is(e, transport.ErrOverrun) && x.given && x.open == 0 {
		x.conn.loses(x, e)
	} else if x.trouble == nil {
		x.trouble = e
	}
	x.conn.careful = x.conn.careful || errors.Is(e, transport.ErrOverrun)
	x.conn.link.count(func(s *isotp.Stats, i *adapter.Incidents) {
		switch l.word {
		case wordCANError:
			s.Unheard++
		case wordBusError, wordFBError:
			s.Errors++
		case wordBufferFull, wordNoMemory, wordOverflow:
			i.Overruns++
		}
	})
}

// loses notes that the dongle has lost something of an answer. The unit is given
// time then: its message may have begun and wait for flow control, and until it
// gives that up, after N_Bs, it hears nothing else.
func (c *conn) loses(x *exchange, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.mishap.err == nil {
		x.mishap = mishap{err, x.arrived(err)}
	}
	c.spared = time.Now().Add(time.Second + margin)
}

// lost is what the dongle has lost of an answer; nil: nothing.
func (c *conn) lost(x *exchange) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x == nil || x.mishap.err == nil {
		return nil
	}
	return c.failed(operation(x.mishap.sent), x.mishap.sent, x.mishap.err)
}

// rest is how long the unit is still to be left alone.
func (c *conn) rest() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Until(c.spared)
}

// rested waits for the end of that time.
func (c *conn) rested(ctx context.Context) error {
	left := c.rest()
	if left <= 0 {
		return nil
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return c.reason()
	}
}

// reason puts transport's word for it in front of an error of the chip.
func reason(err error) error {
	var reset *ResetError
	if errors.As(err, &reset) {
		return fmt.Errorf("%w: %w", transport.ErrReset, err)
	}
	return err
}

// departed says whether the request of an exchange that failed has left.
func (x *exchange) departed(err error) transport.Sent {
	if x.main.sending {
		return x.main.m.Abort()
	}
	return x.arrived(err)
}

// arrived says the same of a request that the chip was given whole.
func (x *exchange) arrived(err error) transport.Sent {
	var said *ChipError
	switch {
	case x.frames > 0:
		return transport.SentYes
	case errors.As(err, &said):
		return said.sent
	case !x.writing && !x.given:
		return transport.SentNo
	}
	return transport.SentUnknown
}

// mishap is what was lost of an answer, or perhaps of the request.
type mishap struct {
	err  error
	sent transport.Sent
}

// operation is what failed: once the request is through, only its answer can.
func operation(sent transport.Sent) string {
	if sent == transport.SentYes {
		return "receive"
	}
	return "send"
}

func asOp(err error) (*transport.OpError, bool) { return errors.AsType[*transport.OpError](err) }

package exchange

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// PendingError is a unit that kept answering 78 until our patience ended. It
// matches os.ErrDeadlineExceeded, as a transport.TimeoutError does.
type PendingError struct {
	Address transport.Address
	Service byte
	Count   int           // answers 78
	Elapsed time.Duration // since the request
}

func (e *PendingError) Error() string {
	return fmt.Sprintf("%s: service %02X still pending after %d answers 78 in %v",
		e.Address, e.Service, e.Count, e.Elapsed)
}

// Is matches os.ErrDeadlineExceeded.
func (e *PendingError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// Timeout is true, as in net.Error.
func (e *PendingError) Timeout() bool { return true }

// Culprit is the unit whose fault an error is: its answer did not come, broke
// off or was wrong. The zero Address: the fault is ours.
func Culprit(err error) transport.Address {
	var (
		ours     *transport.OpError
		timeout  *transport.TimeoutError
		pending  *PendingError
		protocol *transport.ProtocolError
	)
	switch {
	case errors.As(err, &ours):
		return transport.Address{}
	case errors.As(err, &timeout):
		return timeout.Address
	case errors.As(err, &pending):
		return pending.Address
	case errors.As(err, &protocol):
		return protocol.Address
	}
	return transport.Address{}
}

// Malformed is the error of an answer that belongs to the request and cannot
// be decoded: a codec's FormatError becomes a *transport.ProtocolError that
// names the unit. F is that FormatError; any other error is given as it is.
//
//	exchange.Malformed[uds.FormatError](res.Message, err)
func Malformed[F format, P interface {
	*F
	error
}](m transport.Message, err error) error {
	wrong, ok := errors.AsType[P](err)
	if !ok {
		return err
	}
	f := fields(*wrong)
	return &transport.ProtocolError{
		Address: m.From, Clause: fmt.Sprintf("%02X: %s", f.Service, f.Field), Got: f.Got, Want: f.Want,
	}
}

// fields are those of every codec's FormatError.
type fields = struct {
	Service          byte
	Field, Got, Want string
}

type format interface{ ~fields }

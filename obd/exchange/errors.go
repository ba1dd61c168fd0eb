package exchange

import (
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

package tape

import (
	"errors"
	"fmt"

	"github.com/untether-obd/untether/obd/transport"
)

// ErrNeverAsked matches every *NeverAskedError.
var ErrNeverAsked = errors.New("tape: never asked in the recording")

// NeverAskedError is a request that the recording does not hold, or holds only
// behind a change that was not made yet. What the car would have said is not
// known: that is no silence.
type NeverAskedError struct {
	Address transport.Address
	Request []byte
}

func (e *NeverAskedError) Error() string {
	return fmt.Sprintf("tape: %s: % X was never asked in the recording", e.Address, e.Request[:min(len(e.Request), 3)])
}

// Is matches ErrNeverAsked.
func (e *NeverAskedError) Is(target error) bool { return target == ErrNeverAsked }

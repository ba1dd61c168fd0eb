package canlog

import (
	"errors"
	"fmt"
	"time"
)

// LineError is a line that holds no frame. The reader can go on behind it.
type LineError struct {
	Line   int
	Text   string // the line's beginning, never any payload
	Reason string
}

func (e *LineError) Error() string {
	return fmt.Sprintf("canlog: line %d: %s: %q", e.Line, e.Reason, e.Text)
}

// ClockError tells that the clock of a recording ran backwards. The frame
// itself comes next.
type ClockError struct {
	Line int
	Back time.Duration // from the frame before
}

func (e *ClockError) Error() string {
	return fmt.Sprintf("canlog: line %d: the clock runs backwards by %v", e.Line, e.Back)
}

// What a Writer refuses besides frames that are not valid.
var (
	ErrInterface = errors.New("canlog: an interface's name is one word")
	ErrTime      = errors.New("canlog: the time of a frame lies before 1970")
)

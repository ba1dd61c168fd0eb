package canlog

import (
	"errors"
	"fmt"
	"time"
)

// LineError is a line, or a packet of a pcap or pcapng file, that holds no
// frame. The reader can go on behind it. What is cut off or too damaged to go
// on is one too, followed by io.EOF.
type LineError struct {
	Line   int    // as in Record
	Text   string // the line's time, interface and identifier; pcap, pcapng or gzip; never any payload
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
	ErrInterface = errors.New("canlog: an interface's name is one word of at most 64 bytes")
	ErrTime      = errors.New("canlog: the time of a frame lies before 1970 or too far ahead")
)

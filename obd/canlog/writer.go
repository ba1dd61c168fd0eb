package canlog

import (
	"bufio"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Writer writes a recording in candump's log form. Own frames are marked with
// a T. Several goroutines may share it.
type Writer struct {
	mu     sync.Mutex
	out    *bufio.Writer
	iface  string
	redact Redactor
	err    error // the first failure of the destination; nothing follows it
}

// NewWriter makes a Writer whose frames all come from one interface.
func NewWriter(w io.Writer, iface string) *Writer {
	return NewRedactingWriter(w, iface, func(*can.Frame) {})
}

// NewRedactingWriter makes a Writer that writes what redact leaves of frames.
func NewRedactingWriter(w io.Writer, iface string, redact Redactor) *Writer {
	out := &Writer{out: bufio.NewWriter(w), iface: iface, redact: redact}
	if !isWord(iface) {
		out.err = fmt.Errorf("%w: %q", ErrInterface, iface)
	}
	return out
}

// Write writes one frame, its time cut to microseconds. A frame that is not
// valid, or without a time, is refused and those after it are written.
func (w *Writer) Write(rx *can.Rx) error {
	if err := rx.Frame.Validate(); err != nil {
		return err
	}
	if rx.Time.Unix() < 0 {
		return ErrTime
	}
	f := rx.Frame
	w.redact(&f)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.out, "(%d.%06d) %s %s%s\n", rx.Time.Unix(),
			rx.Time.Nanosecond()/int(time.Microsecond), w.iface, f, direction(rx.Own))
	}
	return w.err
}

func direction(own bool) string {
	if own {
		return " T"
	}
	return ""
}

// Flush hands everything to the destination; call it at the end.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

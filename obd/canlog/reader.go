package canlog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// window is what a Reader holds of its source, and so the longest packet that
// it can read. A frame is a thousandth of it.
const window = 64 << 10

// Reader reads a recording in any of the forms above, also several of them
// one behind the other.
type Reader struct {
	in     *bufio.Reader
	opened bool
	ended  bool
	binary *capture // nil in text
	text   console
	names  names
	clock  clock
	line   int
	last   time.Time
	held   Record // read, but its ClockError went first
	holds  bool
}

// NewReader makes a Reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{in: buffered(r)} }

// buffered reads ahead. Peeking forgets an error, so the source has to repeat
// it.
func buffered(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(&source{in: r}, window) }

type source struct {
	in  io.Reader
	err error
}

func (s *source) Read(b []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.in.Read(b)
	}
	return n, s.err
}

// Next gives the next frame, or one of
//
//	*LineError   a line without a frame; call again for what follows
//	*ClockError  the next frame is older than the last; call again for it
//	io.EOF       the end
//
// and whatever else reading gave. Empty lines are passed over.
func (r *Reader) Next() (Record, error) {
	if r.holds {
		r.holds = false
		return r.held, nil
	}
	rec, err := r.next()
	if err != nil {
		return Record{}, err
	}
	rec.Line = r.line
	return r.ordered(rec)
}

func (r *Reader) next() (Record, error) {
	r.open()
	for !r.ended {
		if r.binary == nil {
			head, _ := r.in.Peek(headSize)
			r.binary = r.sniff(head)
		}
		if r.binary == nil {
			return r.nextLine()
		}
		rec, err := r.binary.next()
		if !errors.Is(err, errElse) {
			return rec, err
		}
		r.binary = nil
	}
	return Record{}, io.EOF
}

// headSize is what tells one form from the others.
const headSize = pcapHead

// sniff gives the capture that begins with head, or nil if none does.
func (r *Reader) sniff(head []byte) *capture {
	if order := sectionOrder(head); order != nil {
		return &capture{r: r, form: "pcapng", sieve: &section{order: order}}
	}
	if order := pcapOrder(head); order != nil {
		return &capture{r: r, form: "pcap", sieve: &pcap{order: order}}
	}
	return nil
}

func (r *Reader) ordered(rec Record) (Record, error) {
	back := r.last.Sub(rec.Rx.Time)
	first := r.last.IsZero()
	r.last = rec.Rx.Time
	if first || back <= 0 {
		return rec, nil
	}
	r.held, r.holds = rec, true
	return Record{}, &ClockError{Line: rec.Line, Back: back}
}

// fault is the error of the line or packet that was just read.
func (r *Reader) fault(text, reason string) error {
	return &LineError{Line: r.line, Text: text, Reason: reason}
}

// end is the error of what is cut off or damaged: nothing can follow.
func (r *Reader) end(form, reason string) error {
	r.line++
	r.ended = true
	return r.fault(form, reason)
}

func (r *Reader) ioError(err error) error {
	switch {
	case errors.Is(err, errPacked):
		return r.end("gzip", "the packed file is cut off or damaged")
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return fmt.Errorf("canlog: after line %d: %w", r.line, err)
}

// record is a frame that came over an interface at a time.
func (r *Reader) record(f *can.Frame, own bool, at time.Time, iface string) Record {
	r.clock.now = at
	return Record{Rx: can.Rx{Frame: *f, Time: at, Own: own}, Interface: iface}
}

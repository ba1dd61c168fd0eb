package canlog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// maxLine is far more than the longest line, a CAN FD frame of 64 bytes.
const maxLine = 1024

// Reader reads a recording in candump's log form.
type Reader struct {
	in   *bufio.Reader
	line int
	last time.Time
	held *Record // read, but its ClockError went first
}

// NewReader makes a Reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, maxLine)} }

// Next gives the next frame, or one of
//
//	*LineError   a line without a frame; call again for what follows
//	*ClockError  the next frame is older than the last; call again for it
//	io.EOF       the end
//
// and whatever else reading gave. Empty lines are passed over.
func (r *Reader) Next() (Record, error) {
	if r.held != nil {
		rec := *r.held
		r.held = nil
		return rec, nil
	}
	line, whole, err := r.readLine()
	if err != nil {
		return Record{}, err
	}
	rec, reason := parseLine(line)
	if !whole {
		reason = "line too long"
	}
	if reason != "" {
		return Record{}, &LineError{Line: r.line, Text: head(line), Reason: reason}
	}
	rec.Line = r.line
	return r.ordered(rec)
}

func (r *Reader) ordered(rec Record) (Record, error) {
	back := r.last.Sub(rec.Rx.Time)
	first := r.last.IsZero()
	r.last = rec.Rx.Time
	if first || back <= 0 {
		return rec, nil
	}
	r.held = &rec
	return Record{}, &ClockError{Line: rec.Line, Back: back}
}

// readLine gives the next line that is not empty; of one that is too long,
// its beginning.
func (r *Reader) readLine() (line string, whole bool, err error) {
	for {
		b, err := r.in.ReadSlice('\n')
		if len(b) == 0 && err != nil {
			return "", false, r.ioError(err)
		}
		r.line++
		if errors.Is(err, bufio.ErrBufferFull) {
			line = string(b)
			return line, false, r.skipLine()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", false, r.ioError(err)
		}
		if b = bytes.TrimSpace(b); len(b) > 0 {
			return string(b), true, nil
		}
	}
}

func (r *Reader) skipLine() error {
	for {
		_, err := r.in.ReadSlice('\n')
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return r.ioError(err)
		}
	}
}

func (r *Reader) ioError(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("canlog: after line %d: %w", r.line, err)
}

func parseLine(line string) (rec Record, reason string) {
	stamp, rest, _ := strings.Cut(line, " ")
	iface, rest, found := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if !found || !isWord(iface) {
		return rec, "not the form (SECONDS) INTERFACE FRAME"
	}
	at, ok := parseTime(stamp)
	if !ok {
		return rec, "no time in parentheses"
	}
	text, direction, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	own, ok := parseDirection(strings.TrimLeft(direction, " "))
	if !ok {
		return rec, "more than a direction behind the frame"
	}
	f, err := can.ParseFrame(text)
	if err != nil {
		return rec, "not a valid frame"
	}
	return Record{Rx: can.Rx{Frame: f, Time: at, Own: own}, Interface: iface}, ""
}

func parseDirection(s string) (own, ok bool) {
	return s == "T", s == "" || s == "T" || s == "R"
}

// parseTime reads (SECONDS.FRACTION) with up to nine digits of fraction.
func parseTime(s string) (time.Time, bool) {
	s, open := strings.CutPrefix(s, "(")
	s, closed := strings.CutSuffix(s, ")")
	whole, fraction, point := strings.Cut(s, ".")
	if !open || !closed || !point || len(whole) > 11 || len(fraction) > 9 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseUint(whole, 10, 63)
	if err != nil {
		return time.Time{}, false
	}
	nanos, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 63)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), int64(nanos)).UTC(), true
}

// head is what an error may show of a line: nothing behind the #, where a
// frame's payload stands.
func head(line string) string {
	line, _, _ = strings.Cut(line, "#")
	return line[:min(len(line), 40)]
}

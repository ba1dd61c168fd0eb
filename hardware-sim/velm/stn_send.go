package velm

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// transmission is what STPX was given.
type transmission struct {
	id       uint32
	extended bool
	data     []byte
	length   int // announced, the data follows; 0: data is here
	wait     time.Duration
	count    int
	counted  bool
}

// transmitAny is STPX.
func (s *session) transmitAny(ctx context.Context, arg string) error {
	p, known := s.c.spec()
	if !known || p.family != onCAN {
		return s.answer(ctx, unknown)
	}
	t := transmission{id: s.c.transmitID(p), extended: p.wide, wait: s.c.wait}
	for _, field := range strings.Split(arg, ",") {
		if !t.field(field) {
			return s.answer(ctx, unknown)
		}
	}
	if t.length > 0 {
		data, err := s.data(ctx, t.length)
		if err != nil {
			return err
		}
		t.data = data
	}
	if t.data == nil {
		return s.answer(ctx, unknown)
	}
	return s.send(ctx, p, t)
}

// field reads one parameter, as D:0100.
func (t *transmission) field(text string) bool {
	key, value, _ := strings.Cut(text, ":")
	n, err := strconv.Atoi(value)
	var ok bool
	switch key {
	case "H":
		t.id, t.extended, ok = parseID(value)
	case "D":
		t.data, ok = unhex(value)
	case "L":
		t.length, ok = n, err == nil && n > 0 && n <= 0xFFF
	case "T":
		t.wait, ok = time.Duration(n)*time.Millisecond, err == nil && n >= 0 && n <= 65535
	case "R":
		t.count, t.counted, ok = n, true, err == nil && n >= 0
	}
	return ok
}

// data asks for the bytes that L announced. The prompt behind DATA stands on
// the same line.
func (s *session) data(ctx context.Context, length int) ([]byte, error) {
	if err := s.write(ctx, "DATA"); err != nil {
		return nil, err
	}
	s.ready()
	if err := s.fault.prompt(ctx, s); err != nil {
		return nil, err
	}
	var text []byte
	for len(text) < 2*length {
		b, came, err := s.next(ctx, incomplete)
		switch {
		case err != nil:
			return nil, err
		case !came || b == '\r':
			return nil, nil
		case isHex(b):
			text = append(text, b)
		}
	}
	if err := s.lineEnd(ctx); err != nil {
		return nil, err
	}
	s.idle.Store(false)
	data, _ := unhex(strings.ToUpper(string(text)))
	return data, nil
}

// lineEnd drops the carriage return that may follow, for the host's sake: the
// chip needs none.
func (s *session) lineEnd(ctx context.Context) error {
	b, came, err := s.next(ctx, lineEndWait)
	if err == nil && came && b != '\r' {
		s.rest = append([]byte{b}, s.rest...)
	}
	return err
}

const lineEndWait = 5 * time.Millisecond // an assumption

// send transmits a message whose length is known.
func (s *session) send(ctx context.Context, p spec, t transmission) error {
	s.note(func(l *Ledger) { l.Requests++ })
	frames := []can.Frame{{}}
	switch {
	case s.c.format && p.iso:
		frames = s.segments(p, t.id, t.extended, t.data)
	case len(t.data) <= can.MaxLen:
		f := can.Frame{ID: t.id}
		if t.extended {
			f.Flags = can.Extended
		}
		frames[0] = s.padded(p, f, t.data)
	default:
		frames = nil
	}
	if len(frames) == 0 || len(frames) > 1 && !s.c.segmentOut {
		return s.answer(ctx, unknown)
	}
	s.joined = true
	return s.converse(ctx, p, ask{frames: frames, wait: t.wait, count: t.count, whole: true, deaf: t.counted && t.count == 0})
}

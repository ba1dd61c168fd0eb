package velm

import (
	"context"

	"github.com/untether-obd/untether/obd/can"
)

// request is a line of digits: bytes to send. An odd digit at its end is the
// number of answers after which the chip waits no more.
func (s *session) request(ctx context.Context, line string) error {
	count := 0
	if len(line)%2 == 1 {
		count = int(line[len(line)-1]-'0') & 0xF
		if line[len(line)-1] > '9' {
			count = int(line[len(line)-1]-'A') + 10
		}
		line = line[:len(line)-1]
	}
	data, ok := unhex(line)
	if !ok || len(data) == 0 || len(data) > s.longest() {
		return s.answer(ctx, unknown)
	}
	s.joined = true
	return s.conclude(ctx, s.ask(ctx, data, count))
}

// longest is how many bytes a request may have: seven, or all that a frame has
// room for after ATAL.
func (s *session) longest() int {
	p, known := s.c.spec()
	if known && p.family != onCAN {
		if s.c.long {
			return kLongest
		}
		return kNormal
	}
	room := can.MaxLen
	if s.c.extended.set {
		room--
	}
	if s.c.format && (p.iso || !known) {
		room--
	}
	if s.c.long {
		return room
	}
	return min(room, can.MaxLen-1)
}

func (s *session) ask(ctx context.Context, data []byte, count int) error {
	p, known := s.c.spec()
	if !known {
		found, over, err := s.search(ctx, data)
		if err != nil || over {
			return err
		}
		p = found
	}
	switch p.family {
	case onCAN:
		return s.exchange(ctx, p, ask{frames: []can.Frame{s.frame(p, data)}, count: count, deaf: !s.c.responses})
	case j1850: // nobody is ever there
		if err := s.listening(ctx, s.c.responseTime()); err != nil {
			return err
		}
		return errNoData
	}
	return s.kRequest(ctx, p, data)
}

// frame is a request as it goes out.
func (s *session) frame(p spec, data []byte) can.Frame {
	f := can.Frame{ID: s.c.transmitID(p)}
	if p.wide {
		f.Flags = can.Extended
	}
	if s.c.format && p.iso {
		data = append([]byte{byte(len(data))}, data...)
	}
	if s.c.extended.set {
		data = append([]byte{s.c.extended.value}, data...)
	}
	return s.padded(p, f, data)
}

// segments cuts a message into frames. It is nil if the message is longer
// than ISO 15765-2 allows.
func (s *session) segments(p spec, id uint32, extended bool, data []byte) []can.Frame {
	at, head := 0, []byte(nil)
	if s.c.extended.set {
		at, head = 1, []byte{s.c.extended.value}
	}
	f := can.Frame{ID: id}
	if extended {
		f.Flags = can.Extended
	}
	frame := func(protocol []byte, data []byte) can.Frame {
		return s.padded(p, f, append(append(append([]byte(nil), head...), protocol...), data...))
	}
	if len(data) < can.MaxLen-at {
		return []can.Frame{frame([]byte{byte(len(data))}, data)}
	}
	if len(data) > 0xFFF {
		return nil
	}
	n := can.MaxLen - 2 - at
	all := []can.Frame{frame([]byte{first<<4 | byte(len(data)>>8), byte(len(data))}, data[:n])}
	for data = data[n:]; len(data) > 0; data = data[n:] {
		n = min(can.MaxLen-1-at, len(data))
		all = append(all, frame([]byte{consecutive<<4 | byte(len(all))&0xF}, data[:n]))
	}
	return all
}

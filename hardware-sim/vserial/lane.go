package vserial

import "time"

// lane is one direction of a line: what is on the wire and what has arrived.
//
//	idle ‾‾‾\start/ d0 X d1 X ... X d7 /stop‾‾‾  ten bits a byte, low bit first
type lane struct {
	wire  []symbol  // in the order of their beginnings
	free  time.Time // when the sender's UART can begin another byte
	look  time.Time // from when the receiver waits for a falling edge
	inbox []byte
	room  int // bytes that may wait to be sent

	news chan struct{} // holds a token when the reader shall look again
}

func newLane(room int) *lane {
	return &lane{room: room, news: make(chan struct{}, 1)}
}

// symbol is a byte on the wire.
type symbol struct {
	value byte
	start time.Time
	baud  int
}

const symbolBits = 10 // start, eight data, stop

// halfBits is how long n half bits take.
func halfBits(n, baud int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(2*baud)
}

func (s symbol) end() time.Time { return s.start.Add(halfBits(2*symbolBits, s.baud)) }

// high tells the level of bit i of a symbol.
func (s symbol) high(i int) bool {
	switch {
	case i == 0:
		return false
	case i < symbolBits-1:
		return s.value>>(i-1)&1 == 1
	default:
		return true
	}
}

// queued is how many bytes have not gone out whole.
func (l *lane) queued(now time.Time) int {
	n := 0
	for n < len(l.wire) && l.wire[len(l.wire)-1-n].end().After(now) {
		n++
	}
	return n
}

// roomAt is when some of n more bytes will find room: not at the first free
// place, or whoever writes would wake for each byte, and not at the last, or
// the line would rest until he wakes.
func (l *lane) roomAt(n int, now time.Time) time.Time {
	queued := l.queued(now)
	over := queued + min(n, max(l.room/2, 1)) - l.room
	if over <= 0 {
		return now
	}
	return l.wire[len(l.wire)-queued+over-1].end()
}

// put sends as much of p as finds room and returns the rest.
func (l *lane) put(p []byte, baud int, now time.Time) []byte {
	if baud == 0 {
		l.arrive(p...)
		l.tell()
		return nil
	}
	n := min(len(p), l.room-l.queued(now))
	for _, b := range p[:max(n, 0)] {
		s := symbol{value: b, start: later(l.free, now), baud: baud}
		l.wire = append(l.wire, s)
		l.free = s.end()
	}
	l.tell()
	return p[max(n, 0):]
}

// tell wakes the reader.
func (l *lane) tell() {
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// settle lets what has come by now arrive, as the receiver's UART samples it.
func (l *lane) settle(now time.Time, baud func(time.Time) int) {
	for {
		edge, done, ok := l.next(baud)
		if !ok || done.After(now) {
			break
		}
		l.arrive(l.sample(edge, baud(edge)))
		l.look = edge.Add(halfBits(2*symbolBits-1, baud(edge)))
		l.forget(now)
	}
	l.forget(now)
}

// next is when the receiver's next start bit begins, and when it will have the
// byte. A symbol at its own speed is there at its end, to the nanosecond.
func (l *lane) next(baud func(time.Time) int) (edge, done time.Time, ok bool) {
	edge, s, ok := l.edge()
	if !ok {
		return edge, edge, false
	}
	if speed := baud(edge); speed != s.baud || !edge.Equal(s.start) {
		return edge, edge.Add(halfBits(2*symbolBits, speed)), true
	}
	return edge, s.end(), true
}

// edge is the next falling edge that the receiver takes for a start bit.
func (l *lane) edge() (time.Time, symbol, bool) {
	for _, s := range l.wire {
		if !s.end().After(l.look) {
			continue
		}
		for i := range symbolBits {
			at := s.start.Add(halfBits(2*i, s.baud))
			falls := !s.high(i) && (i == 0 || s.high(i-1))
			if falls && !at.Before(l.look) {
				return at, s, true
			}
		}
	}
	return time.Time{}, symbol{}, false
}

// sample reads eight bits in the middle of the receiver's bit times. A stop
// bit that is not there is no reason to throw the byte away: terminals pass it.
func (l *lane) sample(edge time.Time, baud int) byte {
	var value byte
	for i := range 8 {
		if l.level(edge.Add(halfBits(2*i+3, baud))) {
			value |= 1 << i
		}
	}
	return value
}

// level is the level of the wire at a moment.
func (l *lane) level(at time.Time) bool {
	for _, s := range l.wire {
		if at.Before(s.start) {
			return true
		}
		if at.Before(s.end()) {
			return s.high(int(int64(at.Sub(s.start)) * int64(s.baud) / int64(time.Second)))
		}
	}
	return true
}

// forget drops the symbols that no sample will meet any more.
func (l *lane) forget(now time.Time) {
	gone := l.look
	if _, _, ok := l.edge(); !ok {
		gone = now
	}
	n := 0
	for n < len(l.wire) && !l.wire[n].end().After(gone) {
		n++
	}
	l.wire = l.wire[n:]
}

func (l *lane) arrive(p ...byte) {
	l.inbox = append(l.inbox, p[:min(len(p), inboxRoom-len(l.inbox))]...)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

package passive

import (
	"bytes"
	"time"
)

// maxMessage bounds what is kept of a message; the rest is counted only.
const maxMessage = 1 << 16

// message is a request or an answer, perhaps with frames still to come or
// missing for ever.
type message struct {
	data        []byte
	length      int // announced
	got         int // bytes seen
	next        byte
	first, last time.Time
	seq         uint64 // place of the first frame in the recording
	segmented   bool   // more than one frame
}

func newMessage(p pdu, at time.Time, seq uint64) *message {
	return &message{
		data: bytes.Clone(p.data), length: p.length, got: len(p.data),
		next: 1, first: at, last: at, seq: seq, segmented: len(p.data) < p.length,
	}
}

func (m *message) append(p pdu, at time.Time) {
	data := p.data[:min(len(p.data), m.length-m.got)]
	m.got += len(data)
	m.data = append(m.data, data[:min(len(data), maxMessage-len(m.data))]...)
	m.next = (m.next + 1) & 0xF
	m.last = at
}

func (m *message) complete() bool { return m.got == m.length }
func (m *message) whole() bool    { return len(m.data) == m.length }

// cost is about what a kept message takes of memory.
func (m *message) cost() int { return 256 + len(m.data) }

type request struct {
	*message
	settled bool // somebody gave a final answer
}

package isotp

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

type receiveState uint8

const (
	receiveIdle receiveState = iota
	clearing                 // flow control is to go, or unconfirmed
	collect                  // consecutive frames come; N_Cr runs
)

type receiver struct {
	state   receiveState
	buf     []byte // capacity is the message's length
	total   int
	sn      byte // expected next
	dl      int  // length of the first frame: every frame but the last has it
	block   int  // frames left before we clear again; less than 0: no end
	waits   int
	status  FlowStatus
	replyAt instant   // flow control goes not before
	until   instant   // N_Cr
	since   time.Time // reception of the first frame
}

// single delivers a message of one frame.
//
//	0L d d d d d d d          classic frame or FD frame up to 8 bytes
//	00 LL d d d ...           FD frame above 8 bytes
func (m *Machine) single(now time.Time, f *can.Frame, d []byte) error {
	n, at := int(d[0]&0xF), 1
	if f.Len > 8 {
		if n != 0 {
			return m.ignore("SF_DL", fmt.Sprintf("length %d in the first byte of a frame of %d", n, f.Len), "0")
		}
		n, at = int(d[1]), 2
	}
	if n == 0 || n > len(d)-at {
		return m.ignore("SF_DL", fmt.Sprintf("length %d in a frame of %d", n, f.Len), fmt.Sprintf("1 to %d", len(d)-at))
	}
	m.interrupt("single frame")
	m.tell(Event{Kind: Received, Data: append(make([]byte, 0, n), d[at:at+n]...), First: now, Last: now})
	return nil
}

// interrupt ends a reception because a new message begins.
func (m *Machine) interrupt(by string) {
	if m.rx.state != receiveIdle {
		m.failReception(m.broken("N_UNEXP_PDU", by, fmt.Sprintf("consecutive frame %d", m.rx.sn)))
	}
}

// first begins a long message.
//
//	1L LL d d d d d d            up to 4095 bytes
//	10 00 LL LL LL LL d d        beyond
func (m *Machine) first(now time.Time, f *can.Frame, d []byte) error {
	if f.Len < 8 {
		return m.ignore("FF length", fmt.Sprintf("a frame of %d bytes", f.Len), "8 or more")
	}
	total, at := uint64(d[0]&0xF)<<8|uint64(d[1]), 2
	if total == 0 {
		total, at = uint64(binary.BigEndian.Uint32(d[2:])), 6
		if total <= 4095 {
			return m.ignore("FF_DL", fmt.Sprintf("escape sequence for %d bytes", total), "more than 4095")
		}
	}
	if least := m.firstMin(int(f.Len)); total < uint64(least) {
		return m.ignore("FF_DL", fmt.Sprintf("%d bytes", total), fmt.Sprintf("at least %d", least))
	}
	m.interrupt("first frame")
	m.rx = receiver{state: clearing, buf: m.rx.buf, sn: 1, dl: int(f.Len), since: now, replyAt: m.instant(now).add(m.cfg.Params.Timers.Br)}
	if total > uint64(m.cfg.MaxLen) {
		m.rx.status = Overflow
		return nil
	}
	m.rx.total = int(total)
	m.rx.status = m.flow()
	m.room()
	m.rx.buf = append(m.rx.buf[:0], d[at:]...)
	m.tell(Event{Kind: FirstFrame, First: now})
	return nil
}

// firstMin is the shortest message that may be segmented at this frame length.
func (m *Machine) firstMin(dl int) int {
	if dl > 8 {
		return dl - 1 - m.ae
	}
	return 8 - m.ae
}

// room makes the one allocation of a message. A buffer that an earlier,
// broken reception left is used again.
func (m *Machine) room() {
	if cap(m.rx.buf) < m.rx.total {
		m.rx.buf = make([]byte, 0, m.rx.total)
	}
}

func (m *Machine) flow() FlowStatus {
	if m.cfg.Flow == nil {
		return ContinueToSend
	}
	return m.cfg.Flow(m.rx.total, m.rx.waits)
}

func (m *Machine) fillFlowControl(f *can.Frame) {
	m.begin(f)
	d := f.Data[m.ae:]
	d[0] = pciFlowControl<<4 | byte(m.rx.status)
	d[1], d[2] = m.cfg.Params.BS, EncodeSTmin(m.cfg.Params.STmin)
	if m.rx.status == Overflow {
		d[1], d[2] = 0, 0
	}
	m.finish(f, m.ae+3)
}

// cleared goes on after our flow control is on the wire.
func (m *Machine) cleared(now instant) {
	r := &m.rx
	if r.state != clearing {
		return
	}
	switch r.status {
	case Overflow:
		m.failReception(m.broken("N_BUFFER_OVFLW", fmt.Sprintf("a message of more than %d bytes", m.cfg.MaxLen), "a shorter one"))
	case Wait:
		r.waits++
		r.status = m.flow()
		r.replyAt = now.add(max(m.cfg.Params.Timers.Br, time.Millisecond))
	default:
		r.state, r.waits = collect, 0
		r.until = now.add(limit(m.cfg.Params.Timers.Cr))
		if r.block = int(m.cfg.Params.BS); r.block == 0 {
			r.block = -1
		}
	}
}

// consecutive adds a part: 2N d d d d d d d
func (m *Machine) consecutive(now time.Time, f *can.Frame, d []byte) error {
	r := &m.rx
	if r.state != collect {
		return m.ignore("N_UNEXP_PDU", "consecutive frame", "none: no message is being received")
	}
	rest := r.total - len(r.buf)
	if int(f.Len) != r.dl && len(d)-1 < rest || int(f.Len) > r.dl {
		return m.ignore("CF length", fmt.Sprintf("a frame of %d bytes", f.Len), fmt.Sprintf("%d", r.dl))
	}
	if got := d[0] & 0xF; got != r.sn {
		m.failReception(m.broken("N_WRONG_SN", fmt.Sprintf("consecutive frame %d", got), fmt.Sprintf("%d", r.sn)))
		return nil
	}
	r.buf = append(r.buf, d[1:1+min(rest, len(d)-1)]...)
	r.sn = (r.sn + 1) & 0xF
	if len(r.buf) == r.total {
		m.tell(Event{Kind: Received, Data: r.buf, First: r.since, Last: now})
		m.rx = receiver{}
		return nil
	}
	at := m.instant(now)
	r.until = at.add(limit(m.cfg.Params.Timers.Cr))
	if r.block--; r.block == 0 {
		r.state, r.status = clearing, m.flow()
		r.replyAt = at.add(m.cfg.Params.Timers.Br)
	}
	return nil
}

func (m *Machine) failReception(err error) {
	if m.pending == flowControl {
		m.pending = nothing
	}
	if m.rx.state != receiveIdle {
		m.rx = receiver{buf: m.rx.buf[:0]}
		m.tell(Event{Kind: Failed, Err: err})
	}
}

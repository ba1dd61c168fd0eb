package isotp

import (
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

const (
	pciSingle      = 0x0
	pciFirst       = 0x1
	pciConsecutive = 0x2
	pciFlowControl = 0x3
)

type sendState uint8

const (
	sendIdle    sendState = iota
	first                 // the single or first frame is to go, or unconfirmed
	awaitFC               // N_Bs runs
	consecutive           // consecutive frames go at `at`
)

type sender struct {
	state sendState
	msg   []byte // borrowed from Send's caller until Sent or Failed
	off   int    // bytes handed out
	sn    byte
	at    instant // earliest time of the next frame
	until instant // N_Bs
	gap   time.Duration
	block int // frames left in the block; less than 0: no end
	waits int
	early [3]byte // flow control that overtook the confirmation of our frame
	isFC  bool
}

func (s *sender) ready(now instant) bool {
	return s.state == first || s.state == consecutive && now >= s.at
}

func (s *sender) frameName() string {
	if s.state == consecutive {
		return fmt.Sprintf("consecutive frame %d", (s.sn-1)&0xF)
	}
	return "the first frame"
}

// Send begins a message; msg must not change until Sent or Failed is told.
func (m *Machine) Send(now time.Time, msg []byte) error {
	switch {
	case len(msg) == 0:
		return ErrEmpty
	case m.tx.state != sendIdle:
		return ErrBusy
	case uint64(len(msg)) > 0xFFFFFFFF:
		return transport.ErrLength
	}
	m.tx = sender{state: first, msg: msg, at: m.instant(now)}
	return nil
}

// Abort ends a sending without an event and says whether the whole message may
// have left: no as long as a frame of it was not handed out.
func (m *Machine) Abort() transport.Sent {
	whole := m.tx.state != sendIdle && m.tx.off == len(m.tx.msg)
	if m.pending == data {
		m.pending = nothing
	}
	m.tx = sender{}
	if whole {
		return transport.SentUnknown
	}
	return transport.SentNo
}

// singleMax is the longest message that fits one frame.
func (m *Machine) singleMax() int {
	if m.txDL > 8 {
		return int(m.txDL) - 2 - m.ae
	}
	return 7 - m.ae
}

func (m *Machine) fillData(f *can.Frame) {
	m.begin(f)
	s := &m.tx
	switch {
	case s.state == consecutive:
		f.Data[m.ae] = pciConsecutive<<4 | s.sn
		s.sn = (s.sn + 1) & 0xF
		m.take(f, m.ae+1)
	case len(s.msg) <= 7-m.ae:
		f.Data[m.ae] = byte(len(s.msg))
		m.take(f, m.ae+1)
	case len(s.msg) <= m.singleMax():
		f.Data[m.ae], f.Data[m.ae+1] = 0, byte(len(s.msg))
		m.take(f, m.ae+2)
	default:
		m.take(f, m.firstHeader(f))
		s.sn = 1
	}
}

// firstHeader writes the PCI of a first frame and gives where data begin.
func (m *Machine) firstHeader(f *can.Frame) int {
	n := len(m.tx.msg)
	h := f.Data[m.ae:]
	if n <= 4095 {
		h[0], h[1] = pciFirst<<4|byte(n>>8), byte(n)
		return m.ae + 2
	}
	h[0], h[1] = pciFirst<<4, 0
	h[2], h[3], h[4], h[5] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	return m.ae + 6
}

// begin makes f an empty frame of ours.
func (m *Machine) begin(f *can.Frame) {
	a := &m.cfg.Address
	*f = can.Frame{ID: a.TX}
	if a.Extended {
		f.Flags = can.Extended
	}
	if a.FD {
		f.Flags |= can.FD | can.BRS
	}
	f.Data[0] = a.TXAE // the PCI overwrites it where there is no address byte
}

// take moves the next bytes of the message into f from byte at on.
func (m *Machine) take(f *can.Frame, at int) {
	n := copy(f.Data[at:m.txDL], m.tx.msg[m.tx.off:])
	m.tx.off += n
	m.finish(f, at+n)
}

// finish pads a frame of n bytes: to 8 if padding is on, and above 8 to the
// next FD length in any case.
func (m *Machine) finish(f *can.Frame, n int) {
	size := n
	if m.full && n < 8 {
		size = 8
	}
	if n > 8 {
		size = int(can.LenOf(can.DLCOf(uint8(n))))
	}
	for i := n; i < size; i++ {
		f.Data[i] = m.pad
	}
	f.Len = uint8(size)
}

// confirmed goes on after a frame of the message is on the wire.
func (m *Machine) confirmed(now time.Time) {
	s := &m.tx
	switch {
	case s.state == sendIdle:
	case s.off == len(s.msg):
		*s = sender{}
		m.tell(Event{Kind: Sent, Last: now})
	case s.state == first, s.block == 1:
		at := m.instant(now)
		s.state, s.until = awaitFC, at.add(limit(m.cfg.Params.Timers.Bs))
		if s.isFC {
			s.isFC = false
			_ = m.flowControl(at, s.early[:]) // was well-formed when it was kept
		}
	default:
		if s.block > 0 {
			s.block--
		}
		s.at = m.instant(now).add(s.gap)
	}
}

// flowControl obeys the peer. ISO 15765-2 ignores flow control that nobody waits for.
func (m *Machine) flowControl(now instant, d []byte) error {
	s := &m.tx
	if len(d) < 3 {
		return m.ignore("flow control length", fmt.Sprintf("%d bytes", len(d)), "3")
	}
	if s.state != awaitFC {
		if m.pending == data && (s.state == first || s.block == 1) && s.off < len(s.msg) {
			copy(s.early[:], d)
			s.isFC = true
			return nil
		}
		return m.ignore("N_UNEXP_PDU", "flow control", "none: no message waits for it")
	}
	switch FlowStatus(d[0] & 0xF) {
	case ContinueToSend:
		s.state, s.waits = consecutive, 0
		s.gap = max(DecodeSTmin(d[2]), m.cfg.Params.Timers.Cs)
		s.at = now.add(m.cfg.Params.Timers.Cs)
		if s.block = int(d[1]); s.block == 0 {
			s.block = -1
		}
	case Wait:
		m.waited(now)
	case Overflow:
		m.failSending(ErrOverflow)
	default:
		m.failSending(m.broken("N_INVALID_FS", fmt.Sprintf("flow status %X", d[0]&0xF), "0, 1 or 2"))
	}
	return nil
}

func (m *Machine) waited(now instant) {
	s := &m.tx
	s.waits++
	if allowed := m.waitMax(); s.waits > allowed {
		m.failSending(m.broken("N_WFT_OVRN", fmt.Sprintf("%d wait frames in a row", s.waits), fmt.Sprintf("at most %d", allowed)))
		return
	}
	s.until = now.add(limit(m.cfg.Params.Timers.Bs))
}

func (m *Machine) waitMax() int {
	switch n := m.cfg.Params.WFTMax; {
	case n == 0:
		return 16
	case n < 0:
		return 0
	default:
		return n
	}
}

func (m *Machine) failSending(err error) {
	if m.pending == data {
		m.pending = nothing
	}
	whole := m.tx.off == len(m.tx.msg)
	m.tx = sender{}
	m.tell(Event{Kind: Failed, Sending: true, Whole: whole, Err: err})
}

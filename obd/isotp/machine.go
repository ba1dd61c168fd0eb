package isotp

import (
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Config is fixed for the life of a Machine.
type Config struct {
	Address transport.Address // physical; TX is what this side sends
	Params  transport.Params

	// MaxLen is the longest message accepted, in bytes; a longer one is
	// answered with overflow. 0 is DefaultMaxLen.
	MaxLen int

	// Flow, if set, is asked for the status of each flow control: length of
	// the message, and how many wait frames went before this one. A unit
	// under test makes others wait with it.
	Flow func(length, waits int) FlowStatus
}

// DefaultMaxLen bounds the memory that one first frame can claim.
const DefaultMaxLen = 1 << 20

// FlowStatus is the low nibble of a flow control frame.
type FlowStatus byte

// The flow statuses of ISO 15765-2.
const (
	ContinueToSend FlowStatus = 0
	Wait           FlowStatus = 1
	Overflow       FlowStatus = 2
)

// EventKind says what an Event tells.
type EventKind uint8

// What a Machine tells.
const (
	FirstFrame EventKind = iota + 1 // a long message began: P2 ends here
	Received                        // a message is whole
	Sent                            // the last frame was confirmed
	Failed                          // a sending or a reception ended without a message
)

// Event is what happened. Data belongs to the receiver of the event.
type Event struct {
	Kind        EventKind
	Sending     bool // Failed: our sending, not a reception
	Whole       bool // Failed sending: the last frame had been handed out, so it may have arrived
	Data        []byte
	First, Last time.Time
	Err         error
}

// What a Machine refuses.
var (
	ErrBusy    = errors.New("isotp: a message is being sent")
	ErrEmpty   = errors.New("isotp: an empty message cannot be sent")
	ErrForeign = errors.New("isotp: frame of another sender")
	// ErrOverflow is the peer's word that the message is too long for it.
	ErrOverflow = errors.New("the peer has no room for the message (flow control overflow)")
)

// frames waiting for confirmation
type outstanding uint8

const (
	nothing outstanding = iota
	flowControl
	data
)

// Machine is one conversation, both directions. It does no I/O, keeps no
// clock and is not safe for concurrent use. Times given to it must not run
// backwards.
type Machine struct {
	cfg  Config
	ae   int   // bytes of address before the PCI: 0 or 1
	txDL uint8 // longest frame we send
	pad  byte
	full bool // pad frames to 8 bytes

	pending   outstanding // handed out by NextFrame, not yet Transmitted
	pendingBy instant     // N_As or N_Ar
	base      time.Time   // what instants count from

	tx sender
	rx receiver

	events []Event
	next   int // first event not yet taken
}

// NewMachine makes a conversation at rest.
func NewMachine(c Config) *Machine {
	m := &Machine{cfg: c, txDL: 8}
	if c.Address.HasAE {
		m.ae = 1
	}
	if c.Address.FD && c.Params.TxDL > 8 {
		m.txDL = can.LenOf(can.DLCOf(c.Params.TxDL))
	}
	m.pad, m.full = c.Params.Pad.Byte()
	if !m.full {
		m.pad = 0xCC // FD lengths above 8 must be filled even so
	}
	if m.cfg.MaxLen == 0 {
		m.cfg.MaxLen = DefaultMaxLen
	}
	return m
}

// Event takes the oldest event.
func (m *Machine) Event() (Event, bool) {
	if m.next == len(m.events) {
		return Event{}, false
	}
	e := m.events[m.next]
	m.events[m.next] = Event{}
	if m.next++; m.next == len(m.events) {
		m.events, m.next = m.events[:0], 0
	}
	return e, true
}

func (m *Machine) tell(e Event) { m.events = append(m.events, e) }

// Handle takes a frame from the bus. An error says why the frame was ignored,
// as ISO 15765-2 asks; failures of a message come as events.
func (m *Machine) Handle(now time.Time, f *can.Frame) error {
	if !m.mine(f) {
		return ErrForeign
	}
	d := f.Data[m.ae:min(int(f.Len), can.MaxLenFD)]
	switch d[0] >> 4 {
	case pciSingle:
		return m.single(now, f, d)
	case pciFirst:
		return m.first(now, f, d)
	case pciConsecutive:
		return m.consecutive(now, f, d)
	case pciFlowControl:
		return m.flowControl(m.instant(now), d)
	}
	return m.ignore("N_PCI", fmt.Sprintf("frame type %X", d[0]>>4), "0 to 3")
}

// mine also makes sure that there is a PCI byte to look at.
func (m *Machine) mine(f *can.Frame) bool {
	a := &m.cfg.Address
	switch {
	case f.ID != a.RX, f.Is(can.Extended) != a.Extended, f.Flags&(can.Remote|can.Error) != 0,
		f.Is(can.FD) && !a.FD, int(f.Len) <= m.ae:
		return false
	}
	return m.ae == 0 || f.Data[0] == a.RXAE
}

// NextFrame writes the frame that shall go out now, if any. There is one at a
// time: the next comes after Transmitted, and not before STmin has passed.
func (m *Machine) NextFrame(now time.Time, f *can.Frame) bool {
	if m.pending != nothing {
		return false
	}
	if m.rx.state != clearing && m.tx.state != first && m.tx.state != consecutive {
		return false
	}
	at := m.instant(now)
	if m.rx.state == clearing && at >= m.rx.replyAt {
		m.pending, m.pendingBy = flowControl, at.add(limit(m.cfg.Params.Timers.Ar))
		m.fillFlowControl(f)
		return true
	}
	if m.tx.ready(at) {
		m.pending, m.pendingBy = data, at.add(limit(m.cfg.Params.Timers.As))
		m.fillData(f)
		return true
	}
	return false
}

// Transmitted confirms the frame that NextFrame gave (L_Data.con). A frame
// that is not ok ends the message it belongs to.
func (m *Machine) Transmitted(now time.Time, ok bool) {
	what := m.pending
	m.pending = nothing
	switch {
	case what == flowControl && ok:
		m.cleared(m.instant(now))
	case what == flowControl:
		m.failReception(m.timeout("N_Ar", m.cfg.Params.Timers.Ar, "transmission of flow control"))
	case what == data && ok:
		m.confirmed(now)
	case what == data:
		m.failSending(transport.ErrAborted)
	}
}

// Expire ends what has waited too long.
func (m *Machine) Expire(now time.Time) {
	at := m.instant(now)
	if m.pending != nothing && at >= m.pendingBy {
		what := m.pending
		m.pending = nothing
		if what == flowControl {
			m.failReception(m.timeout("N_Ar", m.cfg.Params.Timers.Ar, "transmission of flow control"))
		} else {
			m.failSending(m.timeout("N_As", m.cfg.Params.Timers.As, "transmission of "+m.tx.frameName()))
		}
	}
	if m.tx.state == awaitFC && at >= m.tx.until {
		m.failSending(m.timeout("N_Bs", m.cfg.Params.Timers.Bs, "flow control"))
	}
	if m.rx.state == collect && at >= m.rx.until {
		m.failReception(m.timeout("N_Cr", m.cfg.Params.Timers.Cr, fmt.Sprintf("consecutive frame %d", m.rx.sn)))
	}
}

// Deadline is when Expire or NextFrame has something to do again; zero if
// only a frame or a Send can change anything.
func (m *Machine) Deadline() time.Time {
	var at instant
	if m.pending != nothing {
		at = m.pendingBy
	} else {
		if m.rx.state == clearing {
			at = m.rx.replyAt
		}
		if m.tx.state == first || m.tx.state == consecutive {
			at = earlier(at, m.tx.at)
		}
	}
	if m.tx.state == awaitFC {
		at = earlier(at, m.tx.until)
	}
	if m.rx.state == collect {
		at = earlier(at, m.rx.until)
	}
	if at == 0 {
		return time.Time{}
	}
	return m.base.Add(time.Duration(at))
}

// instant is a time in nanoseconds from a Machine's base, never 0: a plain
// number costs a frame much less than a time.Time.
type instant int64

// instant starts counting with the first time that the Machine is given.
func (m *Machine) instant(t time.Time) instant {
	if m.base.IsZero() {
		m.base = t.Add(-1)
	}
	return instant(t.Sub(m.base))
}

func (i instant) add(d time.Duration) instant { return i + instant(d) }

func earlier(a, b instant) instant {
	if a == 0 || b < a {
		return b
	}
	return a
}

// limit is a network timer's value: the standard's 1 s unless told otherwise.
func limit(d time.Duration) time.Duration {
	if d == 0 {
		return time.Second
	}
	return d
}

func (m *Machine) timeout(timer string, d time.Duration, waiting string) error {
	return &transport.TimeoutError{Timer: timer, Address: m.cfg.Address, After: limit(d), Waiting: waiting}
}

func (m *Machine) broken(clause, got, want string) error {
	return &transport.ProtocolError{Address: m.cfg.Address, Clause: clause, Got: got, Want: want}
}

func (m *Machine) ignore(clause, got, want string) error { return m.broken(clause, got, want) }

// Receiving reports whether a message has begun and not ended.
func (m *Machine) Receiving() bool { return m.rx.state != receiveIdle }

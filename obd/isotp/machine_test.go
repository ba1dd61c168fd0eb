package isotp

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// pair is two machines at the two ends of a wire without delay.
type pair struct {
	now  time.Time
	a, b *Machine
	log  []string // every frame, candump form
	drop func(n int, f *can.Frame) bool
	got  map[*Machine][]Event
	step int
}

func newPair(address string, a, b transport.Params) *pair {
	ad := transport.MustAddress(address)
	return &pair{
		now: epoch, got: map[*Machine][]Event{},
		a: NewMachine(Config{Address: ad, Params: a}),
		b: NewMachine(Config{Address: ad.Reversed(), Params: b}),
	}
}

// run moves frames and time until both ends rest.
func (p *pair) run() {
	for range 100000 {
		if p.move(p.a, p.b) || p.move(p.b, p.a) {
			continue
		}
		at := earliest(p.a.Deadline(), p.b.Deadline())
		if at.IsZero() {
			return
		}
		p.now = at
		p.a.Expire(p.now)
		p.b.Expire(p.now)
	}
	panic("the machines never rest")
}

func earliest(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

func (p *pair) move(from, to *Machine) bool {
	var f can.Frame
	if !from.NextFrame(p.now, &f) {
		p.collect(from)
		p.collect(to)
		return false
	}
	p.log = append(p.log, f.String())
	from.Transmitted(p.now, true)
	p.step++
	if p.drop == nil || !p.drop(p.step, &f) {
		_ = to.Handle(p.now, &f)
	}
	p.collect(from)
	p.collect(to)
	return true
}

func (p *pair) collect(m *Machine) {
	for e, ok := m.Event(); ok; e, ok = m.Event() {
		p.got[m] = append(p.got[m], e)
	}
}

func kinds(events []Event) (s []string) {
	for _, e := range events {
		s = append(s, [...]string{"", "first", "received", "sent", "failed"}[e.Kind])
	}
	return s
}

// count makes a message of n bytes 00 01 02 ...
func count(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// TestFrames holds whole exchanges, typed from the frame formats in doc.go.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name, address string
		a, b          transport.Params
		n             int
		want          string
	}{
		{"single frame, 11-bit, padded", "754/75C", transport.Params{}, transport.Params{}, 3, "754#03000102CCCCCCCC"},
		{"single frame, not padded", "754/75C", transport.Params{Pad: transport.PadNone}, transport.Params{}, 3, "754#03000102"},
		{"single frame, padded with 55", "754/75C", transport.Params{Pad: transport.PadWith(0x55)}, transport.Params{}, 2, "754#0200015555555555"},
		{"single frame of 7", "754/75C", transport.Params{}, transport.Params{}, 7, "754#0700010203040506"},
		{"single frame, extended, of 6", "6F1:61/661:F1", transport.Params{}, transport.Params{}, 6, "6F1#6106000102030405"},
		{"single frame, normal fixed", "18DAC6F1/18DAF1C6", transport.Params{}, transport.Params{}, 1, "18DAC6F1#0100CCCCCCCCCCCC"},
		{
			"segmented, 8 bytes", "754/75C",
			transport.Params{},
			transport.Params{},
			8,
			"754#1008000102030405 75C#300000CCCCCCCCCC 754#210607CCCCCCCCCC",
		},
		{
			"segmented, extended, 7 bytes", "6F1:61/661:F1",
			transport.Params{},
			transport.Params{},
			7,
			"6F1#6110070001020304 661#F1300000CCCCCCCC 6F1#61210506CCCCCCCC",
		},
		{
			"mixed: one address byte both ways", "750:C7/758:C7",
			transport.Params{},
			transport.Params{},
			7,
			"750#C710070001020304 758#C7300000CCCCCCCC 750#C7210506CCCCCCCC",
		},
		{
			"mixed, 29-bit", "18CE40F1:AB/18CEF140:AB",
			transport.Params{},
			transport.Params{},
			7,
			"18CE40F1#AB10070001020304 18CEF140#AB300000CCCCCCCC 18CE40F1#AB210506CCCCCCCC",
		},
		{
			"block size 1, STmin 100 ms, nothing padded", "754/75C",
			transport.Params{Pad: transport.PadNone},
			transport.Params{BS: 1, STmin: 100 * time.Millisecond, Pad: transport.PadNone},
			20,
			"754#1014000102030405 75C#300164 754#21060708090A0B0C 75C#300164 754#220D0E0F10111213",
		},
		{
			"FD: escape single frame", "754/75C@fd",
			transport.Params{TxDL: 64},
			transport.Params{},
			10,
			"754##1000A00010203040506070809",
		},
		{
			"FD: single frame filled to the next length", "754/75C@fd",
			transport.Params{TxDL: 64},
			transport.Params{},
			11,
			"754##1000B000102030405060708090ACCCCCC",
		},
		{
			"FD: 12 bytes long frames", "754/75C@fd",
			transport.Params{TxDL: 12},
			transport.Params{},
			23,
			"754##1101700010203040506070809 75C##1300000CCCCCCCCCC 754##1210A0B0C0D0E0F1011121314 754##1221516CCCCCCCCCC",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(c.address, c.a, c.b)
			require.NoError(t, p.a.Send(p.now, count(c.n)))
			p.run()
			require.Equal(t, c.want, strings.Join(p.log, " "))
			require.Equal(t, "sent", kinds(p.got[p.a])[0])
			last := p.got[p.b][len(p.got[p.b])-1]
			require.Empty(t, cmp.Diff(count(c.n), last.Data))
		})
	}
}

func TestSequenceNumberWraps(t *testing.T) {
	p := newPair("754/75C", transport.Params{}, transport.Params{})
	require.NoError(t, p.a.Send(p.now, count(6+7*17)))
	p.run()
	require.True(t, strings.HasPrefix(p.log[2], "754#21"))
	require.True(t, strings.HasPrefix(p.log[16], "754#2F"))
	require.True(t, strings.HasPrefix(p.log[17], "754#20"))
	require.True(t, strings.HasPrefix(p.log[18], "754#21"))
}

func TestEscapeLengthBeyond4095(t *testing.T) {
	p := newPair("754/75C", transport.Params{}, transport.Params{})
	require.NoError(t, p.a.Send(p.now, count(4095)))
	p.run()
	require.Equal(t, "754#1FFF000102030405", p.log[0])
	p = newPair("754/75C", transport.Params{}, transport.Params{})
	require.NoError(t, p.a.Send(p.now, count(4096)))
	p.run()
	require.Equal(t, "754#1000000010000001", p.log[0])
	require.Equal(t, []string{"first", "received"}, kinds(p.got[p.b]))
	require.True(t, bytes.Equal(count(4096), p.got[p.b][1].Data))
}

func TestSTmin(t *testing.T) {
	for _, c := range []struct {
		name string
		b    byte
		d    time.Duration
	}{
		{"none", 0x00, 0},
		{"1 ms", 0x01, time.Millisecond},
		{"127 ms", 0x7F, 127 * time.Millisecond},
		{"100 µs", 0xF1, 100 * time.Microsecond},
		{"900 µs", 0xF9, 900 * time.Microsecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.d, DecodeSTmin(c.b))
			require.Equal(t, c.b, EncodeSTmin(c.d))
		})
	}
	for _, b := range []byte{0x80, 0xF0, 0xFA, 0xFF} {
		require.Equal(t, 127*time.Millisecond, DecodeSTmin(b), "reserved %X", b)
	}
	require.Equal(t, byte(0xF2), EncodeSTmin(101*time.Microsecond), "rounded up")
	require.Equal(t, byte(0x02), EncodeSTmin(1001*time.Microsecond), "rounded up")
	require.Equal(t, byte(0x01), EncodeSTmin(901*time.Microsecond), "rounded up")
	require.Equal(t, byte(0x7F), EncodeSTmin(time.Second), "the most that the byte can say")
	require.Equal(t, byte(0), EncodeSTmin(-1))
}

// TestPeerSTminIsKept looks at the gaps between consecutive frames.
func TestPeerSTminIsKept(t *testing.T) {
	for _, gap := range []time.Duration{300 * time.Microsecond, 20 * time.Millisecond} {
		p := newPair("754/75C", transport.Params{}, transport.Params{STmin: gap})
		require.NoError(t, p.a.Send(p.now, count(6+3*7)))
		p.run()
		require.Equal(t, 2*gap, p.now.Sub(epoch), "three consecutive frames have two gaps")
	}
}

func TestWaitFrames(t *testing.T) {
	for _, c := range []struct {
		name       string
		waits, max int
		ok         bool
	}{
		{"as many as allowed", 3, 3, true},
		{"one more", 4, 3, false},
		{"none allowed", 1, -1, false},
		{"the default allows 16", 16, 0, true},
		{"and not 17", 17, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair("754/75C", transport.Params{WFTMax: c.max}, transport.Params{})
			p.b.cfg.Flow = func(_, waits int) FlowStatus {
				if waits < c.waits {
					return Wait
				}
				return ContinueToSend
			}
			require.NoError(t, p.a.Send(p.now, count(20)))
			p.run()
			if c.ok {
				require.Equal(t, []string{"sent"}, kinds(p.got[p.a]))
				return
			}
			require.Equal(t, []string{"failed"}, kinds(p.got[p.a]))
			var pe *transport.ProtocolError
			require.ErrorAs(t, p.got[p.a][0].Err, &pe)
			require.Equal(t, "N_WFT_OVRN", pe.Clause)
		})
	}
}

func TestOverflow(t *testing.T) {
	p := newPair("754/75C", transport.Params{}, transport.Params{BS: 8, STmin: time.Millisecond})
	p.b.cfg.MaxLen = 99
	require.NoError(t, p.a.Send(p.now, count(100)))
	p.run()
	require.Equal(t, "75C#320000CCCCCCCCCC", p.log[1])
	require.ErrorIs(t, p.got[p.a][0].Err, ErrOverflow)
	require.Equal(t, []string{"failed"}, kinds(p.got[p.b]))

	p = newPair("754/75C", transport.Params{}, transport.Params{})
	p.b.cfg.MaxLen = 100
	require.NoError(t, p.a.Send(p.now, count(100)))
	p.run()
	require.Equal(t, []string{"sent"}, kinds(p.got[p.a]), "the limit itself is accepted")
}

// frame makes a frame from candump's form.
func frame(t *testing.T, s string) *can.Frame {
	t.Helper()
	f, err := can.ParseFrame(s)
	require.NoError(t, err)
	return &f
}

// receiving brings a machine to where consecutive frame 1 is expected.
func receiving(t *testing.T, p transport.Params) *Machine {
	t.Helper()
	m := NewMachine(Config{Address: transport.MustAddress("754/75C"), Params: p})
	require.NoError(t, m.Handle(epoch, frame(t, "75C#1014000102030405")))
	var f can.Frame
	require.True(t, m.NextFrame(epoch, &f))
	m.Transmitted(epoch, true)
	e, _ := m.Event()
	require.Equal(t, FirstFrame, e.Kind)
	return m
}

// awaiting brings a machine to where flow control is expected.
func awaiting(t *testing.T) *Machine {
	t.Helper()
	m := NewMachine(Config{Address: transport.MustAddress("754/75C")})
	require.NoError(t, m.Send(epoch, count(40)))
	var f can.Frame
	require.True(t, m.NextFrame(epoch, &f))
	m.Transmitted(epoch, true)
	return m
}

// TestIgnored: what ISO 15765-2 tells a receiver to ignore changes nothing.
func TestIgnored(t *testing.T) {
	for _, c := range []struct{ name, frame, clause string }{
		{"single frame of length 0", "75C#00", "SF_DL"},
		{"single frame shorter than its length", "75C#050102", "SF_DL"},
		{"single frame longer than a frame", "75C#0801020304050607", "SF_DL"},
		{"first frame in a short frame", "75C#100800010203", "FF length"},
		{"first frame that a single frame could hold", "75C#1007000102030405", "FF_DL"},
		{"escape sequence for a short length", "75C#1000000000640001", "FF_DL"},
		{"consecutive frame without a first", "75C#2101020304050607", "N_UNEXP_PDU"},
		{"flow control without a message", "75C#300000", "N_UNEXP_PDU"},
		{"short flow control", "75C#3000", "flow control length"},
		{"reserved frame type", "75C#4001020304050607", "N_PCI"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMachine(Config{Address: transport.MustAddress("754/75C")})
			var pe *transport.ProtocolError
			require.ErrorAs(t, m.Handle(epoch, frame(t, c.frame)), &pe)
			require.Equal(t, c.clause, pe.Clause)
			_, told := m.Event()
			require.False(t, told)
			require.True(t, m.Deadline().IsZero(), "still at rest")
		})
	}
}

func TestForeignFrames(t *testing.T) {
	for _, c := range []struct{ name, address, frame string }{
		{"another identifier", "754/75C", "75D#300000"},
		{"29-bit with the same number", "754/75C", "0000075C#300000"},
		{"another address byte", "6F1:61/661:F1", "661#F0300000"},
		{"empty", "754/75C", "75C#"},
		{"only an address byte", "6F1:61/661:F1", "661#F1"},
		{"remote", "754/75C", "75C#R3"},
		{"FD on a classic address", "754/75C", "75C##1300000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMachine(Config{Address: transport.MustAddress(c.address)})
			require.NoError(t, m.Send(epoch, count(40)))
			var f can.Frame
			require.True(t, m.NextFrame(epoch, &f))
			m.Transmitted(epoch, true)
			require.ErrorIs(t, m.Handle(epoch, frame(t, c.frame)), ErrForeign)
			require.False(t, m.NextFrame(epoch, &f), "flow control of a foreign sender moves nothing")
		})
	}
}

func TestBrokenReception(t *testing.T) {
	t.Run("N_WRONG_SN", func(t *testing.T) {
		m := receiving(t, transport.Params{})
		require.NoError(t, m.Handle(epoch, frame(t, "75C#2201020304050607")))
		e, _ := m.Event()
		var pe *transport.ProtocolError
		require.ErrorAs(t, e.Err, &pe)
		require.Equal(t, "N_WRONG_SN", pe.Clause)
		require.False(t, m.Receiving())
	})
	for _, c := range []struct{ name, frame string }{
		{"N_UNEXP_PDU by a single frame", "75C#0101"},
		{"N_UNEXP_PDU by a first frame", "75C#1020000102030405"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := receiving(t, transport.Params{})
			require.NoError(t, m.Handle(epoch, frame(t, c.frame)))
			e, _ := m.Event()
			require.Equal(t, Failed, e.Kind)
			require.ErrorContains(t, e.Err, "N_UNEXP_PDU")
			e, _ = m.Event()
			require.NotEqual(t, Failed, e.Kind, "the new message is taken")
		})
	}
	t.Run("a short frame in the middle is ignored", func(t *testing.T) {
		m := receiving(t, transport.Params{})
		require.Error(t, m.Handle(epoch, frame(t, "75C#21010203")))
		require.True(t, m.Receiving())
		require.NoError(t, m.Handle(epoch, frame(t, "75C#21060708090A0B0C")))
	})
}

func TestInvalidFlowStatus(t *testing.T) {
	m := awaiting(t)
	require.NoError(t, m.Handle(epoch, frame(t, "75C#330000")))
	e, _ := m.Event()
	require.ErrorContains(t, e.Err, "N_INVALID_FS")
}

// TestFlowControlOvertakesConfirmation: some controllers report the answer
// before the echo of what it answers.
func TestFlowControlOvertakesConfirmation(t *testing.T) {
	m := NewMachine(Config{Address: transport.MustAddress("754/75C")})
	require.NoError(t, m.Send(epoch, count(10)))
	var f can.Frame
	require.True(t, m.NextFrame(epoch, &f))
	require.NoError(t, m.Handle(epoch, frame(t, "75C#300000")))
	require.False(t, m.NextFrame(epoch, &f))
	m.Transmitted(epoch, true)
	require.True(t, m.NextFrame(epoch, &f))
	require.Equal(t, "754#2106070809CCCCCC", f.String())
}

func TestSendRefusals(t *testing.T) {
	m := awaiting(t)
	require.ErrorIs(t, m.Send(epoch, count(1)), ErrBusy)
	require.Equal(t, transport.SentNo, m.Abort())
	require.ErrorIs(t, m.Send(epoch, nil), ErrEmpty)
	require.NoError(t, m.Send(epoch, count(1)))
	require.Equal(t, transport.SentNo, m.Abort(), "nothing was handed out")
	require.NoError(t, m.Send(epoch, count(1)))
	var f can.Frame
	require.True(t, m.NextFrame(epoch, &f))
	require.Equal(t, transport.SentUnknown, m.Abort(), "handed out, not confirmed")
}

func TestBothDirectionsAtOnce(t *testing.T) {
	p := newPair("754/75C", transport.Params{BS: 2}, transport.Params{BS: 3})
	require.NoError(t, p.a.Send(p.now, count(100)))
	require.NoError(t, p.b.Send(p.now, count(90)))
	p.run()
	for m, n := range map[*Machine]int{p.a: 90, p.b: 100} {
		var got []byte
		for _, e := range p.got[m] {
			require.NotEqual(t, Failed, e.Kind, fmt.Sprint(e.Err))
			if e.Kind == Received {
				got = e.Data
			}
		}
		require.Equal(t, count(n), got)
	}
}

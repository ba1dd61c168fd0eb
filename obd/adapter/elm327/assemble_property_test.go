package elm327

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// TestNothingIsMadeUp prints what two units say, spoils it in the ways in which
// dongles do, and demands that a message that comes out is one of theirs.
func TestNothingIsMadeUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pad := transport.Padding(0)
		if rapid.Bool().Draw(t, "short frames") {
			pad = transport.PadNone
		}
		truth := map[string][]byte{}
		var lines []string
		for _, a := range []string{"7E0/7E8", "7E1/7E9"} {
			msg := rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, a)
			truth[a] = msg
			lines = mix(t, lines, framesOf(transport.MustAddress(a), pad, msg))
		}
		x := idle(t, "7DF/7E8-7EF")
		at := time.Now()
		for _, text := range spoil(t, lines) {
			at = at.Add(time.Millisecond)
			for _, l := range cut(at, text) {
				x.line(l)
			}
		}
		for _, it := range x.conn.items {
			if it.err == nil {
				require.Equal(t, truth[it.msg.From.String()], it.msg.Data, "of %v", lines)
			}
		}
	})
}

// cut is what the line machine makes of a line of an answer.
func cut(at time.Time, text string) []line {
	var m lines
	m.begin("0100")
	m.feed(at, []byte(text+"\r"))
	var all []line
	for l, ok := m.next(); ok; l, ok = m.next() {
		all = append(all, l)
	}
	return all
}

// idle is an exchange that has been handed over, without a chip to talk to.
func idle(t require.TestingT, address string) *exchange {
	d := &Dongle{chip: newChip(nowhere{}), wire: make(chan struct{}, 1)}
	l := d.attach(&link{dongle: d})
	c := newConn(l, transport.MustAddress(address), transport.Params{})
	x := newExchange(c, transport.Want{Answers: -1}, func() {})
	x.flows, x.given = true, true
	require.NotNil(t, x)
	return x
}

// nowhere is a port that is not used.
type nowhere struct{}

func (nowhere) Read(context.Context, []byte) (int, error) { return 0, context.Canceled }
func (nowhere) Write(context.Context, []byte) error       { return nil }
func (nowhere) SetBaud(context.Context, int) error        { return nil }
func (nowhere) Baud() int                                 { return 0 }
func (nowhere) Close() error                              { return nil }

// framesOf is a message as a unit at an address sends it, printed.
func framesOf(a transport.Address, pad transport.Padding, msg []byte) (texts []string) {
	now := time.Now()
	m := isotp.NewMachine(isotp.Config{Address: a.Reversed(), Params: transport.Params{Pad: pad}})
	_ = m.Send(now, msg)
	var f can.Frame
	for m.NextFrame(now, &f) {
		texts = append(texts, can.FormatID(f.ID, a.Extended)+hexOf(f.Payload()))
		m.Transmitted(now, true)
		if len(texts) == 1 && len(msg) > 7 {
			flow := can.NewFrame(a.TX, 0x30, 0, 0)
			_ = m.Handle(now, &flow)
		}
	}
	return texts
}

// mix puts lines between others and keeps the order of both.
func mix(t *rapid.T, a, b []string) (all []string) {
	for len(a) > 0 || len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && rapid.Bool().Draw(t, "turn") {
			from = &b
		}
		all, *from = append(all, (*from)[0]), (*from)[1:]
	}
	return all
}

// What happens to lines, and what to characters: of these one at a time, since
// two may add up to a frame that looks good. CAN's checksum is not printed.
var (
	lineFaults      = []string{"none", "lost", "doubled", "swapped", "said", "foreign"}
	characterFaults = []string{"none", "cut", "character lost", "glued"}
)

// spoil does up to four of the things that happen to lines.
func spoil(t *rapid.T, lines []string) []string {
	lines = slices.Clone(lines)
	for n := range rapid.IntRange(1, 5).Draw(t, "faults") {
		faults := lineFaults
		if n == 0 {
			faults = characterFaults
		}
		if len(lines) < 2 {
			break
		}
		i := rapid.IntRange(0, len(lines)-2).Draw(t, "line")
		text := lines[i]
		k := 0
		if len(text) > 3 {
			k = rapid.IntRange(0, len(text)-2).Draw(t, "character")
		}
		switch rapid.SampledFrom(faults).Draw(t, "fault") {
		case "lost":
			lines = slices.Delete(lines, i, i+1)
		case "doubled":
			lines = slices.Insert(lines, i, text)
		case "swapped":
			lines[i], lines[i+1] = lines[i+1], lines[i]
		case "cut":
			lines[i] = text[:k]
		case "character lost":
			lines[i] = text[:k] + text[min(k+1, len(text)):]
		case "said":
			lines[i] += rapid.SampledFrom([]string{" BUFFER FULL", "<RX ERROR", "<DATA ERROR", "STOPPED"}).Draw(t, "word")
		case "foreign":
			lines = slices.Insert(lines, i, fmt.Sprintf("7EB%s", "2112345678ABCDEF"[:2*rapid.IntRange(1, 8).Draw(t, "bytes")]))
		case "glued":
			lines[i] = text + lines[i+1]
			lines = slices.Delete(lines, i+1, i+2)
		}
	}
	return lines
}

// TestPads: of a unit that fills its frames a shorter one has lost something,
// also where its length would do.
func TestPads(t *testing.T) {
	for name, row := range map[string]struct {
		before string
		want   int
	}{
		"nothing is known of the unit":    {"", 1},
		"it does not fill them":           {"75C037E0001", 2},
		"it fills them":                   {"75C037E0001CCCCCCCC", 1},
		"it fills the last of its others": {"75C1008010203040506\r75C210708CCCCCCCCCC", 1},
	} {
		t.Run(name, func(t *testing.T) {
			x := idle(t, "754/75C")
			x.flows = false
			for _, l := range cut(time.Now(), row.before+"\r75C06621234010203") {
				x.line(l)
				for _, u := range x.units {
					u.drop(x.now())
				}
			}
			require.Len(t, x.conn.items, row.want)
		})
	}
}

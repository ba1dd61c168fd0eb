package socketcand

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

// words are those of a message that stands alone.
func words(t *testing.T, text string) []string {
	t.Helper()
	w, err := newInlet(strings.NewReader(text)).next()
	require.NoError(t, err)
	return w
}

// TestSendAsDocumented has the examples of socketcand's doc/protocol.md, what
// python-can makes of the same, and what socketcand's state_raw.c takes.
func TestSendAsDocumented(t *testing.T) {
	wide := func(id uint32, data ...byte) can.Frame {
		f := can.NewFrame(id, data...)
		f.Flags = can.Extended
		return f
	}
	for _, c := range []struct {
		rule, text string
		want       can.Frame
	}{
		{"no data", "< send 123 0 >", can.NewFrame(0x123)},
		{"29 bits, unpadded data", "< send 1AAAAAAA 2 1 f1 >", wide(0x1AAAAAAA, 0x01, 0xF1)},
		{"capital data", "< send 123 2 0A F1 >", can.NewFrame(0x123, 0x0A, 0xF1)},
		{"python-can: two spaces without data", "< send 6F1 0  >", can.NewFrame(0x6F1)},
		{"eight digits are 29 bits", "< send 00000123 1 ff >", wide(0x123, 0xFF)},
		{"fewer are 11", "< send 0000123 1 ff >", can.NewFrame(0x123, 0xFF)},
		{"python-can 4.1: a 29-bit identifier without zeros in front", "< send 800 0 >", wide(0x800)},
		{"eight bytes", "< send 7df 8 0 1 2 3 4 5 6 7 >", can.NewFrame(0x7DF, 0, 1, 2, 3, 4, 5, 6, 7)},
		{"any space", "<send\t7df\r\n1 a>", can.NewFrame(0x7DF, 10)},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := words(t, c.text)
			require.Equal(t, "send", w[0])
			f, err := parseSend(w[1:])
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(c.want, f))
		})
	}
}

func TestSendRefused(t *testing.T) {
	for rule, text := range map[string]string{
		"nothing":               "< send >",
		"no length":             "< send 123 >",
		"no identifier":         "< send xyz 0 >",
		"a negative identifier": "< send -1 0 >",
		"beyond 29 bits":        "< send 20000000 0 >",
		"nine digits":           "< send 000000123 0 >",
		"nine bytes":            "< send 123 9 0 1 2 3 4 5 6 7 8 >",
		"less data than told":   "< send 123 2 1 >",
		"more data than told":   "< send 123 1 1 2 >",
		"no hex":                "< send 123 1 g >",
		"three digits":          "< send 123 1 001 >",
		"a length in hex":       "< send 123 A 0 >",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := parseSend(words(t, text)[1:])
			var bad *ProtocolError
			require.ErrorAs(t, err, &bad)
		})
	}
}

// TestFrameAsDocumented has the example of doc/protocol.md, the forms that
// state_raw.c prints, and those that other servers may.
func TestFrameAsDocumented(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		want       can.Rx
		ours       bool // it is how we write it, too
	}{
		{
			"documented", "< frame 123 23.424242 1A220344 >",
			can.Rx{Frame: can.NewFrame(0x123, 0x1A, 0x22, 0x03, 0x44), Time: time.Unix(23, 424242000)},
			true,
		},
		{"29 bits", "< frame 18DAF110 1.000001 02 >", can.Rx{Frame: can.NewFrame(0x18DAF110, 2), Time: time.Unix(1, 1000)}, true},
		{
			"a small number of 29 bits", "< frame 00000010 1.000000 02 >",
			can.Rx{Frame: can.Frame{ID: 0x10, Flags: can.Extended, Len: 1, Data: [64]byte{2}}, Time: time.Unix(1, 0)},
			true,
		},
		{"no data", "< frame 7FF 1732204044.540800  >", can.Rx{Frame: can.NewFrame(0x7FF), Time: time.Unix(1732204044, 540800000)}, true},
		{"spaces between the data", "< frame 7FF 1.5 1A 22 >", can.Rx{Frame: can.NewFrame(0x7FF, 0x1A, 0x22), Time: time.Unix(1, 500000000)}, false},
		{"no fraction", "< frame 7FF 1 1a >", can.Rx{Frame: can.NewFrame(0x7FF, 0x1A), Time: time.Unix(1, 0)}, false},
		{"nanoseconds", "< frame 7FF 1.000000001 >", can.Rx{Frame: can.NewFrame(0x7FF), Time: time.Unix(1, 1)}, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := words(t, c.text)
			require.Equal(t, "frame", w[0])
			rx, err := parseFrame(w[1:])
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(c.want, rx))
			if c.ours {
				require.Equal(t, c.text, string(report(&rx)))
			}
		})
	}
}

func TestFrameRefused(t *testing.T) {
	for rule, text := range map[string]string{
		"nothing":                  "< frame >",
		"no time":                  "< frame 123 >",
		"no identifier":            "< frame zzz 1.0 00 >",
		"beyond 29 bits":           "< frame 20000000 1.0 00 >",
		"a time of no sense":       "< frame 123 1.x 00 >",
		"a time that no clock has": "< frame 123 99999999999.0 00 >",
		"a fraction without end":   "< frame 123 1.0000000000 00 >",
		"half a byte":              "< frame 123 1.0 123 >",
		"no hex":                   "< frame 123 1.0 xx >",
		"nine bytes":               "< frame 123 1.0 000000000000000000 >",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := parseFrame(words(t, text)[1:])
			var bad *ProtocolError
			require.ErrorAs(t, err, &bad)
			require.NotContains(t, bad.Error(), "1.0", "of a frame no more than its identifier is shown")
		})
	}
}

// TestErrors: socketcand -e reports error frames by the word that it has for
// complaints, too.
func TestErrors(t *testing.T) {
	rx, ok := parseError(words(t, "< error 020 23.424242 >")[1:])
	require.True(t, ok)
	require.Equal(t, can.Rx{Frame: can.Frame{ID: can.ErrAck, Flags: can.Error}, Time: time.Unix(23, 424242000).UTC()}, rx)
	require.Equal(t, "< error 020 23.424242 >", string(report(&rx)))
	for _, text := range []string{
		"< error >", "< error unknown command >", "< error could not open bus >", "< error 020 x >", "< error 020 1.0 00 >", "< error 20000000 1.0 >",
	} {
		_, ok := parseError(words(t, text)[1:])
		require.False(t, ok, text)
	}
}

// FuzzSend decodes what a client may send, and encodes it again.
func FuzzSend(f *testing.F) {
	for _, s := range []string{"< send 123 0 >", "< send 1AAAAAAA 2 1 f1 >", "< send 800 1 0 >", "< send", "<<>>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range elements(t, s) {
			if len(w) == 0 || w[0] != "send" {
				continue
			}
			frame, err := parseSend(w[1:])
			if err != nil {
				continue
			}
			require.NoError(t, frame.Validate())
			again, err := parseSend(words(t, string(command(&frame)))[1:])
			require.NoError(t, err)
			require.Equal(t, frame, again)
		}
	})
}

// FuzzReport decodes what a server may send, and encodes it again.
func FuzzReport(f *testing.F) {
	for _, s := range []string{
		"< frame 123 23.424242 1A220344 >", "< frame 18DAF110 1.0  >", "< error 020 1.000000 >", "< error unknown command >", "< stat 1 2 3 4 >< ok >",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range elements(t, s) {
			if len(w) == 0 {
				continue
			}
			rx, ok := reported(w)
			if !ok {
				continue
			}
			require.NoError(t, rx.Frame.Validate())
			rx.Time = rx.Time.Truncate(time.Microsecond)
			again, ok := reported(words(t, string(report(&rx))))
			require.True(t, ok)
			require.Equal(t, rx, again)
		}
	})
}

func reported(w []string) (can.Rx, bool) {
	switch w[0] {
	case "frame":
		rx, err := parseFrame(w[1:])
		return rx, err == nil
	case "error":
		return parseError(w[1:])
	}
	return can.Rx{}, false
}

// elements are all messages of a text, which ends.
func elements(t *testing.T, s string) (all [][]string) {
	t.Helper()
	in := newInlet(strings.NewReader(s))
	for range len(s) + 1 {
		w, err := in.next()
		require.LessOrEqual(t, len(in.part), maxElement)
		if err == nil {
			all = append(all, w)
			continue
		}
		if _, goesOn := err.(*ProtocolError); !goesOn { //nolint:errorlint // next gives it as it is
			return all
		}
	}
	require.Fail(t, fmt.Sprintf("more messages than bytes in %q", s))
	return nil
}

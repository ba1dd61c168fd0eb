package elm327

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzChip: whatever a chip prints to a request, in whatever pieces and with
// whatever pauses, with a prompt or without: the request comes to its end, its
// data is what was printed, and the next commands get their own answers, unless
// it was somebody else's: then there are none.
func FuzzChip(f *testing.F) {
	f.Add([]byte("7E8064100BE3EB811\r\r"), []byte{3, 100, 7, 0}, true)
	f.Add([]byte("7E8064100BE3EB811\r\r"), []byte{20, 250, 2, 250}, false)
	f.Add([]byte("SEARCHING...7E8064100BE3EB811\r\r"), []byte{12, 250, 2, 250, 3, 250, 4, 250, 5, 250}, true)
	f.Add([]byte("7E806\r\rELM327 v1.4b\r\r"), []byte{4, 10}, true)
	f.Add([]byte("LV RESET\r\rELM327 v1.4b\r\r"), []byte{4, 10}, true)
	f.Add([]byte("ACT ALERT\r"), []byte{4, 10}, true)
	f.Add([]byte("OK\rOK\r014\r0: 49 02\r"), []byte{4, 10}, true)
	f.Add([]byte{}, []byte{}, false)
	f.Fuzz(func(t *testing.T, printed, pieces []byte, prompt bool) {
		printed = bytes.Map(func(r rune) rune { // one reply, which is not the one to junk
			if r == '>' || r == '?' {
				return '!'
			}
			return r
		}, printed[:min(len(printed), 400)])
		b := on("0100", func(b *bench) { b.dribble(printed, pieces, prompt) })
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			require.NoError(t, c.set(t.Context(), regProtocol, "6"))
			begin := time.Now()
			r, _ := c.do(t.Context(), "0100", wait{})
			require.Less(t, time.Since(begin), time.Minute)
			for _, l := range r.lines {
				requireHonest(t, l)
				if l.kind == kindData && l.word == wordNone {
					require.True(t, bytes.Contains(bytes.ReplaceAll(printed, []byte{0}, nil), []byte(l.text)), "%q", l.text)
				}
			}
			if c.dead != nil {
				requireLeftAlone(t, b, c)
				return
			}
			requireInStep(t, c)
			requireInStep(t, c)
			require.True(t, c.regs.has(regHeaders, "1"))
		})
	})
}

// dribble prints in pieces: pairs of how many bytes, and the pause behind them
// in ms. All pauses together take two seconds at most.
func (b *bench) dribble(printed, pieces []byte, prompt bool) {
	left := 2 * time.Second
	for chunk := range slices.Chunk(pieces, 2) {
		n := min(int(chunk[0]), len(printed))
		b.print(string(printed[:n]))
		printed = printed[n:]
		pause := min(time.Duration(chunk[len(chunk)-1])*time.Millisecond, left)
		left -= pause
		time.Sleep(pause)
	}
	b.print(string(printed))
	if prompt {
		b.print(">")
	}
}

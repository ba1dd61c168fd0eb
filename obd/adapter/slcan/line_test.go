package slcan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

func words(chunks ...string) (all []word) {
	var l lines
	for _, c := range chunks {
		l.feed([]byte(c), func(w *word) { all = append(all, *w) })
	}
	return all
}

func framed(f can.Frame) word { return word{kind: kindFrame, frame: f, stamp: noStamp} }

func TestWords(t *testing.T) {
	a, b := framed(can.NewFrame(0x123, 0xAB)), framed(can.NewFrame(0x7E8))
	torn, text := word{kind: kindTorn}, func(s string) word { return word{kind: kindText, text: s} }
	for _, c := range []struct {
		rule, said string
		words      []word
	}{
		{"answers", "\r\az\rZ\r", []word{{kind: kindDone}, {kind: kindRefused}, {kind: kindTaken}, {kind: kindTaken}}},
		{"what is asked for", "F84\rV1013\rNA123\r", []word{{kind: kindStatus, flags: 0x84}, {kind: kindVersion, text: "V1013"}, text("NA123")}},
		{"frames", "t1231AB\rt7E80\r", []word{a, b}},
		{"frames without an end", "t1231ABt7E80\r", []word{a, b}},
		{"an acknowledge without an end", "zt1231AB\r", []word{{kind: kindTaken}, a}},
		{"a status behind a frame without an end", "t1231ABF80\r", []word{a, {kind: kindStatus, flags: 0x80}}},
		{"a torn frame before another", "t123t7E80\r", []word{torn, b}},
		{"a torn frame", "t1231A\rt7E80\r", []word{torn, b}},
		{"a refusal in a line", "t123\at7E80\r", []word{torn, {kind: kindRefused}, b}},
		{"an end of two characters", "t7E80\r\nz\r\n", []word{b, {kind: kindTaken}}},
		{"what a chip says while it starts", "\x00\x00t7E80\r", []word{b}},
		{"words", "b158aa7 github.com/x\r", []word{text("b158aa7 github.com/x")}},
		{"words with what cannot be shown", "\x1bV\xffx\u00e9?\r", []word{{kind: kindText, text: "Vx\u00e9?", foul: true}}},
		{"a line without end", strings.Repeat("0", 3*maxLine) + "\rt7E80\r", []word{torn, b}},
		{"nothing yet", "t7E80", nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			require.Empty(t, cmp.Diff(c.words, words(c.said), cmp.AllowUnexported(word{})))
			require.Equal(t, words(c.said), words(strings.Split(c.said, "")...), "however it comes in pieces")
		})
	}
	require.LessOrEqual(t, len(words(strings.Repeat("?", maxLine) + "\r")[0].text), maxText)
}

// FuzzLines: the same words come however a text comes in pieces, and frames
// among them are frames.
func FuzzLines(f *testing.F) {
	f.Add("t1231AB\rz\rF00\r\a", 3)
	f.Add("t1231ABt7E80F80zZ\rV1013\rNA123\r", 1)
	f.Add("b158aa7 github.com/x\r"+strings.Repeat("t", 600), 7)
	f.Fuzz(func(t *testing.T, said string, cut int) {
		cut = min(max(cut, 0), len(said))
		all := words(said)
		require.Equal(t, all, words(said[:cut], said[cut:]))
		require.LessOrEqual(t, len(all), 2*len(said))
		for _, w := range all {
			if w.kind == kindFrame {
				require.NoError(t, w.frame.Validate())
			}
			require.LessOrEqual(t, len(w.text), maxText)
		}
	})
}

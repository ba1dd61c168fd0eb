package socketcand

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// TestMessagesInAStream: the stream knows no messages; they come torn, glued
// and amid what is none.
func TestMessagesInAStream(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		want       [][]string
	}{
		{"one", "< ok >", [][]string{{"ok"}}},
		{"glued", "< open can0 >< rawmode >< echo >", [][]string{{"open", "can0"}, {"rawmode"}, {"echo"}}},
		{"with lines between", "< hi >\r\n< ok >\n", [][]string{{"hi"}, {"ok"}}},
		{"without spaces", "<open can0>", [][]string{{"open", "can0"}}},
		{"more spaces", "<  frame  123\t1.0   >", [][]string{{"frame", "123", "1.0"}}},
		{"nothing inside", "<>< >", [][]string{{}, {}}},
		{"amid noise", "noise > < ok > noise", [][]string{{"ok"}}},
		{"one in which another begins", "< fra< ok >", [][]string{{"ok"}}},
		{"no end", "< ok", nil},
		{"the longest", "<" + strings.Repeat("x", maxElement) + ">", [][]string{{strings.Repeat("x", maxElement)}}},
		{"one byte too long, and the next", "<" + strings.Repeat("x", maxElement+1) + "> >< ok >", [][]string{{"ok"}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			require.Equal(t, c.want, elements(t, c.text))
			in := newInlet(iotest.OneByteReader(strings.NewReader(c.text)))
			var torn [][]string
			for {
				w, err := in.next()
				if err == io.EOF { //nolint:errorlint // as io.Reader gives it
					break
				}
				if err == nil {
					torn = append(torn, w)
				}
			}
			require.Equal(t, c.want, torn)
		})
	}
}

// TestMessageGoesOnAfterATimeout: whoever waits with a limit loses nothing.
func TestMessageGoesOnAfterATimeout(t *testing.T) {
	in := newInlet(io.MultiReader(strings.NewReader("< ec"), iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("ho >")))))
	_, err := in.next()
	require.ErrorIs(t, err, iotest.ErrTimeout)
	w, err := in.next()
	require.NoError(t, err)
	require.Equal(t, []string{"echo"}, w)
}

func TestHeadShowsNoPayload(t *testing.T) {
	require.Equal(t, "frame 123", head([]string{"frame", "123", "1.0", "1A220344"}))
	require.Len(t, head([]string{strings.Repeat("ä", 100)}), 40)
	require.Equal(t, "[2Jx", clean([]string{"\x1b[2J\xffx"}))
}

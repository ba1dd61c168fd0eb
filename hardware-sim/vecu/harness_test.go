package vecu_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
)

func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

func upper(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// start is when every Dialogue is asked first, unless a row says otherwise.
var start = time.Date(2021, time.May, 3, 8, 0, 0, 0, time.UTC)

// unit is a Dialogue that is asked directly.
type unit struct {
	t *testing.T
	d *vecu.Dialogue
}

func dialogue(t *testing.T, s vecu.Sheet, o vecu.Options) *unit {
	t.Helper()
	return &unit{t, vecu.NewDialogue(s, o)}
}

func (u *unit) serve(after time.Duration, request string) vecu.Reply {
	u.t.Helper()
	return u.d.Serve(&vecu.Request{Data: bytesOf(u.t, request), Time: start.Add(after)})
}

// ask gives the answer as it would be sent; empty: none.
func (u *unit) ask(after time.Duration, request string) string {
	u.t.Helper()
	return sent(u.serve(after, request))
}

// group asks functionally.
func (u *unit) group(request string) string {
	u.t.Helper()
	return sent(u.d.Serve(&vecu.Request{Data: bytesOf(u.t, request), Functional: true, Time: start}))
}

func sent(r vecu.Reply) string {
	if r.Quiet {
		return ""
	}
	return upper(r.Data)
}

// answer makes an answer of its two texts.
func answer(t *testing.T, request, response string) vecu.Answer {
	t.Helper()
	a := vecu.Answer{Request: pattern(t, request)}
	if response != "" {
		a.Response = literal(t, response)
	}
	return a
}

// in restricts an answer to sessions.
func in(a vecu.Answer, sessions ...byte) vecu.Answer {
	a.Session = sessions
	return a
}

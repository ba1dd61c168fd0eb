package tunnel

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

var at = time.Unix(1732204044, 540800123).UTC()

func TestLines(t *testing.T) {
	request := can.NewFrame(0x72E, 0x03, 0x22, 0xF1, 0x90)
	wide := can.Frame{ID: 0x18DAF110, Flags: can.Extended | can.FD | can.BRS, Len: 12}
	for text, want := range map[string]line{
		"untether-bus 1 BMW 5 series, 2017": {verb: greeting, n: 1, text: "BMW 5 series, 2017"},
		"untether-bus 1":                    {verb: greeting, n: 1},
		"busy":                              {verb: busy},
		"open can1 500000":                  {verb: opening, bus: "can1", n: 500_000},
		"open can1 500000 listen":           {verb: opening, bus: "can1", n: 500_000, flag: true},
		"opened can1":                       {verb: opened, bus: "can1"},
		"opened can1 echo":                  {verb: opened, bus: "can1", flag: true},
		"refused can1 other no such car":    {verb: refused, bus: "can1", why: other, text: "no such car"},
		"close can1":                        {verb: closing, bus: "can1"},
		"send 7 72E#0322F190":               {verb: sending, n: 7, rx: can.Rx{Frame: request}},
		"sent 7":                            {verb: sent, n: 7},
		"failed 7 bus-off":                  {verb: failed, n: 7, why: "bus-off"},
		"(1732204044.540800123) can1 72E#0322F190":                           {verb: frame, bus: "can1", rx: can.Rx{Frame: request, Time: at}},
		"(1732204044.540800123) can1 72E#0322F190 T":                         {verb: frame, bus: "can1", rx: can.Rx{Frame: request, Time: at, Own: true}},
		"(1732204044.540800123) can1 18DAF110##1" + strings.Repeat("00", 12): {verb: frame, bus: "can1", rx: can.Rx{Frame: wide, Time: at}},
		"dropped can1 12": {verb: dropped, bus: "can1", n: 12},
		"ended can1 down": {verb: ended, bus: "can1", why: "down"},
		"bye":             {verb: bye},
		"error what":      {verb: wrong, text: "what"},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := parseLine(text)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, text+"\n", string(want.bytes()))
		})
	}
}

func TestLinesRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":               "",
		"unknown word":          "hello",
		"upper case":            "BUSY",
		"a word missing":        "open can1",
		"a word too many":       "sent 7 8",
		"two blanks":            "sent  7",
		"no number":             "sent x",
		"negative number":       "sent -1",
		"number out of range":   "sent 99999999999999999999",
		"no name":               "close ",
		"long name":             "close a-bus-of-many-names",
		"unprintable name":      "close a\x01",
		"unknown flag":          "open can1 500000 speak",
		"unknown reason":        "failed 7 weather",
		"no frame":              "send 7 72E",
		"frame out of range":    "send 7 FFF#00",
		"frame too long":        "send 7 123#001122334455667788",
		"time without fraction": "(1732204044) can1 123#00",
		"time in microseconds":  "(1732204044.540800) can1 123#00",
		"time without end":      "(1732204044.540800123 can1 123#00",
		"time out of range":     "(99999999999999.540800123) can1 123#00",
		"unknown direction":     "(1732204044.540800123) can1 123#00 R",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseLine(text)
			var bad *ProtocolError
			require.ErrorAs(t, err, &bad)
			require.NotEmpty(t, bad.Reason)
		})
	}
}

func TestErrorsShowNoPayload(t *testing.T) {
	_, err := parseLine("send x 754#0322F190")
	require.ErrorContains(t, err, "send x 754")
	require.NotContains(t, err.Error(), "F190")
}

func TestTextsAreBoundedAndStayOnTheirLine(t *testing.T) {
	l := line{verb: wrong, text: " ä\nbye\x00" + strings.Repeat("ä", 4*maxText)}
	text := strings.TrimSuffix(string(l.bytes()), "\n")
	require.NotContains(t, text, "\n")
	require.LessOrEqual(t, len(text), len(wrong)+1+maxText)
	got, err := parseLine(text)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(got.text, "äbyeä"), got.text)
}

// TestErrorsCross: the errors of package can keep their identity, and their
// text too where somebody added to it.
func TestErrorsCross(t *testing.T) {
	for _, c := range []struct {
		err  error
		want []error
	}{
		{can.ErrBusOffState, []error{can.ErrBusOffState}},
		{can.ErrDown, []error{can.ErrDown}},
		{can.ErrClosed, []error{can.ErrClosed, net.ErrClosed}},
		{net.ErrClosed, []error{can.ErrClosed, net.ErrClosed}},
		{fmt.Errorf("vbus: tester: %w: CAN FD on a classic controller", can.ErrFrame), []error{can.ErrFrame}},
		{errors.New("controller only listens"), nil},
	} {
		t.Run(c.err.Error(), func(t *testing.T) {
			got := errorOf(whyOf(c.err), c.err.Error())
			require.EqualError(t, got, c.err.Error())
			for _, want := range c.want {
				require.ErrorIs(t, got, want)
			}
		})
	}
	require.Equal(t, can.ErrDown, errorOf(whyOf(can.ErrDown), can.ErrDown.Error()), "the very error")
}

func FuzzParseLine(f *testing.F) {
	for _, s := range []string{
		"untether-bus 1 x", "busy", "open can1 500000 listen", "opened can1 echo", "refused can1 other text", "close can1",
		"send 7 72E#0322F190", "sent 7", "failed 7 bus-off", "(1732204044.540800123) can1 18DAF110##100112233 T",
		"dropped can1 12", "ended can1 down x", "bye", "error x", "(1.000000000) a 20000020#0000000000000000",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := parseLine(s)
		if err != nil {
			var bad *ProtocolError
			require.ErrorAs(t, err, &bad)
			require.Less(t, len(err.Error()), 300)
			return
		}
		text := l.bytes()
		require.Less(t, len(text), 300)
		again, err := parseLine(strings.TrimSuffix(string(text), "\n"))
		require.NoError(t, err, "%q", text)
		require.Equal(t, l, again)
	})
}

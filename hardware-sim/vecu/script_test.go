package vecu_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

func frame(t *testing.T, text string) can.Frame {
	t.Helper()
	f, err := can.ParseFrame(text)
	require.NoError(t, err)
	return f
}

func line(t *testing.T, after time.Duration, text string) vecu.Line {
	t.Helper()
	return vecu.Line{After: after, Frame: frame(t, text)}
}

func TestScript(t *testing.T) {
	const ms = time.Millisecond
	cues := []vecu.Cue{
		{On: frame(t, "7E0#023E00"), Once: true, Play: []vecu.Line{line(t, 10*ms, "7E8#03"), line(t, 20*ms, "7E8#04")}},
		{On: frame(t, "7E0#023E00"), Play: []vecu.Line{line(t, 0, "7E8#05")}},
		{On: frame(t, "7E0#023E"), Play: []vecu.Line{line(t, 5*ms, "7E8#06")}},
		{On: frame(t, "7E1#")},
		{On: frame(t, "7E1#"), Play: []vecu.Line{line(t, 0, "7E8#07")}},
	}
	for _, row := range []struct {
		name  string
		send  []string
		want  []string
		times []time.Duration
	}{
		{"lines one after the other", []string{"7E0#023E00"}, []string{"7E8#03", "7E8#04"}, []time.Duration{10 * ms, 30 * ms}},
		{"data that begin like these", []string{"7E0#023E0000000000"}, []string{"7E8#03", "7E8#04"}, []time.Duration{10 * ms, 30 * ms}},
		{"once, then the next cue", []string{"7E0#023E00", "7E0#023E00"}, []string{"7E8#05", "7E8#03", "7E8#04"}, []time.Duration{0, 10 * ms, 30 * ms}},
		{"several under way at once", []string{"7E0#023E00", "7E0#023E01"}, []string{"7E8#06", "7E8#03", "7E8#04"}, []time.Duration{5 * ms, 10 * ms, 30 * ms}},
		{"other data", []string{"7E0#023F00"}, nil, nil},
		{"data cut short", []string{"7E0#02"}, nil, nil},
		{"the same identifier with 29 bit", []string{"000007E0#023E00"}, nil, nil},
		{"a cue without lines is a cue", []string{"7E1#00"}, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seg := vbus.New(vbus.Config{Bitrate: 500_000})
				tester := seg.Attach("tester")
				script := vecu.Play(seg.Attach("unit"), cues)
				t.Cleanup(func() {
					require.NoError(t, script.Close())
					require.NoError(t, seg.Close())
				})
				send(t, tester, row.send...)
				all := listen(t, tester, time.Second)
				require.Equal(t, row.want, framesOf(all))
				for i, h := range all {
					require.InDelta(t, row.times[i], h.after, float64(4*wire))
				}
			})
		})
	}
}

func TestAScriptEndsInTheMiddleOfALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seg := vbus.New(vbus.Config{Bitrate: 500_000})
		t.Cleanup(func() { require.NoError(t, seg.Close()) })
		tester := seg.Attach("tester")
		script := vecu.Play(seg.Attach("unit"), []vecu.Cue{{On: frame(t, "7E0#"), Play: []vecu.Line{line(t, time.Hour, "7E8#")}}})
		send(t, tester, "7E0#")
		time.Sleep(time.Second)
		begin := time.Now()
		require.NoError(t, script.Close())
		require.Equal(t, begin, time.Now(), "at once")
	})
}

// tape is a bus that gives what is on it, and keeps what is sent. It does not
// hear itself.
type tape struct {
	play   chan any // can.Frame or error
	sent   []can.Frame
	broken error // of Send
}

func (b *tape) Send(_ context.Context, f can.Frame) error {
	b.sent = append(b.sent, f)
	return b.broken
}

func (b *tape) Recv(context.Context) (can.Rx, error) {
	switch v := (<-b.play).(type) {
	case can.Frame:
		return can.Rx{Frame: v, Time: time.Now()}, nil
	case error:
		return can.Rx{}, v
	}
	return can.Rx{}, can.ErrClosed
}

func (b *tape) Close() error {
	close(b.play)
	return nil
}

func TestAUnitSurvives(t *testing.T) {
	present := frame(t, "7E8#027E00CCCCCCCCCC")
	server := func(bus can.Bus) io.Closer {
		return vecu.Serve(bus, vecu.Config{Address: transport.MustAddress("7E0/7E8"), Handler: vecu.NewDialogue(vecu.Sheet{}, vecu.Options{})})
	}
	script := func(bus can.Bus) io.Closer {
		return vecu.Play(bus, []vecu.Cue{{On: frame(t, "7E0#023E00"), Play: []vecu.Line{{Frame: present}}}})
	}
	dropped := &can.DroppedError{Count: 3}
	report := can.Frame{ID: can.ErrBusError, Flags: can.Error, Len: 8}
	for _, row := range []struct {
		name   string
		start  func(bus can.Bus) io.Closer
		before any
		broken error
	}{
		{"a server, dropped frames", server, dropped, nil},
		{"a server, an error frame", server, report, nil},
		{"a server, a bus that refuses frames", server, frame(t, "7E0#023E00"), errors.New("refused")},
		{"a script, dropped frames", script, dropped, nil},
		{"a script, an error frame", script, report, nil},
		{"a script, a bus that refuses frames", script, frame(t, "7E0#023E00"), errors.New("refused")},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus := &tape{play: make(chan any, 1), broken: row.broken}
				unit := row.start(bus)
				bus.play <- row.before
				synctest.Wait()
				bus.sent, bus.broken = nil, nil
				bus.play <- frame(t, "7E0#023E00")
				time.Sleep(time.Second)
				require.NoError(t, unit.Close())
				require.Equal(t, []can.Frame{present}, bus.sent)
			})
		})
	}
}

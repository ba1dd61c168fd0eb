package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// recordedFrames is a recording: a time in milliseconds and a frame a line.
type recordedFrames string

func (r recordedFrames) Info() adapter.Info { return adapter.Info{Kind: adapter.KindRecording} }
func (r recordedFrames) Close() error       { return nil }

func (r recordedFrames) Frames() iter.Seq2[can.Rx, error] {
	return func(yield func(can.Rx, error) bool) {
		for line := range strings.Lines(string(r)) {
			var at int64
			var text string
			if _, err := fmt.Sscan(line, &at, &text); err != nil {
				continue // an empty line
			}
			f, err := can.ParseFrame(text)
			if !yield(can.Rx{Frame: f, Time: time.UnixMilli(1_700_000_000_000 + at)}, err) {
				return
			}
		}
	}
}

// spoken is a car of a recording, with a tester's link to it.
type spoken struct {
	link *isotp.Link
	told []string
}

func speak(t *testing.T, r recordedFrames) *spoken {
	t.Helper()
	s := &spoken{}
	car, err := trace(t.Context(), r, "drive.log", func(e *tape.NeverAskedError) { s.told = append(s.told, e.Error()) })
	require.NoError(t, err)
	bus, err := car.OpenBus(t.Context(), adapter.BusConfig{Bitrate: tracedBitrate})
	require.NoError(t, err)
	s.link = isotp.NewLink(bus)
	t.Cleanup(func() {
		require.NoError(t, s.link.Close())
		require.NoError(t, car.Close())
	})
	return s
}

// ask gives all that is said within a second, and when the last of it came.
func (s *spoken) ask(t *testing.T, address, request string) (said []string, after time.Duration) {
	t.Helper()
	conn, err := s.link.Dial(t.Context(), transport.MustAddress(address), transport.Params{})
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	require.NoError(t, conn.Send(t.Context(), hexBytes(t, request), transport.Want{Answers: -1}))
	sent := time.Now()
	for {
		m, err := conn.Recv(t.Context(), time.Second)
		if err != nil {
			require.ErrorAs(t, err, new(*transport.TimeoutError))
			return said, after
		}
		said = append(said, fmt.Sprintf("% X", m.Data))
		after = m.First.Sub(sent)
	}
}

func hexBytes(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// unasked are the requests that were told of.
func (s *spoken) unasked() []string {
	synctest.Wait()
	return s.told
}

// about is the recorded time but for the bits of a frame.
func about(t *testing.T, want, got time.Duration) {
	t.Helper()
	require.InDelta(t, want, got, float64(time.Millisecond))
}

const drive recordedFrames = `
	0    754#0322F18CCCCCCCCC
	5    75C#0462F18C41CCCCCC
	100  754#0322F18CCCCCCCCC
	190  75C#0462F18C42CCCCCC
	200  123#0011223344556677
	300  754#0322F187CCCCCCCC
	330  75C#037F2278CCCCCCCC
	700  75C#0462F18743CCCCCC
	800  754#0322F190CCCCCCCC
	810  75C#101462F190414141
	811  754#300000CCCCCCCCCC
	812  75C#2141414141414141
	813  75C#2241414141414141
	900  754#023E80CCCCCCCCCC
	1000 7DF#0201000000000000
	1010 7E8#06410080000000CC
	1020 7E9#06410040000000CC
	1100 7E0#0209020000000000
	1110 7E8#037F091200000000
	1200 7E1#0209020000000000
	1210 7E9#037F091100000000
`

func TestRecordedAnswersComeInTheirOrderAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := speak(t, drive)
		for _, want := range []struct {
			request string
			said    string
			after   time.Duration
		}{
			{"22 F18C", "62 F1 8C 41", 5 * time.Millisecond},
			{"22 F18C", "62 F1 8C 42", 90 * time.Millisecond}, // later than P2, and no 78 was recorded
			{"22 F18C", "62 F1 8C 42", 90 * time.Millisecond},
			{"22 F190", "62 F1 90" + strings.Repeat(" 41", 17), 10 * time.Millisecond},
		} {
			said, after := s.ask(t, "754/75C", want.request)
			require.Equal(t, []string{want.said}, said)
			about(t, want.after, after)
		}
		said, after := s.ask(t, "754/75C", "22 F187")
		require.Equal(t, []string{"7F 22 78", "62 F1 87 43"}, said)
		about(t, 400*time.Millisecond, after)
		require.Empty(t, s.unasked())
	})
}

// TestWhatWasNeverAsked has no answer; it is told once, of 3E 80 never.
func TestWhatWasNeverAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := speak(t, drive)
		for range 2 {
			said, _ := s.ask(t, "754/75C", "22 F192")
			require.Empty(t, said)
		}
		said, _ := s.ask(t, "7E0/7E8", "3E 80")
		require.Empty(t, said)
		said, _ = s.ask(t, "7DF/7E8-7EF", "09 02")
		require.Empty(t, said)
		said, _ = s.ask(t, "123/456", "22 F190")
		require.Empty(t, said, "there is no such unit")
		require.Len(t, s.unasked(), 2)
		require.Contains(t, s.unasked()[0], "754/75C")
		require.Contains(t, s.unasked()[1], "7DF/7E8-7EF")
	})
}

// TestGroupIsAskedOnce: all units answer the request that the recording holds
// once, and again when it is repeated.
func TestGroupIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := speak(t, drive+`
	2000 7DF#0201000000000000
	2010 7E8#064100C0000000CC
	2020 7E9#06410060000000CC
`)
		for _, want := range [][]string{
			{"41 00 80 00 00 00", "41 00 40 00 00 00"},
			{"41 00 C0 00 00 00", "41 00 60 00 00 00"},
			{"41 00 C0 00 00 00", "41 00 60 00 00 00"},
		} {
			said, after := s.ask(t, "7DF/7E8-7EF", "01 00")
			require.Equal(t, want, said)
			about(t, 20*time.Millisecond, after)
		}
	})
}

func TestRecordedAddressForms(t *testing.T) {
	for _, c := range []struct {
		address, group string
		recording      recordedFrames
	}{
		{"18DAC6F1/18DAF1C6", "18DB33F1/18DAF1xx", `
	0   18DAC6F1#0322F18CCCCCCCCC
	10  18DAF1C6#0462F18C41CCCCCC
	100 18DB33F1#0322F190CCCCCCCC
	110 18DAF1C6#0462F19042CCCCCC
`},
		{"6F1:61/661:F1", "6F1:DF/600-6FF:F1", `
	0   6F1#610322F18CCCCCCC
	10  661#F10462F18C41CCCC
	100 6F1#DF0322F190CCCCCC
	110 661#F10462F19042CCCC
`},
	} {
		t.Run(c.address, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := speak(t, c.recording)
				said, after := s.ask(t, c.address, "22 F18C")
				require.Equal(t, []string{"62 F1 8C 41"}, said)
				about(t, 10*time.Millisecond, after)
				said, _ = s.ask(t, c.group, "22 F190")
				require.Equal(t, []string{"62 F1 90 42"}, said)
				require.Empty(t, s.unasked())
			})
		})
	}
}

// TestAnswersThatBrokeOffAreNone: what a recording holds of them is no answer.
func TestAnswersThatBrokeOffAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := speak(t, drive+`
	5000 754#0322F191CCCCCCCC
	5010 75C#101462F191414141
	5011 754#300000CCCCCCCCCC
	9000 754#0322F192CCCCCCCC
	9010 75C#037F2278CCCCCCCC
`)
		said, _ := s.ask(t, "754/75C", "22 F191")
		require.Empty(t, said)
		said, _ = s.ask(t, "754/75C", "22 F192")
		require.Equal(t, []string{"7F 22 78"}, said, "and then nothing, as in the car")
		require.Empty(t, s.unasked(), "asked they were")
	})
}

func TestOtherTrafficIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		car, err := trace(t.Context(), drive, "drive.log", nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, car.Close()) }()
		require.Equal(t, adapter.KindCAN, car.Info().Kind)
		bus, err := car.OpenBus(t.Context(), adapter.BusConfig{ListenOnly: true})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = bus.Recv(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestRecordingWithoutUnits(t *testing.T) {
	_, err := trace(t.Context(), recordedFrames("0 123#0011223344556677\n10 123#0011223344556677"), "drive.log", nil)
	var none *noUnitError
	require.ErrorAs(t, err, &none)
	require.Equal(t, "drive.log", none.path)
}

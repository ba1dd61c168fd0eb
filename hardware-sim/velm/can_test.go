package velm_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/can"
)

// wired is a dongle on a segment with a node that the test has in hand.
type wired struct {
	*bench
	seg   *vbus.Segment
	other *vbus.Node
}

// onSegment runs a dialogue on an otherwise empty segment.
func onSegment(t *testing.T, dongle string, run func(w *wired)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		seg := vbus.New(vbus.Config{Bitrate: 500_000})
		t.Cleanup(func() { require.NoError(t, seg.Close()) })
		other := seg.Attach("other")
		open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			o := []vbus.Option{vbus.Bitrate(bitrate)}
			if listenOnly {
				o = append(o, vbus.ListenOnly())
			}
			return seg.Attach("dongle", o...), nil
		}
		run(&wired{attach(t, dongle, open, velm.Options{Seed: 1}), seg, other})
	})
}

// heard is what the other node received until now, without its own.
func (w *wired) heard() (frames []string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Millisecond)
	defer cancel()
	for {
		rx, err := w.other.Recv(ctx)
		if err != nil {
			return frames
		}
		if !rx.Own && !rx.Frame.Is(can.Error) {
			frames = append(frames, rx.Frame.String())
		}
	}
}

func (w *wired) put(frames ...string) {
	w.t.Helper()
	for _, text := range frames {
		f, err := can.ParseFrame(text)
		require.NoError(w.t, err)
		require.NoError(w.t, w.other.Send(w.t.Context(), f))
	}
}

// reply sends frames some time after now.
func (w *wired) reply(after time.Duration, frames ...string) {
	time.AfterFunc(after, func() { w.put(frames...) })
}

func TestRequestsOnTheWire(t *testing.T) {
	for _, row := range []struct {
		rule     string
		commands []string
		request  string
		frame    string
	}{
		{"padded with a length byte", nil, "0100", "7DF#0201000000000000"},
		{"ATV1: as long as its data", []string{"ATV1"}, "0100", "7DF#020100"},
		{"ATCAF0: as typed", []string{"ATCAF0"}, "0100", "7DF#0100000000000000"},
		{"ATAL,,ATCAF0: eight bytes", []string{"ATAL", "ATCAF0"}, "1122334455667788", "7DF#1122334455667788"},
		{"ATSH", []string{"ATSH 7E0"}, "22F190", "7E0#0322F19000000000"},
		{"ATSH of six digits on 11 bits: the last eleven", []string{"ATSH 0007E1"}, "22F190", "7E1#0322F19000000000"},
		{"29 bits by themselves", []string{"ATSP7"}, "0100", "18DB33F1#0201000000000000"},
		{"29 bits: ATSH and the usual priority", []string{"ATSP7", "ATSH DA10F1"}, "0100", "18DA10F1#0201000000000000"},
		{"29 bits: ATCP", []string{"ATSP7", "ATCP 0C", "ATSH 2F6040"}, "01", "0C2F6040#0101000000000000"},
		{"29 bits: ATSH of eight digits", []string{"ATSP7", "ATSH 18DA10F1"}, "01", "18DA10F1#0101000000000000"},
		{"29 bits: ATTA", []string{"ATSP7", "ATTA F9"}, "0100", "18DB33F9#0201000000000000"},
		{"ATCEA", []string{"ATSH 6F1", "ATCEA 61"}, "22F190", "6F1#610322F190000000"},
		{"ATCEA,,ATCAF0", []string{"ATSH 6F1", "ATCEA 61", "ATCAF0"}, "22F190", "6F1#6122F19000000000"},
		{"ATCEA without an argument", []string{"ATCEA 61", "ATCEA"}, "0100", "7DF#0201000000000000"},
		{"ATPB: 11 bits, 500 kbit/s, lengths vary, no ISO-TP", []string{"ATPB C0 01", "ATSPB"}, "0102", "7DF#0102"},
		{"ATPB: ISO-TP", []string{"ATPB 81 01", "ATSPB"}, "0102", "7DF#0201020000000000"},
		{"ATR0: nothing is waited for", []string{"ATR0"}, "0100", "7DF#0201000000000000"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			onSegment(t, "elm-2.2", func(w *wired) {
				w.quiet(append([]string{"ATSP6"}, row.commands...)...)
				w.ask(row.request)
				require.Equal(w.t, []string{row.frame}, w.heard())
				require.Len(w.t, w.d.Ledger().Frames, 1)
				w.blameless()
			})
		})
	}
}

func TestRequestsTooLong(t *testing.T) {
	onSegment(t, "elm-2.2", func(w *wired) {
		w.quiet("ATSP6")
		w.says("1122334455667788", "?\r")
		w.quiet("ATAL")
		w.says("1122334455667788", "?\r")
		w.quiet("ATCAF0", "ATCEA 61")
		w.says("1122334455667788", "?\r", "1", "?\r")
		require.Empty(w.t, w.heard())
	})
}

func TestRepliesAsTheyArePrinted(t *testing.T) {
	for _, row := range []struct {
		rule     string
		commands string
		frames   string
		lines    string
	}{
		{"single frame", "", "7E8#03410D32AAAAAAAA", "41 0D 32 \r"},
		{"with its header, without padding", "ATH1", "7E8#03410D32AAAAAAAA", "7E8 03 41 0D 32 \r"},
		{"with its length", "ATH1,ATD1", "7E8#03410D32AAAAAAAA", "7E8 8 03 41 0D 32 \r"},
		{"without spaces", "ATH1,ATS0", "7E8#03410D32AAAAAAAA", "7E803410D32\r"},
		{"as it is", "ATH1,ATCAF0", "7E8#03410D32AAAAAAAA", "7E8 03 41 0D 32 AA AA AA AA \r"},
		{"short frame", "ATH1", "7E8#03410D32", "7E8 03 41 0D 32 \r"},
		{"no protocol byte that makes sense", "", "7E8#F711223344556677", "F7 11 22 33 44 55 66 77 <DATA ERROR\r"},
		{"length zero is shown whole", "ATH1", "7E8#0011223344556677", "7E8 00 11 22 33 44 55 66 77 \r"},
		{"two units", "ATH1", "7E8#03410D32 7E9#03410D33", "7E8 03 41 0D 32 \r7E9 03 41 0D 33 \r"},
		{"others are filtered", "", "7E7#03410D32 7F0#03410D33", "NO DATA\r"},
		{"29 bits in four bytes", "ATSP7,ATH1", "18DAF110#03410D32", "18 DA F1 10 03 41 0D 32 \r"},
		{"29 bits for another tester", "ATSP7,ATH1", "18DAF910#03410D32", "NO DATA\r"},
		{"ATCRA", "ATH1,ATCRA 612", "7E8#03410D32 612#021234", "612 02 12 34 \r"},
		{"ATCRA with any digit", "ATH1,ATCRA 61X", "612#021234 61F#015A 62F#015A", "612 02 12 34 \r61F 01 5A \r"},
		{"ATCRA alone: the usual again", "ATCRA 612,ATCRA", "7E8#03410D32 612#021234", "41 0D 32 \r"},
		{"ATAR", "ATCRA 612,ATAR", "7E8#03410D32 612#021234", "41 0D 32 \r"},
		{"ATCF and,ATCM", "ATH1,ATCF 600,ATCM 700", "612#021234 7E8#03410D32", "612 02 12 34 \r"},
		{"extended address: the tester's", "ATCEA 61,ATCRA 661", "661#F1021234 661#F2025678", "12 34 \r"},
		{"extended address: ATTA", "ATCEA C7,ATTA C7,ATCRA 758,ATH1", "758#C7021234", "758 C7 02 12 34 \r"},
		{"extended address: ATCER", "ATCEA C7,ATCER C7,ATCRA 758,ATH1", "758#C7021234", "758 C7 02 12 34 \r"},
		{"remote frame", "ATH1,ATCRA 7E8", "7E8#R", "7E8 RTR\r"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			onSegment(t, "elm-2.2", func(w *wired) {
				w.quiet(append([]string{"ATSP6"}, words(row.commands)...)...)
				w.reply(10*time.Millisecond, strings.Fields(row.frames)...)
				w.says("010D", row.lines)
			})
		})
	}
}

// words cuts a text at its commas.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

func TestWaits(t *testing.T) {
	onSegment(t, "elm-2.2", func(w *wired) {
		w.quiet("ATSP6", "ATAT0", "ATS0")
		for _, row := range []struct {
			rule, commands string
			after          time.Duration
			request, lines string
			least, most    time.Duration
		}{
			{"ATST 19 is 100 ms", "ATST 19", 95 * time.Millisecond, "010D", "410D32\r", 195 * time.Millisecond, 215 * time.Millisecond},
			{"later it is gone", "", 105 * time.Millisecond, "010D", "NO DATA\r", 100 * time.Millisecond, 120 * time.Millisecond},
			{"a count ends the wait", "", 20 * time.Millisecond, "010D1", "410D32\r", 20 * time.Millisecond, 35 * time.Millisecond},
			{"a count is of frames, and cuts", "", 20 * time.Millisecond, "010D1", "410D32\r", 20 * time.Millisecond, 35 * time.Millisecond},
			{"ATCTM5: five times", "ATCTM5", 480 * time.Millisecond, "010D1", "410D32\r", 480 * time.Millisecond, 500 * time.Millisecond},
			{"ATST 00 is the default", "ATCTM1,ATST00", 195 * time.Millisecond, "010D1", "410D32\r", 195 * time.Millisecond, 215 * time.Millisecond},
		} {
			w.quiet(words(row.commands)...)
			begin := time.Now()
			w.reply(row.after, "7E8#03410D32")
			w.says(row.request, row.lines)
			require.GreaterOrEqual(w.t, time.Since(begin), row.least, row.rule)
			require.LessOrEqual(w.t, time.Since(begin), row.most, row.rule)
			time.Sleep(time.Second)
		}
		l := w.d.Ledger()
		require.Equal(w.t, 2, l.Silences)
		require.InDelta(w.t, 200*time.Millisecond, l.Silence, float64(5*time.Millisecond))
	})
}

func TestAdaptiveTimingLearns(t *testing.T) {
	onSegment(t, "elm-2.2", func(w *wired) {
		w.quiet("ATSP6", "ATS0")
		took := func(answer time.Duration) time.Duration {
			begin := time.Now()
			w.reply(answer, "7E8#03410D32")
			w.says("010D", "410D32\r")
			return time.Since(begin)
		}
		require.Less(w.t, took(20*time.Millisecond), 150*time.Millisecond, "the first answer already shortens the wait")
		first := took(20 * time.Millisecond)
		w.quiet("ATAT2")
		took(20 * time.Millisecond)
		require.Less(w.t, took(20*time.Millisecond), first)
	})
}

func TestAnnouncedAnswers(t *testing.T) {
	for _, row := range []struct {
		dongle string
		lines  string
	}{
		{"elm-2.2", "7F2278\r7F2278\r62100A00\r"},
		{"stn1110", "7F2278\r7F2278\r62100A00\r"},
		{"elm-1.4b", "7F2278\r"},
		{"clone-1.5", "22100A\r7F2278\r"}, // with the echo that it does not leave
	} {
		t.Run(row.dongle, func(t *testing.T) {
			onSegment(t, row.dongle, func(w *wired) {
				w.quiet("ATSP6", "ATS0")
				w.reply(20*time.Millisecond, "7E8#037F2278")
				w.reply(4900*time.Millisecond, "7E8#037F2278")
				w.reply(9800*time.Millisecond, "7E8#0462100A00")
				w.says("22100A", row.lines)
			})
		})
	}
}

package tape_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

func TestAWriteDividesTheRecording(t *testing.T) {
	r := read(t, `
		0   754#0322010000000000 T
		10  75C#046201000A000000
		20  726#0322010000000000 T
		30  72E#046201001A000000
		40  754#0322020000000000 T
		50  75C#0462020022000000
		60  754#042E01000B000000 T
		70  75C#036E010000000000
		80  754#0322010000000000 T
		90  75C#046201000B000000
		100 726#0322010000000000 T
		110 72E#046201002A000000
		120 754#0322030000000000 T
		130 75C#0462030033000000`)
	s, other := open(t, r, "754/75C"), open(t, r, "726/72E")
	const before, behind = "754/75C 62 01 00 0A 10ms", "754/75C 62 01 00 0B 10ms"
	for range 3 {
		require.Equal(t, before, ask(t, s, "22 01 00"))
		require.Equal(t, "726/72E 62 01 00 1A 10ms", ask(t, other, "22 01 00"))
		require.Equal(t, "never asked", ask(t, s, "22 03 00"), "it was asked behind the write")
		require.Equal(t, "never asked", ask(t, s, "2E 01 00 0C"), "another write was made")
	}
	for range 2 {
		require.Equal(t, "754/75C 6E 01 00 10ms", ask(t, s, "2E 01 00 0B"))
		require.Equal(t, behind, ask(t, s, "22 01 00"))
	}
	require.Equal(t, "754/75C 62 03 00 33 10ms", ask(t, s, "22 03 00"))
	require.Equal(t, "754/75C 62 02 00 22 10ms", ask(t, s, "22 02 00"), "not asked again, so as before")
	require.Equal(t, "726/72E 62 01 00 2A 10ms", ask(t, other, "22 01 00"), "the write changed the whole car")
}

func TestAWriteIsKnownBeforeItsUnitIsOpened(t *testing.T) {
	r := read(t, `
		0  754#0322010000000000 T
		10 75C#046201000A000000
		20 6F1#61100B2E30000102 T
		21 661#F1300000
		22 6F1#6121030405060708 T
		30 661#F1036E3000
		40 754#0322010000000000 T
		50 75C#046201000B000000`)
	s := open(t, r, "754/75C")
	for range 3 {
		require.Equal(t, "754/75C 62 01 00 0A 10ms", ask(t, s, "22 01 00"))
	}
	require.Equal(t, "6F1:61/661:F1 6E 30 00 8ms", ask(t, open(t, r, "6F1:61/661:F1"), "2E 30 00 01 02 03 04 05 06 07 08"))
	require.Equal(t, "754/75C 62 01 00 0B 10ms", ask(t, s, "22 01 00"))
}

func TestRepeatedRequestsFollowTheRecordedSequence(t *testing.T) {
	s := open(t, read(t, `
		0   754#0322010000000000 T
		10  75C#0462010001000000
		20  754#0322010000000000 T
		300 754#0322010000000000 T
		310 75C#0462010003000000`), "754/75C")
	for _, want := range []string{
		"754/75C 62 01 00 01 10ms", "silence", "754/75C 62 01 00 03 10ms", "754/75C 62 01 00 03 10ms",
	} {
		require.Equal(t, want, ask(t, s, "22 01 00"))
	}
	require.Equal(t, "never asked", ask(t, s, "22 01 01"))
}

func TestASessionDividesTheRecordingOfItsUnit(t *testing.T) {
	r := read(t, `
		0   754#0322010000000000 T
		10  75C#037F227F00000000
		20  754#0210030000000000 T
		30  75C#065003003201F400
		40  754#0322010000000000 T
		50  75C#046201000A000000
		60  726#0322010000000000 T
		70  72E#0462010001000000
		80  754#0210010000000000 T
		90  75C#065001003201F400
		100 754#0322010000000000 T
		110 75C#037F227F00000000`)
	s := open(t, r, "754/75C")
	require.Equal(t, "754/75C 7F 22 7F 10ms", ask(t, s, "22 01 00"))
	require.Equal(t, "754/75C 7F 22 7F 10ms", ask(t, s, "22 01 00"))
	require.Equal(t, "never asked", ask(t, s, "10 01"), "that came behind the other session")
	require.Equal(t, "726/72E 62 01 00 01 10ms", ask(t, open(t, r, "726/72E"), "22 01 00"), "another unit's session")
	require.Equal(t, "754/75C 50 03 00 32 01 F4 10ms", ask(t, s, "10 03"))
	require.Equal(t, "754/75C 50 03 00 32 01 F4 10ms", ask(t, s, "10 03"), "repeated")
	require.Equal(t, "754/75C 62 01 00 0A 10ms", ask(t, s, "22 01 00"))
	require.Same(t, s, open(t, r, "754/75C"), "opened again it stands where it stood")
	require.Equal(t, "754/75C 50 01 00 32 01 F4 10ms", ask(t, s, "10 01"))
	require.Equal(t, "754/75C 7F 22 7F 10ms", ask(t, s, "22 01 00"))
	require.Equal(t, "never asked", ask(t, s, "10 03"))
}

func TestAnAnswerAnnouncedKeepsItsTimes(t *testing.T) {
	s := open(t, read(t, `
		0    754#0322010000000000 T
		40   75C#037F227800000000
		4000 75C#100A620100414243
		4001 754#3000000000000000 T
		4020 75C#2144454647000000`), "754/75C")
	a, err := s.Ask([]byte{0x22, 1, 0})
	require.NoError(t, err)
	unit := transport.MustAddress("754/75C")
	require.Equal(t, []tape.Event{
		{From: unit, Data: []byte{0x7F, 0x22, 0x78}, First: 40 * time.Millisecond, Last: 40 * time.Millisecond},
		{From: unit, Data: []byte("\x62\x01\x00ABCDEFG"), First: 4 * time.Second, Last: 4020 * time.Millisecond},
	}, a.Events)
}

func TestInterleavedUnitsKeepTheirAnswers(t *testing.T) {
	r := read(t, `
		0  754#0322010000000000 T
		1  726#0322010000000000 T
		10 72E#100A620100313233
		11 75C#100A620100414243
		12 726#3000000000000000 T
		13 754#3000000000000000 T
		20 75C#2144454647000000
		21 72E#2134353637000000`)
	require.Equal(t, "754/75C 62 01 00 41 42 43 44 45 46 47 20ms", ask(t, open(t, r, "754/75C"), "22 01 00"))
	require.Equal(t, "726/72E 62 01 00 31 32 33 34 35 36 37 20ms", ask(t, open(t, r, "726/72E"), "22 01 00"))
}

func TestAnAnswerBelongsToTheLatestRequestThatReachedTheUnit(t *testing.T) {
	const classic = `
		0  7DF#0201000000000000 T
		1  7E8#0641000011223300
		2  7E9#0641000044556600
		10 7E0#0201000000000000 T
		11 7E9#0641000055555500
		12 7E8#0641000077889900
		20 7DF#023E800000000000 T
		21 7E8#0641000099999900
		30 7DF#0209020000000000 T
		31 7E8#037F091200000000
		40 7E1#0201000000000000 T
		41 7E9#0641000066666600`
	r := read(t, classic)
	group, first, second := open(t, r, "7DF/7E8-7EF"), open(t, r, "7E0/7E8"), open(t, r, "7E1/7E9")
	require.Equal(t, "7E0/7E8 41 00 00 11 22 33 1ms; 7E1/7E9 41 00 00 44 55 66 2ms; 7E1/7E9 41 00 00 55 55 55 11ms", ask(t, group, "01 00"))
	require.Equal(t, "7E0/7E8 41 00 00 77 88 99 2ms; 7E0/7E8 41 00 00 99 99 99 11ms", ask(t, first, "01 00"), "3E 80 wants no answer")
	require.Equal(t, "7E0/7E8 7F 09 12 1ms", ask(t, group, "09 02"))
	require.Equal(t, "7E1/7E9 41 00 00 66 66 66 1ms", ask(t, second, "01 00"))

	r = read(t, `
		0  6F1#DF0201000000 T
		1  612#F10641001122
		1.5 612#F1064100112233
		10 6F1#120201000000 T
		11 640#F10241AA
		12 612#F10241BB`)
	require.Equal(t, "6F1:40/640:F1 41 AA 11ms", ask(t, open(t, r, "6F1:DF/600-6FF:F1"), "01 00"))
	require.Equal(t, "6F1:12/612:F1 41 BB 2ms", ask(t, open(t, r, "6F1:12/612:F1"), "01 00"))

	r = read(t, `
		0 18DB33F1#0201000000000000 T
		1 18DAF110#0241AA0000000000
		2 18DAF128#0241BB0000000000
		5 18DA10F1#0201000000000000 T
		6 18DAF110#0241CC0000000000`)
	require.Equal(t, "18DA10F1/18DAF110 41 AA 1ms; 18DA28F1/18DAF128 41 BB 2ms", ask(t, open(t, r, "18DB33F1/18DAF1xx"), "01 00"))
	require.Equal(t, "18DA10F1/18DAF110 41 CC 1ms", ask(t, open(t, r, "18DA10F1/18DAF110"), "01 00"))
}

// TestBrokenAnswers: what ended a reception in the car ends it here. Limits
// are tested a tick to each side.
func TestBrokenAnswers(t *testing.T) {
	const head = `
		0  754#0322010000000000 T
		10 75C#100E620100414243
		11 754#3000000000000000 T
		20 75C#2144454647484900`
	for name, c := range map[string]struct{ rest, want string }{
		"N_WRONG_SN":   {"30 75C#2344454647484900", "754/75C: N_WRONG_SN: got consecutive frame 3, want 2 30ms"},
		"N_Cr, before": {"1019.999 75C#224A000000000000", "754/75C 62 01 00 41 42 43 44 45 46 47 48 49 00 4A 1.019999s"},
		"N_Cr, after":  {"1020.001 75C#224A000000000000", "754/75C: N_Cr expired after 1s waiting for consecutive frame 2 1.02s"},
		"the end":      {"", "754/75C: N_Cr expired after 1s waiting for consecutive frame 2 1.02s"},
		"N_UNEXP_PDU":  {"30 75C#037F221000000000", "754/75C: N_UNEXP_PDU: got single frame, want consecutive frame 2 30ms; 754/75C 7F 22 10 30ms"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, ask(t, open(t, read(t, head+"\n"+c.rest), "754/75C"), "22 01 00"))
		})
	}
}

// TestAMessageThatEndsBehindTheNextRequest: as on a link, it or its failure is
// taken for an answer to that.
func TestAMessageThatEndsBehindTheNextRequest(t *testing.T) {
	const head = `
		0  754#0322010000000000 T
		10 75C#100A620100414243
		11 754#3000000000000000 T
		20 754#0322020000000000 T
		`
	s := open(t, read(t, head+"30 75C#037F221000000000"), "754/75C")
	require.Equal(t, "silence", ask(t, s, "22 01 00"))
	require.Equal(t, "754/75C: N_UNEXP_PDU: got single frame, want consecutive frame 1 10ms; 754/75C 7F 22 10 10ms", ask(t, s, "22 02 00"))

	s = open(t, read(t, head+"30 75C#2144454647000000"), "754/75C")
	a, err := s.Ask([]byte{0x22, 2, 0})
	require.NoError(t, err)
	require.Equal(t, []tape.Event{{
		From: transport.MustAddress("754/75C"), Data: []byte("\x62\x01\x00ABCDEFG"),
		First: -10 * time.Millisecond, Last: 10 * time.Millisecond,
	}}, a.Events)

	s = open(t, read(t, head+"1021 754#0322030000000000 T\n1022 75C#036E010000000000"), "754/75C")
	require.Equal(t, "754/75C: N_Cr expired after 1s waiting for consecutive frame 1 991ms", ask(t, s, "22 02 00"), "before the third was made")

	r := read(t, `
		0  7E0#0322010000000000 T
		10 7E8#100A620100414243
		11 7E0#3000000000000000 T
		20 7DF#0201000000000000 T
		30 7E8#2144454647000000`)
	require.Equal(t, "silence", ask(t, open(t, r, "7DF/7E8-7EF"), "01 00"), "it began for the unit's own tester")
	require.Equal(t, "7E0/7E8 62 01 00 41 42 43 44 45 46 47 30ms", ask(t, open(t, r, "7E0/7E8"), "22 01 00"))
}

func TestFlowControlThatNeverWentEndsTheAnswer(t *testing.T) {
	s := open(t, read(t, `
		0  754#0322010000000000 T
		10 75C#100E620100414243
		20 75C#2144454647484900`), "754/75C")
	require.Equal(t, "754/75C: N_Ar expired after 1s waiting for transmission of flow control 1.01s", ask(t, s, "22 01 00"))
}

// TestUnmarkedFrames: in a recording of somebody else's nothing says which
// frames were requests, but the address does.
func TestUnmarkedFrames(t *testing.T) {
	r := read(t, `
		0  754#0322010000000000
		10 75C#100A620100414243
		20 75C#2144454647000000
		30 754#042E01000B000000
		40 75C#036E010000000000
		50 754#0322010000000000
		60 75C#046201000B000000`)
	require.False(t, r.Facts().Own)
	s := open(t, r, "754/75C")
	for range 2 {
		require.Equal(t, "754/75C 62 01 00 41 42 43 44 45 46 47 20ms", ask(t, s, "22 01 00"))
	}
	require.Equal(t, "754/75C 6E 01 00 10ms", ask(t, s, "2E 01 00 0B"))
	require.Equal(t, "754/75C 62 01 00 0B 10ms", ask(t, s, "22 01 00"))
	require.Equal(t, "never asked", ask(t, open(t, r, "7E0/7E8"), "22 01 00"))
}

func TestAnothersRequestsAreNotOurs(t *testing.T) {
	s := open(t, read(t, `
		0  754#0322010000000000 T
		10 75C#046201000A000000
		20 754#0322020000000000
		30 75C#046202000A000000`), "754/75C")
	require.Equal(t, "never asked", ask(t, s, "22 02 00"))
}

func TestTheClockRunsBackwards(t *testing.T) {
	r := read(t, `
		100000 754#0322010000000000 T
		5      75C#046201000A000000
		100    754#0322010000000000 T
		107    75C#046201000B000000`)
	require.Equal(t, 102*time.Millisecond, r.Facts().Took)
	s := open(t, r, "754/75C")
	require.Equal(t, "754/75C 62 01 00 0A 0s", ask(t, s, "22 01 00"))
	require.Equal(t, "754/75C 62 01 00 0B 7ms", ask(t, s, "22 01 00"))
}

func TestFacts(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want tape.Facts
	}{
		"a lively bus": {"0 123#01\n1 20000088#0000000000000000\n5 123#02\n7 754#02 T\n9 456#", tape.Facts{Took: 9 * time.Millisecond, Frames: 5, Own: true, Errors: 1}},
		"a redacted one": {
			"0 123#00\n1 754#0322F19000000000 T\n2 75C#101462F190000000\n3 6F1#61300000 T\n4 661#F121000000000000",
			tape.Facts{Took: 4 * time.Millisecond, Frames: 5, Own: true, Redacted: true},
		},
		"padding is content": {
			"0 123#00\n1 754#0322F190CCCCCCCC T\n2 75C#101462F190000000",
			tape.Facts{Took: 2 * time.Millisecond, Frames: 3, Own: true},
		},
		"a quiet one": {"0 754#023E00 T\n5 75C#027E00\n6 20000088#0000000000000000", tape.Facts{Took: 6 * time.Millisecond, Frames: 3, Own: true, Quiet: true}},
		"a sleeping one": {
			"0 20000020#0000000000000000\n45 123#01\n46 20000020#0000000000000000\n50 7DF#020100 T\n60 7E8#0641000000000000",
			tape.Facts{Took: 60 * time.Millisecond, Frames: 5, Own: true, Quiet: true, Woken: true},
		},
		"an empty one": {"0 20000020#0000000000000000", tape.Facts{Frames: 1, Quiet: true}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Began = zero
			require.Equal(t, c.want, read(t, c.text).Facts())
		})
	}
	r := read(t, "0 123#01\n5 18DAF110#02\n7 754#02 T\n9 456#")
	require.True(t, r.Heard(0x123, false))
	require.False(t, r.Heard(0x123, true))
	require.True(t, r.Heard(0x18DAF110, true))
	require.False(t, r.Heard(0x456, false), "we had spoken by then")
}

func TestRemarksAreCountedAndFailuresEnd(t *testing.T) {
	broken := errors.New("disk")
	fail := false
	r, err := tape.Read(t.Context(), func() iter.Seq2[can.Rx, error] {
		return func(yield func(can.Rx, error) bool) {
			_ = yield(can.Rx{}, &adapter.RemarkError{Line: 3, Err: errors.New("noise")}) &&
				yield(can.Rx{Frame: can.NewFrame(0x754, 2, 0x3E, 0), Time: zero, Own: true}, nil) &&
				yield(can.Rx{}, &adapter.RemarkError{Line: 9, Err: errors.New("noise")}) &&
				fail && yield(can.Rx{}, broken)
		}
	})
	require.NoError(t, err)
	require.Equal(t, 2, r.Facts().Remarks)
	require.Equal(t, 3, r.Facts().First.Line)
	fail = true
	_, err = r.Open(t.Context(), transport.MustAddress("754/75C"))
	require.ErrorIs(t, err, broken)
	_, err = r.Open(t.Context(), transport.MustAddress("726/72E"))
	require.NoError(t, err, "it does not occur: no need to look")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = tape.Read(ctx, typed(t, "0 123#"))
	require.ErrorIs(t, err, context.Canceled)
	_, err = r.Open(ctx, transport.MustAddress("754/75C"))
	require.ErrorIs(t, err, context.Canceled)
}

// TestAPassEndsBehindTheLastAnswer: a long recording of the car's own traffic
// is not read again for each unit.
func TestAPassEndsBehindTheLastAnswer(t *testing.T) {
	frames := 0
	all := typed(t, `
		0      754#0322010000000000 T
		655000 75C#046201000A000000
		655350 123#
		655351 123#
		655352 123#`)
	r, err := tape.Read(t.Context(), func() iter.Seq2[can.Rx, error] {
		return func(yield func(can.Rx, error) bool) {
			for rx, err := range all() {
				if frames++; !yield(rx, err) {
					return
				}
			}
		}
	})
	require.NoError(t, err)
	require.Equal(t, 5, frames)
	require.Equal(t, "754/75C 62 01 00 0A 10m55s", ask(t, open(t, r, "754/75C"), "22 01 00"))
	require.Equal(t, 5+3, frames)
}

// TestMemoryIsBounded: however often one frame comes.
func TestMemoryIsBounded(t *testing.T) {
	var request, answer can.Rx
	request = can.Rx{Frame: can.NewFrame(0x754, 3, 0x22, 1, 0), Time: zero, Own: true}
	answer = can.Rx{Frame: can.NewFrame(0x75C, 4, 0x62, 1, 0, 9), Time: zero}
	for name, c := range map[string]struct {
		frame can.Rx
		full  bool
	}{"a request": {request, true}, "an answer": {answer, false}} {
		t.Run(name, func(t *testing.T) {
			passes := 0
			r, err := tape.Read(t.Context(), func() iter.Seq2[can.Rx, error] {
				passes++
				return func(yield func(can.Rx, error) bool) {
					if !yield(request, nil) {
						return
					}
					for range 500_000 {
						if !yield(c.frame, nil) {
							return
						}
					}
				}
			})
			require.NoError(t, err)
			s := open(t, r, "754/75C")
			require.Equal(t, c.full, r.Full())
			require.Equal(t, 2, passes)
			a, err := s.Ask([]byte{0x22, 1, 0})
			require.NoError(t, err)
			require.LessOrEqual(t, len(a.Events), 1024)
		})
	}
}

// TestAUnitThatBeginsAnew: flow control for a message that was given up does
// not clear the one that took its place.
func TestAUnitThatBeginsAnew(t *testing.T) {
	s := open(t, read(t, `
		0    754#0322010000000000 T
		10   75C#100A620100414243
		10.1 75C#100A620100414243
		10.2 754#3000000000000000 T
		10.3 75C#2144454647000000
		10.4 754#3000000000000000 T
		10.5 75C#2144454647000000
		2000 754#0322020000000000 T
		2010 75C#100A620200414243
		2011 754#3000000000000000 T
		2020 75C#2144454647000000`), "754/75C")
	require.Equal(t, "754/75C: N_UNEXP_PDU: got first frame, want consecutive frame 1 10.1ms; "+
		"754/75C 62 01 00 41 42 43 44 45 46 47 10.5ms", ask(t, s, "22 01 00"), "the first end came too early")
	require.Equal(t, "754/75C 62 02 00 41 42 43 44 45 46 47 20ms", ask(t, s, "22 02 00"))
}

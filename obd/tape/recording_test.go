package tape_test

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// zero is the time 0 of a recording that a test types in.
var zero = time.Unix(1_700_000_000, 0)

// typed reads lines of milliseconds, frame and, for frames of ours, T.
func typed(t require.TestingT, text string) tape.Source {
	var frames []can.Rx
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		ms, err := strconv.ParseFloat(words[0], 64)
		require.NoError(t, err)
		f, err := can.ParseFrame(words[1])
		require.NoError(t, err)
		frames = append(frames, can.Rx{
			Frame: f, Time: zero.Add(time.Duration(ms * float64(time.Millisecond))), Own: len(words) > 2,
		})
	}
	return source(frames)
}

func source(frames []can.Rx) tape.Source {
	return func() iter.Seq2[can.Rx, error] {
		return func(yield func(can.Rx, error) bool) {
			for _, rx := range frames {
				if !yield(rx, nil) {
					return
				}
			}
		}
	}
}

func read(t *testing.T, text string) *tape.Tape {
	t.Helper()
	r, err := tape.Read(t.Context(), typed(t, text))
	require.NoError(t, err)
	return r
}

func open(t *testing.T, r *tape.Tape, address string) *tape.Side {
	t.Helper()
	s, err := r.Open(t.Context(), transport.MustAddress(address))
	require.NoError(t, err)
	return s
}

func hex(t *testing.T, text string) []byte {
	t.Helper()
	var b []byte
	_, err := fmt.Sscanf(strings.ReplaceAll(text, " ", ""), "%X", &b)
	require.NoError(t, err)
	return b
}

// ask writes an answer down: each message with who sent it and when it was
// whole, "silence", or "never asked".
func ask(t *testing.T, s *tape.Side, request string) string {
	t.Helper()
	a, err := s.Ask(hex(t, request))
	if err != nil {
		require.ErrorIs(t, err, tape.ErrNeverAsked)
		return "never asked"
	}
	if len(a.Events) == 0 {
		return "silence"
	}
	var all []string
	for _, e := range a.Events {
		if e.Err != nil {
			all = append(all, fmt.Sprintf("%v %v", e.Err, e.Last))
			continue
		}
		all = append(all, fmt.Sprintf("%s % X %v", e.From, e.Data, e.Last))
	}
	return strings.Join(all, "; ")
}

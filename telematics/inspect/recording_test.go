package inspect_test

import (
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// tape is a recording that a test makes up.
type tape func(yield func(can.Rx, error) bool)

func (tape) Info() adapter.Info {
	return adapter.Info{URI: "replay:tape", Kind: adapter.KindRecording, Description: "made up"}
}
func (tape) Close() error                       { return nil }
func (t tape) Frames() iter.Seq2[can.Rx, error] { return iter.Seq2[can.Rx, error](t) }

func at(ms int, f can.Frame) can.Rx {
	return can.Rx{Frame: f, Time: time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond)}
}

func TestRecordingRemarks(t *testing.T) {
	i, err := inspect.Recording(tape(func(yield func(can.Rx, error) bool) {
		_ = yield(at(0, can.NewFrame(0x123, 1)), nil) &&
			yield(can.Rx{}, &adapter.RemarkError{Line: 2, Err: errors.New("noise")}) &&
			yield(at(1500, can.NewFrame(0x123, 2)), nil)
	}), options(t))
	require.NoError(t, err)
	require.Equal(t, int64(1500), i.DurationMS, "the recording's own")
	require.Equal(t, []telematics.FindingID{telematics.RecordingLine, telematics.NothingAsked}, findings(i))
}

func TestRecordingBreaksOff(t *testing.T) {
	broken := errors.New("disk")
	_, err := inspect.Recording(tape(func(yield func(can.Rx, error) bool) { yield(can.Rx{}, broken) }), options(t))
	require.ErrorIs(t, err, broken)
}

// TestRecordingTooFull: what is left out is told.
func TestRecordingTooFull(t *testing.T) {
	i, err := inspect.Recording(tape(func(yield func(can.Rx, error) bool) {
		for id := range 20_000 {
			f := can.NewFrame(0x18000000+uint32(id), 0x03, 0x22, 0xF1, 0x90, 0, 0, 0, 0)
			if !yield(at(id/10, f), nil) {
				return
			}
		}
	}), options(t))
	require.NoError(t, err)
	require.Contains(t, findings(i), telematics.RecordingFull)
}

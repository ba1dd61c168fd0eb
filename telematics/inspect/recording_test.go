package inspect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
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

// typed is a recording of frames in candump's form, 10 ms apart.
func typed(t *testing.T, frames ...string) tape {
	t.Helper()
	return func(yield func(can.Rx, error) bool) {
		for i, text := range frames {
			f, err := can.ParseFrame(text)
			require.NoError(t, err, text)
			if !yield(at(10*i, f), nil) {
				return
			}
		}
	}
}

func recorded(t *testing.T, rec tape, o inspect.Options) *telematics.Inspection {
	t.Helper()
	i, err := inspect.Recording(rec, o)
	require.NoError(t, err)
	c := i.Coverage
	require.Equal(t, c.Asked, c.Answered+c.Refused+c.Silent)
	requireGoldenForm(t, i)
	return i
}

func requireGoldenForm(t *testing.T, i *telematics.Inspection) {
	t.Helper()
	out, err := json.Marshal(i)
	require.NoError(t, err)
	requireSchema(t, out)
}

func finding(i *telematics.Inspection, id telematics.FindingID) telematics.Finding {
	for _, f := range i.Findings {
		if f.ID == id {
			return f
		}
	}
	return telematics.Finding{}
}

// converted turns PEAK TRC 1.1 (number, milliseconds, type, identifier, length,
// data) into candump's log form. Identifiers of 11 bits have four digits, of 29
// bits eight.
func converted(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../../shared/traces/" + name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("UNTETHER_REQUIRE_SHARED") != "1" {
		t.Skipf("no recording %s beside the checkout", name)
	}
	require.NoError(t, err)
	var out strings.Builder
	for line := range strings.Lines(string(b)) {
		w := strings.Fields(line)
		if len(w) < 5 || w[2] != "Rx" {
			continue
		}
		var ms float64
		_, err := fmt.Sscan(w[1], &ms)
		require.NoError(t, err)
		id := w[3]
		if len(id) == 4 {
			id = id[1:]
		}
		fmt.Fprintf(&out, "(%.6f) can0 %s#%s\n", ms/1000, id, strings.Join(w[5:], ""))
	}
	return out.String()
}

func logged(text string) tape {
	return func(yield func(can.Rx, error) bool) {
		r := canlog.NewReader(strings.NewReader(text))
		for {
			rec, err := r.Next()
			if errors.Is(err, io.EOF) || !yield(rec.Rx, err) {
				return
			}
		}
	}
}

// A workshop's recording that begins behind a request and ends behind one.
func TestAMitsubishiPolledInKWP(t *testing.T) {
	i := recorded(t, logged(converted(t, "eldominio-canbuslogs/evox-newww-idle.trc")), options(t))
	require.Equal(t, []telematics.Unit{
		{Role: "other", Name: "784/785", Address: "784/785", Dialect: "kwp", Answered: true, DistinctReads: 1},
	}, i.Units)
	require.Equal(t, telematics.Coverage{Asked: 40, Answered: 39, Silent: 1}, i.Coverage)
	require.Equal(t, []telematics.FindingID{telematics.NothingAsked, telematics.HalfHeard}, findings(i))
	half := finding(i, telematics.HalfHeard)
	require.Equal(t, "784/785", half.Unit)
	require.Equal(t, "Answers without their request in the recording: 1. Requests without an answer: 1.", half.Summary)
}

// long cuts a message into classic frames, as ISO-TP has them.
func long(head, message string) (frames []string) {
	frames = append(frames, fmt.Sprintf("%s1%03X%X", head, len(message), message[:6]))
	message = message[6:]
	for n := 1; len(message) > 0; n++ {
		cut := min(7, len(message))
		frames = append(frames, fmt.Sprintf("%s2%X%X", head, n&0xF, message[:cut]))
		message = message[cut:]
	}
	return frames
}

// roverVIN makes the profile of the make the car's.
const roverVIN = "SALXK2N01GH271845"

// Only the answers were recorded: what names itself is used.
func TestRecordedAnswersAlone(t *testing.T) {
	i := recorded(t, typed(t, long("7E8#", "\x62\xF1\x90"+roverVIN)...), options(t))
	require.Equal(t, roverVIN, i.Vehicle.VIN)
	require.Equal(t, "7E0 22 F190", i.Vehicle.VINSource)
	require.Equal(t, []telematics.Unit{
		{Role: "engine", Name: "OBD", Address: "7E0/7E8", Dialect: "uds", Answered: true, DistinctReads: 1},
	}, i.Units)
	require.Equal(t, roverVIN, identifier(i, "OBD", telematics.KindVIN).Masked)
	require.Zero(t, i.Coverage, "no request was recorded")
	require.Equal(t, "OBD", finding(i, telematics.OnlyAnswers).Unit)
	require.NotContains(t, findings(i), telematics.HalfHeard)
}

func TestACarRecognisedByWhatSomebodyElseWasAnswered(t *testing.T) {
	_, log := record(t, load(t, "nissan-leaf-2013"), func(*car.Car) {})
	i := recorded(t, logged(log), options(t))
	require.Empty(t, i.Vehicle.VIN)
	require.Equal(t, "Nissan", i.Vehicle.Make)
	require.Equal(t, telematics.MatchedByFingerprint, i.Profile.MatchedBy)
	require.Equal(t, telematics.Active, i.Telematics.Services)
}

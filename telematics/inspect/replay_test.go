package inspect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// tapped is a socket whose frames are recorded.
type tapped struct {
	socket
	out *canlog.Writer
}

func (s tapped) OpenBus(ctx context.Context, c adapter.BusConfig) (can.Bus, error) {
	bus, err := s.socket.OpenBus(ctx, c)
	return canlog.Tap(bus, s.out), err
}

// record inspects a car in virtual time and gives the recording of it too.
func record(t *testing.T, s *car.Scenario, meddle func(*car.Car)) (i *telematics.Inspection, log string) {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(s, car.Options{Seed: 1})
		require.NoError(t, err)
		meddle(c)
		at := tapped{socket{c, s.ID}, canlog.Log.NewWriter(&out, replay.Recorder, nil)}
		up, err := bringup.Up(t.Context(), at)
		require.NoError(t, err)
		i, err = inspect.Car(t.Context(), up, at.Info(), options(t))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, up.Link.Close())
		require.NoError(t, c.Close())
		require.NoError(t, at.out.Flush())
	})
	return i, out.String()
}

// keep puts a recording into a file.
func keep(t *testing.T, log string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "drive.log")
	require.NoError(t, os.WriteFile(path, []byte(log), 0o600))
	return path
}

func again(t *testing.T, uri string) *telematics.Inspection {
	t.Helper()
	a, err := adapter.Registry{"replay": replay.Open}.Open(t.Context(), uri)
	require.NoError(t, err)
	if passive, ok := a.(adapter.Recording); ok {
		i, err := inspect.Recording(passive, options(t))
		require.NoError(t, err)
		require.NoError(t, a.Close())
		return i
	}
	up, err := bringup.Over(t.Context(), a.(adapter.Linker))
	require.NoError(t, err)
	i, err := inspect.Car(t.Context(), up, a.Info(), options(t))
	require.NoError(t, err)
	require.NoError(t, up.Link.Close())
	require.NoError(t, a.Close())
	return i
}

// requireSame compares all that an inspection says of a car; the advice also
// depends on what was inspected.
func requireSame(t *testing.T, want, got *telematics.Inspection) {
	t.Helper()
	of := func(i *telematics.Inspection) telematics.Inspection {
		c := *i
		c.Adapter, c.Started, c.DurationMS, c.Advice = adapter.Info{}, time.Time{}, 0, nil
		return c
	}
	require.Empty(t, cmp.Diff(of(want), of(got)))
}

// TestEachCarReplayed: a recording of an inspection gives the same inspection.
func TestEachCarReplayed(t *testing.T) {
	for _, info := range car.List() {
		t.Run(info.ID, func(t *testing.T) {
			live, log := record(t, load(t, info.ID), func(*car.Car) {})
			path := keep(t, log)
			fast := again(t, "replay:"+path+"?speed=1000")
			requireSame(t, live, fast)
			require.Equal(t, adapter.KindRecording, fast.Adapter.Kind)
			require.Equal(t, live.Started.Year(), fast.Started.Year(), "of the recording")

			first, err := json.Marshal(fast)
			require.NoError(t, err)
			second, err := json.Marshal(again(t, "replay:"+path+"?speed=1000"))
			require.NoError(t, err)
			require.Equal(t, string(first), string(second))
			requireSchema(t, first)

			// Reading a regular file stops no virtual time.
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				requireSame(t, live, again(t, "replay:"+path))
				require.Greater(t, time.Since(began), 100*time.Millisecond, "recorded latencies pass")
			})
		})
	}
}

func TestASleepingCarReplayed(t *testing.T) {
	live, log := record(t, load(t, "two-modems-2021"), func(c *car.Car) { c.Sleep() })
	require.Contains(t, findings(live), telematics.BusAsleep)
	requireSame(t, live, again(t, "replay:"+keep(t, log)+"?speed=1000"))
}

// TestARedactedRecordingReplayed: who answers and what is refused is there, the
// content is not. No value may be made of what is blanked.
func TestARedactedRecordingReplayed(t *testing.T) {
	for _, info := range car.List() {
		t.Run(info.ID, func(t *testing.T) {
			_, log := record(t, load(t, info.ID), func(*car.Car) {})
			path := keep(t, redacted(t, log))
			for _, uri := range []string{"replay:" + path + "?speed=1000", "replay:" + path + "?mode=passive"} {
				requireNoValues(t, again(t, uri))
			}
		})
	}
}

func requireNoValues(t *testing.T, i *telematics.Inspection) {
	t.Helper()
	require.Contains(t, findings(i), telematics.RecordingRedacted)
	require.Empty(t, i.Identifiers)
	require.Empty(t, i.Signals)
	require.Empty(t, i.TroubleCodes)
	require.Empty(t, i.Vehicle.VIN)
	require.Equal(t, telematics.Unknown, i.Telematics.Services)
	for _, f := range i.Findings {
		require.NotContains(t, []telematics.FindingID{
			telematics.VINWiped, telematics.VINSwapped, telematics.IdentifierBlank, telematics.IdentifierInvalid,
			telematics.AnswerMalformed, telematics.ValueUnknown, telematics.SupplyStop, telematics.SupplyLow,
		}, f.ID, f.Unit)
	}
}

func redacted(t *testing.T, log string) string {
	t.Helper()
	var out bytes.Buffer
	extended := func(f *can.Frame) bool { return f.ID == 0x6F1 || f.ID>>8 == 6 && f.Data[0] == 0xF1 }
	w := canlog.Log.NewWriter(&out, replay.Recorder, canlog.Redact(extended))
	r := canlog.NewReader(strings.NewReader(log))
	for rec, err := r.Next(); err == nil; rec, err = r.Next() {
		require.NoError(t, w.Write(&rec.Rx))
	}
	require.NoError(t, w.Flush())
	return out.String()
}

// TestARecordingBrokenOff: what comes behind the break was never asked. That is
// told, and nothing is taken for silence.
func TestARecordingBrokenOff(t *testing.T) {
	live, log := record(t, load(t, "bmw-5-2017"), func(*car.Car) {})
	lines := strings.SplitAfter(log, "\n")
	for part := 1; part < 7; part++ { // the last eighth has the car's own traffic only
		t.Run(fmt.Sprintf("%d of 8", part), func(t *testing.T) {
			cut := strings.Join(lines[:len(lines)*part/8], "")
			i := again(t, "replay:"+keep(t, cut+"(17000000")+"?speed=1000")
			require.Contains(t, findings(i), telematics.RecordingLine)
			require.Contains(t, findings(i), telematics.NotRecorded)
			require.NotContains(t, findings(i), telematics.SessionLeft)
			require.Subset(t, live.Identifiers, i.Identifiers)
			require.Subset(t, live.Signals, i.Signals)
			c := i.Coverage
			require.Equal(t, c.Asked, c.Answered+c.Refused+c.Silent)
			require.LessOrEqual(t, c.Silent, live.Coverage.Silent+lanes, "at the break a request of each lane may be open")
		})
	}
}

// lanes is how many units are asked side by side.
const lanes = 4

// TestARecordingWithoutUnits: where nobody asked the car's units, they are not
// silent; that nobody asked is told.
func TestARecordingWithoutUnits(t *testing.T) {
	i := again(t, "replay:"+keep(t, "(1.0) untether 7DF#0201050000000000 T\n(1.1) untether 7E8#0341055A00000000\n")+"?speed=1000")
	require.Equal(t, []telematics.FindingID{telematics.VINMissing, telematics.NotRecorded, telematics.NothingAsked}, findings(i))
}

// lacking takes a request, and what came of it until the next one, out of the
// recorded conversation 754/75C.
func lacking(t *testing.T, log, request string) string {
	t.Helper()
	var out strings.Builder
	dropping, dropped := false, 0
	for line := range strings.Lines(log) {
		_, frame, _ := strings.Cut(line, " untether ")
		ours := strings.HasPrefix(frame, "754#")
		if ours && !strings.HasPrefix(frame, "754#3") {
			dropping = strings.HasPrefix(frame, "754#"+request)
		}
		if dropping && (ours || strings.HasPrefix(frame, "75C#")) {
			dropped++
			continue
		}
		out.WriteString(line)
	}
	require.Positive(t, dropped)
	return out.String()
}

// TestARequestThatTheRecordingLacks: the unit is neither silent nor left alone
// for it, and it does not count.
func TestARequestThatTheRecordingLacks(t *testing.T) {
	for name, c := range map[string]struct{ car, request, told string }{
		"the first of a unit":       {"land-rover-discovery-2016", "0322F190", "TCU 22 F190"},
		"another":                   {"land-rover-discovery-2016", "0322F18C", "TCU 22 F18C"},
		"whether anybody is there":  {"two-modems-2021", "023E00", "TCU 754/75C 3E 00"},
		"trouble codes of the unit": {"land-rover-discovery-2016", "03190", "TCU 19 020D"},
	} {
		t.Run(name, func(t *testing.T) {
			live, log := record(t, load(t, c.car), func(*car.Car) {})
			i := again(t, "replay:"+keep(t, lacking(t, log, c.request))+"?speed=1000")
			require.Equal(t, live.Coverage.Asked-1, i.Coverage.Asked)
			require.Equal(t, live.Coverage.Silent, i.Coverage.Silent)
			require.Len(t, i.Units, len(live.Units))
			require.Equal(t, live.Telematics, i.Telematics)
			require.Subset(t, live.Identifiers, i.Identifiers)
			n := 0
			for _, f := range i.Findings {
				if f.ID == telematics.NotRecorded {
					n++
					require.Contains(t, f.Summary, " 1, the first "+c.told+".")
					continue
				}
				require.Contains(t, live.Findings, f)
			}
			require.Equal(t, 1, n)
		})
	}
}

// TestASessionThatTheRecordingLacks: where the way into it or out of it is
// missing, no unit is said to have been left in it.
func TestASessionThatTheRecordingLacks(t *testing.T) {
	_, log := record(t, load(t, "nissan-leaf-2013"), func(*car.Car) {})
	lines := strings.SplitAfter(log, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], "#0210") && strings.HasSuffix(lines[i], " T\n") {
			lines = lines[:i] // the last change of session, and all that follows
			break
		}
	}
	i := again(t, "replay:"+keep(t, strings.Join(lines, ""))+"?speed=1000")
	require.NotContains(t, findings(i), telematics.SessionLeft)
}

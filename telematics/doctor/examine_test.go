package doctor

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics/message"
)

// examined is a report on a patient. What the car was asked is what a bring-up
// asks.
func examined(t *testing.T, p patient, o Options) (report *Report, err error) {
	t.Helper()
	p.treat(t, func(t *testing.T, c *car.Car, d *elm327.Dongle) {
		t.Helper()
		report, err = Examine(t.Context(), d, o)
		for _, e := range c.Journal() {
			require.Equal(t, []byte{0x01, 0x00}, e.Data, "asked %s", e.Unit)
			require.False(t, o.NoCar)
		}
	})
	return report, err
}

func TestEveryDongle(t *testing.T) {
	for _, dongle := range velm.Names() {
		t.Run(dongle, func(t *testing.T) {
			report, err := examined(t, patient{scenario: "bmw-5-2017", dongle: dongle}, options(t))
			require.NoError(t, err)
			require.NoError(t, valid(t, ReportSchemaJSON, report))
			require.Equal(t, CarMet, report.Car.State)
			require.Equal(t, 500_000, report.Car.Bitrate)
			require.Zero(t, report.Dialogue.Lost)
			if dongle == "stn1110" || dongle == "clone-1.5" {
				goldenReport(t, dongle, report)
			}
		})
	}
}

func TestEverySLCANDongle(t *testing.T) {
	for _, dongle := range vslcan.Names() {
		t.Run(dongle, func(t *testing.T) {
			report := overSLCAN(t, dongle)
			require.NoError(t, valid(t, ReportSchemaJSON, report))
			require.Equal(t, CarMet, report.Car.State)
			if dongle == "canable" {
				goldenReport(t, dongle, report)
			}
		})
	}
}

// goldenReport compares what does not depend on what the car happened to send.
func goldenReport(t *testing.T, dongle string, r *Report) {
	t.Helper()
	steady := *r
	steady.DurationMS, steady.Car.Load = 0, 0
	text, err := json.MarshalIndent(steady, "", "  ")
	require.NoError(t, err)
	golden(t, "doctor-"+dongle+".json", append(text, '\n'))
}

func TestGrades(t *testing.T) {
	for dongle, want := range map[string]struct {
		grade Grade
		clone Answer
	}{
		"elm-1.4b": {Full, No}, "elm-2.2": {Full, No}, "stn1110": {Full, No}, "stn2255": {Full, No}, "vlinker": {Full, No},
		"clone-1.5": {Usable, Yes}, "clone-2.1": {Usable, Yes}, "wifi-clone": {Usable, Yes},
	} {
		t.Run(dongle, func(t *testing.T) {
			o := options(t)
			o.NoCar = true
			report, err := examined(t, patient{scenario: "nissan-leaf-2013", dongle: dongle}, o)
			require.NoError(t, err)
			require.Equal(t, want.grade, report.Grade, "%v", report.Reasons)
			require.Equal(t, want.clone, report.Clone)
			require.Equal(t, CarNotAsked, report.Car.State)
		})
	}
}

// TestPoor: what has neither flow control for others nor frames of our own
// making is good for the emission units alone.
func TestPoor(t *testing.T) {
	o := options(t)
	o.NoCar = true
	report, err := examined(t, patient{scenario: "bmw-5-2017", dongle: "elm-2.2", fault: "lacks:CAF,CFC,FCSH,FCSD,FCSM"}, o)
	require.NoError(t, err)
	require.NoError(t, valid(t, ReportSchemaJSON, report))
	require.Equal(t, Poor, report.Grade)
	require.Equal(t, Yes, report.Clone)
	require.Contains(t, report.Advice, o.Printer.Text(message.MendReach))
	for _, m := range report.Makes {
		for _, u := range m.Units {
			emission := strings.HasPrefix(u.Address, "7E") || strings.HasPrefix(u.Address, "18DA")
			require.Equal(t, emission, u.Can, "%v %s", m.Makes, u.Address)
			require.Equal(t, u.Can, u.Why == "")
			require.Equal(t, u.Can, u.Summary == "")
		}
	}
	first, last := report.Makes[0], report.Makes[len(report.Makes)-1]
	require.Equal(t, []string{"BMW", "MINI"}, first.Makes)
	require.Equal(t, Nobody, first.Reach)
	require.Empty(t, last.Makes)
	require.Equal(t, All, last.Reach)
}

// TestLoss: answers that do not come are counted, and make it poor.
func TestLoss(t *testing.T) {
	o := options(t)
	o.NoCar = true
	report, err := examined(t, patient{scenario: "bmw-5-2017", dongle: "elm-2.2", fault: "swallowed-prompt"}, o)
	require.NoError(t, err)
	require.Positive(t, report.Dialogue.Lost)
	require.Equal(t, pings-report.Dialogue.Lost, report.Dialogue.Latency.Count)
	require.Equal(t, Poor, report.Grade)
	require.Contains(t, report.Advice, o.Printer.Text(message.MendLoss))
}

// TestWithoutVoltage: what does not measure is told, and is no worse for that.
func TestWithoutVoltage(t *testing.T) {
	o := options(t)
	o.NoCar = true
	report, err := examined(t, patient{scenario: "bmw-5-2017", dongle: "elm-2.2", fault: "lacks:RV"}, o)
	require.NoError(t, err)
	require.NoError(t, valid(t, ReportSchemaJSON, report))
	require.Nil(t, report.Supply)
	require.True(t, slices.ContainsFunc(report.Reasons, func(r Reason) bool { return r.ID == NoVoltage }))
}

// TestAController is examined by what it meets.
func TestAController(t *testing.T) {
	for name, c := range map[string]struct {
		bitrate int
		frame   can.Frame
		want    CarState
	}{
		"a car":                           {500_000, can.NewFrame(0x123, 1), CarMet},
		"another bit rate":                {125_000, can.NewFrame(0x123, 1), CarGarbled},
		"CAN FD, which it does not speak": {500_000, can.Frame{ID: 0x123, Flags: can.FD, Len: 12}, CarGarbled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &socket{seg: vbus.New(vbus.Config{Bitrate: c.bitrate})}
				s.seg.Attach("listener")
				unit := s.seg.Attach("unit")
				defer s.Close()
				defer serve(func(ctx context.Context) {
					for unit.Send(ctx, c.frame) == nil {
						time.Sleep(10 * time.Millisecond)
					}
				})()
				report, err := Examine(t.Context(), s, options(t))
				require.NoError(t, err)
				require.NoError(t, valid(t, ReportSchemaJSON, report))
				require.Equal(t, c.want, report.Car.State)
				require.Nil(t, report.Dialogue)
				require.Equal(t, Full, report.Grade)
			})
		})
	}
}

// TestEveryFault: whatever a dongle does, there is an end and a report that
// holds what was learned.
func TestEveryFault(t *testing.T) {
	for _, f := range velm.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			report, err := examined(t, patient{scenario: "bmw-5-2017", dongle: "elm-2.2", fault: f.Name}, options(t))
			if report == nil {
				t.Logf("the dongle could not be opened: %v", err)
				return
			}
			require.NoError(t, valid(t, ReportSchemaJSON, report))
			if err != nil {
				require.Contains(t, []CarState{CarUnknown, CarNotAsked}, report.Car.State, "%v", err)
				require.Equal(t, Poor, report.Grade, "%v", err)
				require.NotContains(t, report.Advice, options(t).Printer.Text(message.MendNothing), "%v", err)
			}
		})
	}
}

func TestSupply(t *testing.T) {
	for millivolts, want := range map[int]SupplyState{
		5_999: SupplyNone, 6_000: SupplyStop, 11_799: SupplyStop, 11_800: SupplyLow, 12_199: SupplyLow, 12_200: SupplyGood,
	} {
		require.Equal(t, want, JudgeSupply(millivolts), "%d", millivolts)
	}
	o := options(t)
	for millivolts, advice := range map[int]message.ID{
		4_100: message.MendNoSupply, 11_500: message.MendLowSupply, 12_100: message.MendLowSupply, 12_600: message.MendNothing,
	} {
		report, err := examined(t, patient{
			scenario: "bmw-5-2017", dongle: "elm-2.2", prepare: func(c *car.Car) { c.Supply(millivolts) },
		}, o)
		require.NoError(t, err)
		require.Equal(t, millivolts, report.Supply.Millivolts)
		require.Equal(t, o.Printer.Text(advice), report.Advice[0])
	}
}

// TestNoCar: that nobody answers is told, and no failure.
func TestNoCar(t *testing.T) {
	report, err := examined(t, patient{scenario: "bmw-5-2017", dongle: "elm-2.2", alone: true}, options(t))
	require.NoError(t, err)
	require.NoError(t, valid(t, ReportSchemaJSON, report))
	require.Equal(t, CarAbsent, report.Car.State)
	require.Equal(t, Full, report.Grade, "that is not the dongle's fault")
}

func TestARecordingIsNoAdapter(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.log")
	require.NoError(t, os.WriteFile(file, []byte("(1669200000.000000) can0 123#00\n"), 0o600))
	u, err := adapter.ParseURI("replay:" + file)
	require.NoError(t, err)
	recording, err := replay.Open(t.Context(), u)
	require.NoError(t, err)
	_, err = Examine(t.Context(), recording, options(t))
	require.ErrorIs(t, err, ErrNoHardware)
	require.NoError(t, recording.Close())
}

// TestFrames: who carries frames reaches every unit at the usual pins.
func TestFrames(t *testing.T) {
	report := overSLCAN(t, "lawicel")
	for _, m := range report.Makes {
		for _, u := range m.Units {
			require.True(t, u.Can || u.Why == OtherPins, "%v %s", m.Makes, u.Address)
		}
	}
	require.Equal(t, Full, report.Grade)
	report = overSLCAN(t, "canable")
	require.Equal(t, Usable, report.Grade)
	require.True(t, slices.ContainsFunc(report.Reasons, func(r Reason) bool { return r.ID == NoAcknowledge }))
}

func TestEveryReasonHasAWeight(t *testing.T) {
	require.Equal(t, Full, grade(nil))
	require.Equal(t, Full, grade([]Reason{{ID: IsSTN}}))
	require.Equal(t, Usable, grade([]Reason{{ID: NotSilent}, {ID: IsSTN}}))
	require.Equal(t, Poor, grade([]Reason{{ID: NotSilent}, {ID: LosesAnswers}, {ID: IsSTN}}))
}

func TestClaimedVersion(t *testing.T) {
	for banner, want := range map[string]int{
		"ELM327 v1.5": 150, "ELM327 v1.4b": 142, "ELM327 v2.1": 210, "OBDII v1.3a": 131, "": 0, "v": 0, "v1": 0, "vlinker 2.2": 0,
	} {
		require.Equal(t, want, claimed(banner), banner)
	}
}

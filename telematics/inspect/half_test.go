package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// overheard inspects a car and gives, besides, every frame on its bus.
func overheard(t *testing.T, name string, o inspect.Options) (live *telematics.Inspection, frames []can.Rx) {
	t.Helper()
	done := make(chan struct{})
	live, err := driveWith(t.Context(), t, load(t, name), o, func(c *car.Car) {
		bus, err := c.Connect(0, true)
		require.NoError(t, err)
		go func() {
			defer close(done)
			frames = collect(bus)
		}()
	})
	require.NoError(t, err)
	<-done
	return live, frames
}

// collect takes frames until the bus is closed.
func collect(bus can.Bus) (frames []can.Rx) {
	for {
		rx, err := bus.Recv(context.Background())
		var dropped *can.DroppedError
		switch {
		case errors.As(err, &dropped):
		case err != nil:
			return frames
		default:
			frames = append(frames, rx)
		}
	}
}

// sides gives the identifiers on which anybody may be asked, and may answer.
func sides(o inspect.Options) (requests, responses map[uint32]bool) {
	requests, responses = map[uint32]bool{0x7DF: true, 0x18DB33F1: true}, map[uint32]bool{}
	note := func(units []profiles.Unit) {
		for _, u := range units {
			requests[u.Address.TX], responses[u.Address.RX] = true, true
		}
	}
	for id := range uint32(8) {
		requests[0x7E0+id], responses[0x7E8+id] = true, true
	}
	for _, p := range o.Profiles.All() {
		note(p.Units)
	}
	note(o.Profiles.Candidates("", profiles.Network{}))
	note(o.Profiles.VINUnits())
	return requests, responses
}

func without(frames []can.Rx, ids map[uint32]bool) tape {
	return func(yield func(can.Rx, error) bool) {
		for _, rx := range frames {
			if !ids[rx.Frame.ID] && !yield(rx, nil) {
				return
			}
		}
	}
}

func values(i *telematics.Inspection) (all []string) {
	for _, id := range i.Identifiers {
		all = append(all, fmt.Sprint(id.Kind, id.Value, id.Request))
	}
	for _, s := range i.Signals {
		all = append(all, fmt.Sprint(s.Name, s.Value, s.Raw, s.Request))
	}
	return all
}

// A recorder that missed what its own side sent. What is told of the car then
// is less, and never something else.
func TestHalfOfAnInspectionIsNeverWrong(t *testing.T) {
	for _, info := range car.List() {
		t.Run(info.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := options(t)
				o.Reveal = true
				live, frames := overheard(t, info.ID, o)
				requests, responses := sides(o)

				o.Profile = live.Profile.ID
				answers := recorded(t, without(frames, requests), o)
				require.NotEmpty(t, answers.Units)
				require.Contains(t, findings(answers), telematics.OnlyAnswers)
				require.Equal(t, len(values(live)) > 0, len(values(answers)) > 0)
				require.Subset(t, values(live), values(answers))
				t.Logf("%d of %d values", len(values(answers)), len(values(live)))
				if answers.Vehicle.VIN != "" {
					require.Equal(t, live.Vehicle.VIN, answers.Vehicle.VIN)
				}

				asked := recorded(t, without(frames, responses), o)
				require.Empty(t, values(asked))
				for _, u := range asked.Units {
					require.False(t, u.Answered, u.Address)
				}

				both := requests
				for id := range responses {
					both[id] = true
				}
				require.Empty(t, recorded(t, without(frames, both), o).Units, "the car's own traffic")
			})
		})
	}
}

func short(head, message string) string { return fmt.Sprintf("%s%02X%X", head, len(message), message) }

func rover(t *testing.T) inspect.Options {
	t.Helper()
	o := options(t)
	o.Profile = "jaguar-land-rover"
	return o
}

// The profile knows which unit answers there; the pair was not heard.
func TestRecordedAnswersOfATelematicsUnit(t *testing.T) {
	frames := slices.Concat(long("75C#", "\x62\xF1\x90"+roverVIN), long("75C#", "\x62\xF1\x8CTC16030550714"))
	i := recorded(t, typed(t, frames...), rover(t))
	require.Equal(t, []telematics.Unit{
		{Role: "telematics", Name: "TCU", Address: "?/75C", Dialect: "uds", Answered: true, DistinctReads: 2},
	}, i.Units)
	require.Equal(t, "TC16030550714", identifier(i, "TCU", telematics.KindSerial).Masked)
	require.Equal(t, telematics.Yes, i.Telematics.Fitted)
	require.Empty(t, i.Vehicle.VIN, "a telematics unit's VIN is not the car's")
	require.NotContains(t, findings(i), telematics.NothingAsked)
}

// An answer may hold more identifiers than the one that it begins with.
func TestValuesThatDoNotStandAloneAreNotUsed(t *testing.T) {
	certain := long("7E8#", "\x62\xF1\x87ZZ32-19C112-AB")
	for name, answer := range map[string]string{
		"a VIN and more":                         "\x62\xF1\x90" + roverVIN + "\xF1\x8C123",
		"a VIN too short":                        "\x62\xF1\x90" + roverVIN[:16],
		"text and an identifier of the standard": "\x62\xF1\x8CTC16030550714\xF1\x88ABC",
		"text and what is no letter":             "\x62\xF1\x8CTC16030550714\x01",
		"text behind padding":                    "\x62\xF1\x8CTC16030550714\x00\x00ABC",
	} {
		t.Run(name, func(t *testing.T) {
			i := recorded(t, typed(t, append(certain, long("7E8#", answer)...)...), options(t))
			require.Empty(t, i.Vehicle.VIN)
			require.Empty(t, i.Identifiers)
			require.Equal(t, 2, i.Units[0].DistinctReads)
		})
	}
}

func TestTornAnswersAloneAreNotUsed(t *testing.T) {
	vin := long("7E8#", "\x62\xF1\x90"+roverVIN)
	i := recorded(t, typed(t, append(long("7E8#", "\x62\xF1\x8C0123456789"), vin[0], vin[2])...), options(t))
	require.Empty(t, i.Vehicle.VIN)
	require.Empty(t, i.Identifiers)
	require.Contains(t, finding(i, telematics.SequenceBroken).Summary, "22 F190")
}

func TestRecordedRequestsAlone(t *testing.T) {
	i := recorded(t, typed(t, short("7E0#", "\x3E\x00"), short("7E0#", "\x22\xF1\x90"), short("7E0#", "\x22\xF1\x8C")), options(t))
	require.Equal(t, []telematics.Unit{{Role: "engine", Name: "OBD", Address: "7E0/7E8", Dialect: "uds"}}, i.Units)
	require.Equal(t, telematics.Coverage{Asked: 3, Silent: 3}, i.Coverage)
	require.Contains(t, findings(i), telematics.OnlyRequests)
	require.NotContains(t, findings(i), telematics.UnitSilent, "whether it answered is not known")
}

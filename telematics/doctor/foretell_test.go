package doctor

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// TestForetold: an inspection refuses exactly those units that the doctor said
// are out of reach, over dongles that can do less and less.
func TestForetold(t *testing.T) {
	refused := 0
	for name, fault := range map[string]string{
		"all of it":                        "",
		"no frames as they are":            "lacks:CAF,CFC",
		"no flow control of its own":       "lacks:FCSH,FCSD,FCSM",
		"neither":                          "lacks:CAF,CFC,FCSH,FCSD,FCSM",
		"neither, nor an address in front": "lacks:CAF,CFC,FCSH,FCSD,FCSM,CEA",
	} {
		for _, info := range car.List() {
			t.Run(info.ID+"/"+name, func(t *testing.T) {
				report, got := foretold(t, patient{scenario: info.ID, dongle: "elm-2.2", fault: fault})
				if got == nil {
					require.Equal(t, CarAbsent, report.Car.State)
					return
				}
				require.Equal(t, CarMet, report.Car.State)
				beyond := unreachable(got)
				refused += len(beyond)
				require.ElementsMatch(t, outOfReach(report, got.Profile.ID), beyond)
			})
		}
	}
	require.NotZero(t, refused, "a test that refuses nothing proves nothing")
}

// foretold gives the doctor's report and then the inspection, of one dongle;
// nil: there was no car for it to inspect.
func foretold(t *testing.T, p patient) (report *Report, got *telematics.Inspection) {
	t.Helper()
	o := options(t)
	p.treat(t, func(t *testing.T, _ *car.Car, d *elm327.Dongle) {
		t.Helper()
		var err error
		report, err = Examine(t.Context(), d, o)
		require.NoError(t, err)
		up, err := bringup.Through(t.Context(), d, bringup.Options{})
		if _, none := errors.AsType[*bringup.NoCarError](err); none {
			return
		}
		require.NoError(t, err)
		got, err = inspect.Car(t.Context(), up, d.Info(), inspect.Options{Profiles: o.Profiles, Printer: o.Printer})
		require.NoError(t, err)
		require.NoError(t, up.Link.Close())
	})
	return report, got
}

// outOfReach are the addresses that the doctor says cannot be asked. Two units
// at one address are told of once.
func outOfReach(r *Report, profile string) (addresses []string) {
	for _, m := range r.Makes {
		for _, u := range m.Units {
			if m.Profile == profile && !u.Can && !slices.Contains(addresses, u.Address) {
				addresses = append(addresses, u.Address)
			}
		}
	}
	return addresses
}

func unreachable(i *telematics.Inspection) (addresses []string) {
	for _, f := range i.Findings {
		at := slices.IndexFunc(i.Units, func(u telematics.Unit) bool { return u.Name == f.Unit })
		if f.ID == telematics.UnitUnreachable && !slices.Contains(addresses, i.Units[at].Address) {
			addresses = append(addresses, i.Units[at].Address)
		}
	}
	return addresses
}

// TestForetoldOfEveryDongle that there is in simulation: none refuses a unit.
func TestForetoldOfEveryDongle(t *testing.T) {
	for _, dongle := range velm.Names() {
		t.Run(dongle, func(t *testing.T) {
			report, got := foretold(t, patient{scenario: "land-rover-discovery-2016", dongle: dongle})
			require.Empty(t, outOfReach(report, got.Profile.ID))
			require.Empty(t, unreachable(got))
		})
	}
}

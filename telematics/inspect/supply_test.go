package inspect_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

var aboutSupply = []telematics.FindingID{
	telematics.SupplyLow, telematics.SupplyStop, telematics.SupplyImplausible, telematics.SupplyContradicted,
}

// TestSupplyOfADongle: asked and not trusted.
func TestSupplyOfADongle(t *testing.T) {
	const mute = 0 // the car does not say
	for _, row := range []struct {
		name       string
		dongle     int
		car        int
		want       []telematics.FindingID
		inspection bool // went on
	}{
		{"both say enough", 12_400, 12_600, nil, true},
		{"enough, and the car does not say", 12_200, mute, nil, true},
		{"low", 12_199, mute, []telematics.FindingID{telematics.SupplyLow}, true},
		{"still enough to go on", 11_800, mute, []telematics.FindingID{telematics.SupplyLow}, true},
		{"too low", 11_799, mute, []telematics.FindingID{telematics.SupplyStop}, false},
		{"too low, as the car says", 11_700, 11_900, []telematics.FindingID{telematics.SupplyStop}, false},
		{"not in a socket", 0, mute, []telematics.FindingID{telematics.SupplyImplausible}, true},
		{"a dongle could not live on that", 5_999, mute, []telematics.FindingID{telematics.SupplyImplausible}, true},
		{"it could on that", 6_001, mute, []telematics.FindingID{telematics.SupplyStop}, false},
		{"implausible, and the car is low", 0, 12_100, []telematics.FindingID{telematics.SupplyImplausible, telematics.SupplyLow}, true},
		{"implausible, and the car is too low", 0, 11_700, []telematics.FindingID{telematics.SupplyImplausible, telematics.SupplyStop}, false},
		{"the car knows better", 11_500, 12_600, []telematics.FindingID{telematics.SupplyContradicted}, true},
		{"the car knows worse", 12_900, 11_700, []telematics.FindingID{telematics.SupplyContradicted, telematics.SupplyStop}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := hostileAt(t, row.car, 0, tcu(ownVIN, serial))
				if row.car == mute {
					s.Units[0].Answers = append(s.Units[0].Answers[:1], s.Units[0].Answers[2:]...)
				}
				got, err := through(t, s, options(t), func(s *stick) { s.supply = func() int { return row.dongle } })
				require.NoError(t, err)
				var told []telematics.FindingID
				for _, id := range findings(got) {
					for _, about := range aboutSupply {
						if id == about {
							told = append(told, id)
						}
					}
				}
				require.ElementsMatch(t, row.want, told)
				require.Equal(t, row.inspection, len(got.Telematics.Units) == 1)
			})
		})
	}
}

// TestSupplyThatFalls is noticed by the dongle that was believed, also in a car
// that does not answer OBD; a value that cannot be is not acted on.
func TestSupplyThatFalls(t *testing.T) {
	for name, row := range map[string]struct {
		falls int
		want  telematics.FindingID
	}{
		"below what is enough": {12_100, telematics.SupplyLow},
		"too low":              {11_000, telematics.SupplyStop},
		"out of the socket":    {0, telematics.SupplyImplausible},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := hostileAt(t, 12_600, 0, tcu(ownVIN, serial))
				s.Units = s.Units[1:] // nobody answers OBD
				began := time.Now()
				got, err := through(t, s, options(t), func(s *stick) {
					s.supply = func() int {
						if time.Since(began) > 4*time.Second {
							return row.falls
						}
						return 12_600
					}
				})
				require.NoError(t, err)
				require.Contains(t, findings(got), row.want)
			})
		})
	}
}

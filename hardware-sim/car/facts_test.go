package car_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

// fact is a unit as the published facts have it.
type fact struct {
	Request  string `json:"request_id"`
	Response string `json:"response_id"`
	Make     string `json:"make"`
	DIDs     []struct {
		ID      string `json:"id"`
		Service string `json:"service"`
		Length  *int   `json:"length"`
		Note    string `json:"note"`
	} `json:"dids"`
}

func facts(t *testing.T) (all []fact) {
	t.Helper()
	data, err := os.ReadFile("../../../shared/facts/telematics-units.json")
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("UNTETHER_REQUIRE_SHARED") != "1" {
		t.Skip("no facts beside the checkout")
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

// What the facts list of a telematics unit, the simulated one answers, and
// with the length that they give.
func TestTelematicsUnitsAnswerWhatTheFactsList(t *testing.T) {
	for _, row := range []struct {
		car, unit, make, request string
		before                   string   // asked first
		others                   []string // of the list, that another generation has
	}{
		{"bmw-5-2017", "ATM", "BMW/MINI", "6F1", "", nil},
		{"nissan-leaf-2013", "TCU", "Nissan/Infiniti", "746", "10C0", []string{"03", "FD1C", "FD25", "FE9A", "FE99", "6C71", "6C6D", "6C6F", "6C95", "FD71", "6D08"}},
		{"land-rover-discovery-2016", "TCU", "JLR (Jaguar/Land Rover)", "754", "", nil},
	} {
		t.Run(row.car, func(t *testing.T) {
			s, err := car.Load(row.car)
			require.NoError(t, err)
			asked := 0
			for _, f := range facts(t) {
				if f.Make != row.make || f.Request != row.request || f.Response != fmt.Sprintf("%03X", s.Unit(row.unit).Address.RX) {
					continue
				}
				for _, d := range f.DIDs {
					if slices.Contains(row.others, d.ID) {
						continue
					}
					req := bytesOf(t, d.Service+d.ID)
					requests := [][]byte{req}
					if row.before != "" {
						requests = [][]byte{bytesOf(t, row.before), req}
					}
					got := s.Unit(row.unit).Expect(requests...).Response
					require.NotEmpty(t, got, d.ID)
					require.Equal(t, req[0]+0x40, got[0], d.ID)
					if d.Length != nil && d.Service == "22" {
						require.Len(t, got, len(req)+*d.Length, d.ID)
					}
					asked++
				}
				break
			}
			require.NotZero(t, asked)
		})
	}
}

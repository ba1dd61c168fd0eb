package inspect_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// search scans a simulated car in virtual time; the car must not have minded.
func search(ctx context.Context, t *testing.T, name string, o inspect.ScanOptions) (*telematics.Scan, error) {
	t.Helper()
	c, err := car.Start(load(t, name), car.Options{Seed: 1})
	require.NoError(t, err)
	at := socket{c, name}
	up, err := bringup.Up(ctx, at)
	require.NoError(t, err)
	o.Options = options(t)
	got, err := inspect.Scan(ctx, up, at.Info(), o)
	time.Sleep(time.Second) // what was sent last has arrived
	require.NoError(t, up.Link.Close())
	require.NoError(t, c.Close())
	requireAllowed(t, c.Journal())
	require.Empty(t, c.Violations())
	return got, err
}

func found(s *telematics.Scan) map[string]string {
	units := map[string]string{}
	for _, u := range s.Units {
		units[u.Address] = u.Role
	}
	return units
}

// Who answers a tester present in each car, by the scenarios; a unit that
// plays literal frames only does not.
var present = map[string]map[string]string{
	"bmw-5-2017": {
		"7E0/7E8": "engine", "6F1:10/610:F1": "gateway", "6F1:40/640:F1": "body", "6F1:60/660:F1": "cluster",
		"6F1:61/661:F1": "telematics", "6F1:63/663:F1": "head-unit",
	},
	"nissan-leaf-2013":   {"746/783": "telematics", "743/763": "cluster"},
	"no-telematics-2008": {"7E0/7E8": "engine", "7E1/7E9": "other"},
	"land-rover-discovery-2016": {
		"7E0/7E8": "engine", "716/71E": "gateway", "720/728": "cluster", "726/72E": "body", "754/75C": "telematics",
	},
	"two-modems-2021": {
		"7E0/7E8": "engine", "6F1:10/610:F1": "gateway", "6F1:61/661:F1": "telematics", "754/75C": "telematics",
	},
}

// strange are those of them at whose address nobody is known to be, or not
// what is spoken there.
var strange = []string{"743/763", "716/71E"}

func TestScanFindsEveryUnit(t *testing.T) {
	require.Len(t, present, len(car.List()))
	for name, want := range present {
		for sort, full := range map[string]bool{"known addresses": false, "all ranges": true} {
			t.Run(name+", "+sort, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					got, err := search(t.Context(), t, name, inspect.ScanOptions{Full: full})
					require.NoError(t, err)
					want := maps.Clone(want)
					maps.DeleteFunc(want, func(address, _ string) bool { return !full && slices.Contains(strange, address) })
					require.Equal(t, want, found(got))
					require.Equal(t, full, got.Sweep.Full)
					for _, u := range got.Units {
						require.Positive(t, u.LatencyMS, u.Name)
						require.NotNil(t, u.Timing.P2, u.Name)
						require.LessOrEqual(t, u.Timing.P2.Min, u.Timing.P2.Median, u.Name)
						require.LessOrEqual(t, u.Timing.P2.Median, u.Timing.P2.Max, u.Name)
					}
				})
			})
		}
	}
}

func TestScanSaysWhoTheUnitsAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := search(t.Context(), t, "bmw-5-2017", inspect.ScanOptions{Full: true})
		require.NoError(t, err)
		require.Equal(t, "BMW", got.Vehicle.Make)
		serials := map[string]string{}
		for _, id := range got.Identifiers {
			if id.Kind == telematics.KindSerial {
				serials[id.Unit] = id.Masked
			}
		}
		require.Subset(t, slices.Collect(maps.Keys(serials)), []string{"ZGW", "ATM", "HU"})
		i := slices.IndexFunc(got.Units, func(u telematics.FoundUnit) bool { return u.Name == "ATM" })
		require.Equal(t, telematics.FormExtended, got.Units[i].Form)
		require.Equal(t, "uds", got.Units[i].Dialect)
		require.NotNil(t, got.Units[i].Timing.STmin, "its serial number needs several frames")
	})
}

func TestScanOfABenchInACar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := search(t.Context(), t, "bmw-5-2017", inspect.ScanOptions{Bench: true})
		denied := new(guard.DeniedError)
		require.ErrorAs(t, err, &denied)
		require.Equal(t, guard.RuleBench, denied.Rule)
	})
}

func TestScanIsBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		got, err := search(ctx, t, "bmw-5-2017", inspect.ScanOptions{Full: true})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Contains(t, got.Findings, telematics.Finding{
			ID: telematics.Incomplete, Severity: telematics.Warning, Summary: options(t).Printer.Finding(telematics.Incomplete),
		})
	})
}

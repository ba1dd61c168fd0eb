package discover_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/guard"
)

const ms = time.Millisecond

// thirty are units of all makes: 11-bit with the usual pairs, normal fixed,
// with an address byte, GM; UDS, KWP and GMLAN.
func thirty() (units []unit) {
	for _, u := range []struct {
		address string
		ms      int
	}{
		{"7E0/7E8", 4},
		{"7E1/7E9", 6},
		{"7E2/7EA", 9},
		{"716/71E", 5},
		{"726/72E", 8},
		{"754/75C", 14},
		{"7B3/7BB", 12},
		{"73B/743", 7},
		{"764/76C", 20},
		{"620/628", 3},
		{"6B5/6BD", 11},
		{"714/77E", 6},
		{"773/7DD", 10},
		{"745/765", 8},
		{"799/7B9", 5},
		{"752/652", 9},
		{"760/4E0", 7},
		{"18DA10F1/18DAF110", 4},
		{"18DA87F1/18DAF187", 9},
		{"18DAC6F1/18DAF1C6", 15},
		{"18DAC7F1/18DAF1C7", 6},
		{"6F1:10/610:F1", 6},
		{"6F1:61/661:F1", 15},
		{"6F1:63/663:F1", 22},
		{"750:C7/758:C7", 8},
		{"750:0F/758:0F", 5},
	} {
		units = append(units, unit{address: u.address, latency: time.Duration(u.ms) * ms})
	}
	return append(units,
		unit{address: "244/644", latency: 6 * ms, handler: gmlan(6 * ms)},
		unit{address: "25A/65A", latency: 9 * ms, handler: gmlan(9 * ms)},
		unit{address: "740/748", latency: 10 * ms, handler: kwp(10 * ms)},
		unit{address: "784/78C", latency: 18 * ms, handler: kwp(18 * ms)},
	)
}

func addressesOf(units []unit) (all []string) {
	for _, u := range units {
		all = append(all, u.address)
	}
	return all
}

// alike are background frames that look like answers, near the units' own.
func alike(r *rig) {
	r.load(0.12, unhex("027E00CCCCCCCCCC"), 0x7EC, 0x77F, 0x71F, 0x748+3, 0x645, 0x5A0)
	r.load(0.12, unhex("037F3E12CCCCCCCC"), 0x7BC, 0x763, 0x62A, 0x3B4)
	r.load(0.06, unhex("F1027E00CCCCCCCC"), 0x664, 0x6C1, 0x611)
}

func TestEveryUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, at500k)
		units := thirty()
		require.Len(t, units, 30)
		r.add(units...)
		alike(r)
		got := r.scan(discover.Options{Full: true})
		requireUnits(t, addressesOf(units), got)
		t.Logf("%+v", got.Stats)
		t.Logf("%+v", got.Distress)
		require.Equal(t, guard.UDS, got.Units[len(got.Units)-1].Dialect)
	})
}

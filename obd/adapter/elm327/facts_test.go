package elm327_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fact is something that dongles are known to do, by its number in the list of
// such things, and what the driver makes of it.
type fact struct {
	name    string
	run     func(t *testing.T)
	instead string // where nothing is run here: why
}

// facts are all of them, so that none is left out in silence.
func facts() []fact {
	var all []fact
	for _, some := range [][]fact{framing, wordFacts, clones, isotpFacts, timing, lines, supplies, notHere} {
		all = append(all, some...)
	}
	return all
}

const factsLast = 32

// notHere are those that this package cannot show.
var notHere = []fact{
	{name: "22 Bluetooth LE has many services", instead: "there is no Bluetooth LE here: serial ports, RFCOMM terminals and TCP"},
	{name: "24 a port has a stable name and one user", instead: "obd/adapter/serialport: TestStable, TestHolders and others"},
	{name: "25 a parked car with a weak battery is left alone", instead: "telematics/inspect judges the voltage; an inspection ends and does not poll"},
	{name: "26 lines are switched only if somebody agrees", instead: "telematics/inspect asks; here nothing switches by itself"},
	{name: "29 a car asleep is woken by a frame", instead: "obd/bringup asks again and again: TestThrough"},
	{name: "30 all that is on the wire can be told", instead: "obd/tape and telematics/message"},
	{name: "32 a dongle may be a network interface of the kernel", instead: "then it is obd/adapter/socketcan that opens it"},
}

func TestFacts(t *testing.T) {
	for _, f := range facts() {
		t.Run(f.name, func(t *testing.T) {
			if f.run == nil {
				t.Skip(f.instead)
			}
			f.run(t)
		})
	}
}

func TestEveryFactIsThere(t *testing.T) {
	seen := map[int]bool{}
	for _, f := range facts() {
		number, _, _ := strings.Cut(f.name, " ")
		n, err := strconv.Atoi(number)
		require.NoError(t, err, f.name)
		require.Equal(t, f.run == nil, f.instead != "", f.name)
		seen[n] = true
	}
	for n := 1; n <= factsLast; n++ {
		require.True(t, seen[n], "fact %d", n)
	}
}

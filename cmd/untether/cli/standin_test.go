package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
)

// TestEverySimulatedDongle is documented and can be put before a car.
func TestEverySimulatedDongle(t *testing.T) {
	text, err := os.ReadFile("../../../docs/dongles.md")
	require.NoError(t, err)
	for scheme, names := range map[string][]string{"elm327": velm.Names(), "slcan": vslcan.Names()} {
		_, row, found := strings.Cut(string(text), "| `"+scheme+":` |")
		require.True(t, found)
		row, _, _ = strings.Cut(row, "\n")
		for _, name := range names {
			require.Contains(t, row, "`"+name+"`")
			met(t, scheme+":127.0.0.1:0?dongle="+name, scheme+"://127.0.0.1:")
		}
	}
}

// TestEveryFaultOfASimulatedDongle is listed and can be had.
func TestEveryFaultOfASimulatedDongle(t *testing.T) {
	a, _ := with("")
	out := &bytes.Buffer{}
	a.streams.Out = out
	require.NoError(t, a.simFaults().RunE(nil, nil))
	for _, f := range velm.Faults() {
		require.Regexp(t, `(?m)^  elm327 +`+f.Name+` `, out.String())
		met(t, "elm327:[::1]:0?fault="+f.Name, "elm327://[::1]:")
	}
	for _, name := range vslcan.Faults() {
		require.Regexp(t, `(?m)^  slcan +`+name+`$`, out.String())
		met(t, "slcan:[::1]:0?fault="+name, "slcan://[::1]:")
	}
}

// met listens, and looks at the URI with which somebody comes.
func met(t *testing.T, at, uri string) {
	t.Helper()
	l, err := listen(t.Context(), at)
	require.NoError(t, err, at)
	require.Contains(t, l.URI(), uri)
	require.NoError(t, l.(*standIn).port.Close())
}

// TestASocketWithoutASimulatedCar has the usual supply.
func TestASocketWithoutASimulatedCar(t *testing.T) {
	s := &socketOfCar{car: recorded{}}
	require.Equal(t, usualSupply, s.supply())
	require.True(t, s.ignition())
	c, err := simulatedCar(t.Context(), "no-telematics-2008")
	require.NoError(t, err)
	s.car = c
	require.Equal(t, 12_300, s.supply())
	require.True(t, s.ignition())
	require.NoError(t, c.Close())
}

package dtc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/dtc"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		rule, maker, code string
		want, source      string
	}{
		{"PSA FDA3 as UDS sends it", "Peugeot", "U3DA3-00", "SIM card", "arduino-psa-diag"},
		{"PSA FDA4 as KWP sends it", "Citroën", "U3DA4", "SIM card", "arduino-psa-diag"},
		{"PSA F935", "DS", "U3935", "VIN", "arduino-psa-diag"},
		{"PSA FD80", "Peugeot", "U3D80", "GSM", "arduino-psa-diag"},
		{"PSA F303", "Peugeot", "U3303", "traceability", "PyPSADiag"},
		{"PSA B1003", "Peugeot", "B1003-00", "traceability", "PyPSADiag"},
		{"Ford gateway", "Ford", "U2402", "does not match", "cyanlabs"},
		{"Ford head unit", "Lincoln", "U0198-00", "does not match", "cyanlabs"},
		{"Mercedes", "Mercedes-Benz", "B15CE00", "HERMES", "LI82.85"},
		{"VW transport mode", "Volkswagen", "B1915F1", "transport mode", "91-24-06"},
		{"VW foreign sender, bus", "Škoda", "U0011", "OCU", "Open-Vehicle-Monitoring"},
		{"VW foreign sender, unit", "audi", "U1201-00", "OCU", "Open-Vehicle-Monitoring"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			code, err := dtc.Parse(c.code)
			require.NoError(t, err)
			text, source, ok := dtc.Text(c.maker, code)
			require.True(t, ok)
			require.Contains(t, text, c.want)
			require.Contains(t, source, c.source)
		})
	}
}

func TestTextIsAbsent(t *testing.T) {
	for rule, c := range map[string][2]string{
		"a standard code has none either": {"Ford", "P0420"},
		"another make's code":             {"Ford", "U3DA3"},
		"a make that nobody explains":     {"Tesla", "U0198"},
		"no make":                         {"", "U0198"},
		"another failure type":            {"Volkswagen", "B1915-00"},
		"no failure type":                 {"Volkswagen", "B1915"},
		"a make that changed its units":   {"Opel", "U3DA3"},
	} {
		t.Run(rule, func(t *testing.T) {
			code, err := dtc.Parse(c[1])
			require.NoError(t, err)
			text, source, ok := dtc.Text(c[0], code)
			require.False(t, ok)
			require.Empty(t, text)
			require.Empty(t, source)
		})
	}
}

package passive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/passive"
)

func TestTheDialectShowsInTheAnswers(t *testing.T) {
	const none = passive.Dialect("")
	tests := []struct {
		name   string
		frames []string
		want   passive.Dialect
	}{
		{"22 by two bytes", []string{"7E0#0322F190", "7E8#0462F19041"}, passive.UDS},
		{"19", []string{"7E0#031902FF", "7E8#035902FF"}, passive.UDS},
		{"3E 00, repeated", []string{"7E0#023E00", "7E8#027E00"}, passive.UDS},
		{"10 with timing", []string{"7E0#021003", "7E8#065003003201F4"}, passive.UDS},
		{"10 without timing", []string{"7E0#021003", "7E8#025003"}, passive.UDS},
		{"10 that repeats nothing", []string{"7E0#021003", "7E8#0150", "7E0#022701", "7E8#0467010102"}, none},
		{"31 with a routine of two bytes", []string{"7E0#0431010203", "7E8#0471010203"}, passive.UDS},
		{"85, repeated", []string{"7E0#028502", "7E8#02C502"}, passive.UDS},
		{"14 that repeats nothing", []string{"7E0#0414FFFFFF", "7E8#0154", "7E0#022701", "7E8#0467010102"}, passive.UDS},
		{"22 refused as out of range", []string{"7E0#0322F190", "7E8#037F2231"}, passive.UDS},
		{"22 refused as not supported", []string{"7E0#0322F190", "7E8#037F2211"}, none},
		{"22 refused in general", []string{"7E0#0322F190", "7E8#037F2210"}, none},
		{"21 by one byte", []string{"7E0#022103", "7E8#03610300"}, passive.KWP},
		{"10 81", []string{"7E0#021081", "7E8#025081"}, passive.KWP},
		{"10 83, not suppressed after 78", []string{"7E0#021083", "7E8#037F1078", "7E8#065003003201F4"}, passive.UDS},
		{"3E 01", []string{"7E0#023E01", "7E8#017E", "7E0#023E01", "7E8#017E", "7E0#022701", "7E8#0467010102"}, passive.KWP},
		{"18", []string{"7E0#041800FF00", "7E8#025800", "7E0#022701", "7E8#0467010102"}, passive.KWP},
		{"17", []string{"7E0#0317FF00", "7E8#025700", "7E0#022701", "7E8#0467010102"}, passive.KWP},
		{"13", []string{"7C0#0113", "7C8#025300", "7C0#013E", "7C8#017E"}, passive.KWP},
		{"14 that repeats the group", []string{"7E0#0314FF00", "7E8#0354FF00", "7E0#022701", "7E8#0467010102"}, passive.KWP},
		{"21, and 22 besides", []string{"7E0#022103", "7E8#03610300", "7E0#0322F190", "7E8#0462F19041"}, passive.KWP},
		{"21, and 19 besides", []string{"7E0#022103", "7E8#03610300", "7E0#031902FF", "7E8#035902FF"}, none},
		{"1A where GM is not", []string{"784#021A90", "785#055A90414243", "784#021A9B", "785#055A9B414243", "784#021A9A", "785#055A9A414243"}, passive.KWP},
		{"1A and 3E of the first units of OBD", []string{"7E0#021A90", "7E8#055A90414243", "7E0#013E", "7E8#017E"}, none},
		{"1A and 3E at GM's", []string{"244#021A90", "644#055A90414243", "244#013E", "644#017E"}, passive.GMLAN},
		{"1A with 29 bits", []string{"18DA28F1#021A90", "18DAF128#055A90414243"}, passive.KWP},
		{"OBD to a group", []string{"7DF#02010C", "7E8#04410C1AF8"}, passive.J1979},
		{"OBD to a unit", []string{"7E0#0103", "7E8#024300", "7E0#020902", "7E8#054902010000"}, passive.J1979},
		{"OBD of UDS", []string{"7DF#0322F40C", "7E8#0562F40C1AF8"}, passive.UDS},
		{"OBD, and UDS besides", []string{"7DF#02010C", "7E8#04410C1AF8", "7E0#0322F190", "7E8#0462F19041"}, passive.UDS},
		{"OBD, and KWP besides", []string{"7DF#02010C", "7E8#04410C1AF8", "7E0#022103", "7E8#03610300"}, passive.KWP},
		{"27 alone", []string{"7E0#022701", "7E8#0467010102"}, none},
		{"requests without answers say nothing", []string{"7E0#022701", "7E8#0467010102", "7E0#022103"}, none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			units := newTape(t).add(tt.frames...).units()
			require.Len(t, units, 1)
			require.Equal(t, tt.want, units[0].Dialect)
		})
	}
}

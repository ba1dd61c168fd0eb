package transport

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsualResponses(t *testing.T) {
	for _, row := range []struct {
		rule     string
		request  uint32
		extended bool
		want     []uint32
	}{
		{"most makes, VW group, Nissan, FCA, PSA", 0x714, false, []uint32{0x71C, 0x77E, 0x734, 0x494, 0x614}},
		{"the last of VW group", 0x77F, false, []uint32{0x787, 0x7E9, 0x79F, 0x4FF, 0x67F}},
		{"beyond VW group", 0x780, false, []uint32{0x788, 0x7A0, 0x500, 0x680}},
		{"no identifier has more than 11 bits", 0x7F8, false, []uint32{0x578, 0x6F8}},
		{"below 700 only the next eight", 0x6FF, false, []uint32{0x707}},
		{"from 600 on", 0x600, false, []uint32{0x608}},
		{"below 600 none", 0x5FF, false, nil},
		{"GM, first", 0x240, false, []uint32{0x640}},
		{"GM, last", 0x25F, false, []uint32{0x65F}},
		{"below GM", 0x23F, false, nil},
		{"above GM", 0x260, false, nil},
		{"normal fixed: target and source change places", 0x18DAC6F1, true, []uint32{0x18DAF1C6}},
		{"functional normal fixed has no one response", 0x18DB33F1, true, nil},
		{"the width counts, not the number", 0x714, true, nil},
	} {
		t.Run(row.rule, func(t *testing.T) {
			require.Equal(t, row.want, slices.Collect(UsualResponses(row.request, row.extended)))
		})
	}
	for first := range UsualResponses(0x714, false) {
		require.Equal(t, uint32(0x71C), first)
		break
	}
}

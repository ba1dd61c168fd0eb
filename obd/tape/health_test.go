package tape_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
)

// TestHealth: what came before the recorder spoke is no matter of it.
func TestHealth(t *testing.T) {
	r := read(t, `
		0  20000088#0000000000000000
		1  754#023E000000000000
		2  555##100
		10 754#023E00CCCCCCCCCC T
		11 75C#027E000000000000
		12 20000088#0000000000000000
		13 20000020#0000000000000000
		14 20000004#0010000000000000
		15 754#023E010000000000
		16 555##100
		17 75C#
		18 75C#R
		19 75C#4000000000000000
		20 72E#4000000000000000`)
	before := adapter.Health{Errors: 1, Unheard: 1, Passive: 1, Testers: 1, FD: 1}
	require.Equal(t, before, r.Health())
	open(t, r, "726/72E")
	require.Equal(t, before, r.Health(), "nobody was asked there")
	open(t, r, "754/75C")
	open(t, r, "754/75C")
	before.Ignored = 3
	require.Equal(t, before, r.Health())
}

package fault_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/fault"
)

func TestList(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	levels := map[fault.Level]int{}
	for _, f := range fault.List() {
		require.Regexp(t, kebab, f.Name)
		require.False(t, seen[f.Name], f.Name)
		seen[f.Name] = true
		levels[f.Level]++
		require.True(t, strings.HasSuffix(f.Text, "."), f.Name)
	}
	require.GreaterOrEqual(t, len(seen), 40)
	for _, l := range []fault.Level{fault.Frame, fault.ISOTP, fault.Unit, fault.Car} {
		require.GreaterOrEqual(t, levels[l], 8, l)
	}
	require.Len(t, levels, 4)
}

func TestByName(t *testing.T) {
	f, err := fault.ByName("isotp-frame-missing")
	require.NoError(t, err)
	require.Equal(t, "isotp-frame-missing", f.Name)
	require.Equal(t, fault.ISOTP, f.Level)

	_, err = fault.ByName("flat-tyre")
	var unknown *fault.UnknownError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "flat-tyre", unknown.Name)
	require.Len(t, unknown.Known, len(fault.List()))
	require.ErrorContains(t, err, `fault: none is called "flat-tyre"; there are `)
}

func TestAFaultThatCannotHappen(t *testing.T) {
	f, err := fault.ByName("gateway-refuses")
	require.NoError(t, err)
	s := site()
	s.Lacks = []fault.Need{fault.NeedsGateway}
	_, err = fault.New(f, s, 1)
	var impossible *fault.ImpossibleError
	require.ErrorAs(t, err, &impossible)
	require.EqualError(t, err, "fault: gateway-refuses cannot happen to bench: no gateway")
}

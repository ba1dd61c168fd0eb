package isotptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
)

func TestCoverIsPairwise(t *testing.T) {
	rows := cover(variants)
	require.Less(t, len(rows), 40)
	for f := range variants {
		for g := f + 1; g < len(variants); g++ {
			met := map[[2]int]bool{}
			for _, r := range rows {
				met[[2]int{r[f], r[g]}] = true
			}
			require.Len(t, met, variants[f]*variants[g])
		}
	}
}

func TestAddressesDiffer(t *testing.T) {
	seen := map[transport.Address]bool{}
	for _, x := range Pairwise() {
		require.False(t, seen[x.Address], x.String())
		seen[x.Address] = true
		again, err := transport.ParseAddress(x.Address.String())
		require.NoError(t, err)
		require.Equal(t, x.Address, again)
	}
}

func TestNamesOfExchangesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range Exchanges() {
		require.False(t, seen[x.Name], x.Name)
		seen[x.Name] = true
		require.Len(t, x.Message(), x.Bytes)
	}
}

package canlog_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/canlog"
)

// shared reads a recording of a real car that is not part of the repository.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../shared/traces/" + name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("UNTETHER_REQUIRE_SHARED") != "1" {
		t.Skipf("no recording %s beside the checkout", name)
	}
	require.NoError(t, err)
	return b
}

func TestARealRecordingIsReadAndWrittenUnchanged(t *testing.T) {
	for name, frames := range map[string]int{
		"eldominio-canbuslogs/gt350-fuelpumponoff.candump.log":       8287,
		"eldominio-canbuslogs/civic19-candump-2023-01-19_131743.log": 1695,
	} {
		t.Run(name, func(t *testing.T) {
			want := shared(t, name)
			records := readAll(t, bytes.NewReader(want))
			require.Len(t, records, frames)
			var out bytes.Buffer
			w := canlog.NewWriter(&out, records[0].Interface)
			for i := range records {
				require.NoError(t, w.Write(&records[i].Rx))
			}
			require.NoError(t, w.Flush())
			require.Equal(t, string(want), out.String())
		})
	}
}

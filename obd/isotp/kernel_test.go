package isotp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/isotp/isotptest"
)

// TestKernel reproduces what the Linux kernel's ISO-TP put on a bus.
func TestKernel(t *testing.T) {
	for _, x := range isotptest.Exchanges() {
		t.Run(x.Name, func(t *testing.T) {
			recorded, err := os.ReadFile(filepath.Join("testdata", "kernel", x.Name+".txt"))
			require.NoError(t, err)
			p := newPair(x.Address.String(), x.A, x.B)
			require.NoError(t, p.a.Send(p.now, x.Message()))
			p.run()
			require.Empty(t, cmp.Diff(strings.Fields(string(recorded)), p.log), x.String())
		})
	}
}

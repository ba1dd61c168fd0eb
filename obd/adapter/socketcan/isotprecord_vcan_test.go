//go:build vcan

package socketcan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp/isotptest"
)

// TestVCANKernelExchanges has the kernel converse with itself, and compares
// what it puts on the bus with the recordings that obd/isotp reproduces. With
// UNTETHER_UPDATE=1 it makes these anew.
func TestVCANKernelExchanges(t *testing.T) {
	inOrder(t)
	name, index := vcan(t, "exchanges0")
	for _, x := range isotptest.Exchanges() {
		t.Run(x.Name, func(t *testing.T) {
			file := filepath.Join("..", "..", "isotp", "testdata", "kernel", x.Name+".txt")
			said := saidBy(t, name, index, x)
			if os.Getenv("UNTETHER_UPDATE") != "" {
				require.NoError(t, os.WriteFile(file, []byte(said), 0o644))
			}
			recorded, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(recorded), said)
		})
	}
}

// saidBy gives the frames of an exchange, a line each.
func saidBy(t *testing.T, name string, index int, x isotptest.Exchange) string {
	t.Helper()
	witness, err := dial(settings{name: name}, false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, witness.Close()) })
	from, to := bare(t, index, x.Address, x.A), bare(t, index, x.Address.Reversed(), x.B)
	require.NoError(t, from.put(x.Message()))
	msg, _, err := to.recv()
	require.NoError(t, err)
	require.Equal(t, x.Message(), msg)

	require.NoError(t, witness.Send(t.Context(), can.NewFrame(0x7FF))) // behind the last one
	var said strings.Builder
	for {
		rx, err := witness.Recv(t.Context())
		require.NoError(t, err)
		if rx.Own {
			return said.String()
		}
		said.WriteString(rx.Frame.String() + "\n")
	}
}

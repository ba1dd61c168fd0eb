package socketcand_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcand"
)

// TestPythonCANReadsAnICCID lets the most used client of the protocol ask a
// simulated car, twice: one client after another.
func TestPythonCANReadsAnICCID(t *testing.T) {
	python := pythonWithCAN(t)
	scenario, err := car.Load("bmw-5-2017")
	require.NoError(t, err)
	c, err := car.Start(scenario, car.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	u, err := adapter.ParseURI(start(t, &socketcand.Server{Open: connect(c)}))
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(strings.Trim(strings.TrimSuffix(u.Target, "can0"), "/"))
	require.NoError(t, err)
	for range 2 {
		var problems bytes.Buffer
		script := exec.CommandContext(t.Context(), python, "testdata/iccid.py", host, port)
		script.Stderr = &problems
		out, err := script.Output()
		require.NoError(t, err, problems.String())
		require.Empty(t, problems.String(), "python-can complains of nothing")
		require.Equal(t, fmt.Sprintf("62D05A%X00\n", "89490000419273506187"), string(out))
	}
}

// pythonWithCAN is the Python that has python-can: Debian's package is for
// Debian's, which need not be the first one. Where there is none the test is
// skipped.
func pythonWithCAN(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import can.interfaces.socketcand").Run() == nil {
			return python
		}
	}
	require.NotEqual(t, "1", os.Getenv("UNTETHER_REQUIRE_TOOLS"), "python-can must be there: apt-get install python3-can")
	t.Skip("no python-can on this machine: apt-get install python3-can")
	return ""
}

package inspect_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/fault"
)

const faultsIntro = `# Faults

What can go wrong in a simulated car:

` + "```console" + `
$ untether sim faults
$ untether inspect --adapter 'sim:bmw-5-2017?fault=gateway-swallows'
` + "```" + `

A fault that strikes one unit strikes the one that has most to say: in a car
with a telematics unit that one. What happens in the middle of an inspection
happens at the fifth request to that unit, or the sixth. The same car with the
same fault behaves the same every time.

The last column says by which findings, or by which error in place of an
inspection, the fault is told; one of them is there in every car in which the
fault can happen. In a car whose telematics unit nobody knows of, because nothing
else tells its make, a silent unit is told by nobody-answers or vin-missing.
` + "`make faults`" + ` runs every fault in every car and prints what came of it:
no inspection may hang, tell a value that the car without the fault does not
have, or leave the fault untold.
`

var levels = map[fault.Level]string{
	fault.Frame: "CAN frames, and who else sends some",
	fault.ISOTP: "How a unit cuts its answers into frames (ISO-TP)",
	fault.Unit:  "What a unit answers",
	fault.Car:   "The whole car, and the way to it",
}

// TestFaultsDocument holds docs/faults.md. UNTETHER_UPDATE=1 writes it.
func TestFaultsDocument(t *testing.T) {
	const path = "../../docs/faults.md"
	doc := faultsDocument()
	if os.Getenv("UNTETHER_UPDATE") == "1" {
		require.NoError(t, os.WriteFile(path, []byte(doc), 0o600))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(string(written), doc))
}

func faultsDocument() string {
	var b strings.Builder
	b.WriteString(faultsIntro)
	var level fault.Level
	for _, f := range fault.List() {
		if f.Level != level {
			level = f.Level
			fmt.Fprintf(&b, "\n## %s\n\n| fault | what happens | told by |\n|---|---|---|\n", levels[level])
		}
		fmt.Fprintf(&b, "| `%s` | %s%s | %s |\n", f.Name, f.Text, needs(f), strings.Join(told[f.Name], ", "))
	}
	return b.String()
}

func needs(f fault.Fault) string {
	if f.Needs == "" {
		return ""
	}
	return fmt.Sprintf(" Needs: %s.", f.Needs)
}

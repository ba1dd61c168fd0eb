package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

// TestAUnitThatWasNotAsked is not said to give no answer.
func TestAUnitThatWasNotAsked(t *testing.T) {
	for id, want := range map[telematics.FindingID]string{
		telematics.OtherPins: "not asked", telematics.PinsUnreachable: "not asked", telematics.OtherBitrate: "not asked",
		telematics.UnitUnreachable: "not asked", telematics.UnitSilent: "no answer",
	} {
		a, _ := with("")
		out := &bytes.Buffer{}
		a.streams.Out = out
		require.NoError(t, a.printInspection(&telematics.Inspection{
			Units:    []telematics.Unit{{Role: "telematics", Name: "TCU", Address: "754/75C"}, {Role: "gateway", Name: "GWM", Address: "716/71E"}},
			Findings: []telematics.Finding{{ID: id, Unit: "TCU", Severity: telematics.Info, Summary: "x"}},
		}, outputText))
		require.Regexp(t, `TCU +754/75C +`+want, out.String())
		require.Regexp(t, `GWM +716/71E +no answer`, out.String(), "nothing was found of it")
	}
}

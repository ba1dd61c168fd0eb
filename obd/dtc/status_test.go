package dtc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/dtc"
)

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		rule   string
		status dtc.Status
		state  dtc.State
		text   string
	}{
		{"no bit", 0x00, dtc.NoFault, "00"},
		{"bit 0", 0x01, dtc.Active, "testFailed"},
		{"bit 1", 0x02, dtc.Stored, "testFailedThisOperationCycle"},
		{"bit 2", 0x04, dtc.Pending, "pendingDTC"},
		{"bit 3", 0x08, dtc.Confirmed, "confirmedDTC"},
		{"bit 4 is not a fault", 0x10, dtc.NoFault, "testNotCompletedSinceLastClear"},
		{"bit 5", 0x20, dtc.Stored, "testFailedSinceLastClear"},
		{"bit 6 is not a fault", 0x40, dtc.NoFault, "testNotCompletedThisOperationCycle"},
		{"bit 7", 0x80, dtc.Stored, "warningIndicatorRequested"},
		{"never tested is not a fault", 0x50, dtc.NoFault, "testNotCompletedSinceLastClear|testNotCompletedThisOperationCycle"},
		{"failing now outranks confirmed", 0x09, dtc.Active, "testFailed|confirmedDTC"},
		{"confirmed outranks pending", 0x2C, dtc.Confirmed, "pendingDTC|confirmedDTC|testFailedSinceLastClear"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			require.Equal(t, c.state, c.status.State())
			require.Equal(t, c.text, c.status.String())
		})
	}
	require.True(t, dtc.Status(0x89).Is(dtc.WarningIndicatorRequested|dtc.TestFailed))
	require.False(t, dtc.Status(0x80).Is(dtc.WarningIndicatorRequested|dtc.TestFailed))
}

func TestKWPStatus(t *testing.T) {
	for _, c := range []struct {
		rule   string
		status dtc.KWPStatus
		state  dtc.State
		text   string
	}{
		{"storage state 0", 0x11, dtc.NoFault, "no-fault, symptom 1"},
		{"storage state 1", 0x24, dtc.Stored, "stored, symptom 4"},
		{"storage state 2", 0x4F, dtc.Pending, "pending, symptom F"},
		{"storage state 3 with the lamp", 0xE0, dtc.Active, "active, symptom 0, warning lamp"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			require.Equal(t, c.state, c.status.State())
			require.Equal(t, c.text, c.status.String())
		})
	}
}

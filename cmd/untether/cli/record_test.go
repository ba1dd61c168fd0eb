package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/canlog"
)

func TestTheEndingOfARecordingsNameAsksForItsForm(t *testing.T) {
	for path, want := range map[string]canlog.Form{
		"drive.pcapng": canlog.PcapNG, "DRIVE.PCAPNG": canlog.PcapNG, "a.pcapng/drive.log": canlog.Log,
		"drive": canlog.Log, "pcapng": canlog.Log, "drive.pcap": canlog.Log, "": canlog.Log,
	} {
		require.Equal(t, want, formOf(path), path)
	}
}

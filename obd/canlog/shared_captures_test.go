package canlog_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

// The first is pcapng although its name ends in .pcap.gz.
func TestRealCapturesAreReadPackedAsTheyAre(t *testing.T) {
	uds := readAll(t, bytes.NewReader(shared(t, "scapy/ecu_trace.pcap.gz")))
	require.Len(t, uds, 141)
	require.Equal(t, "710#0210035555555555", uds[0].Rx.Frame.String())
	require.Equal(t, "77A#065003003201F4AA", uds[1].Rx.Frame.String())

	fd := readAll(t, bytes.NewReader(shared(t, "scapy/canfd.pcap.gz")))
	require.Len(t, fd, 4)
	for _, rec := range fd {
		require.True(t, rec.Rx.Frame.Is(can.FD))
	}
	require.Equal(t, "123##1223344556677889933000000", fd[0].Rx.Frame.String())
	require.True(t, fd[0].Rx.Own)
	require.False(t, fd[1].Rx.Own)
	require.Equal(t, time.UnixMicro(1667650502470855).UTC(), fd[0].Rx.Time)
}

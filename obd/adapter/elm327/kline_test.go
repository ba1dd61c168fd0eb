package elm327_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// noCAN is a socket whose CAN pins are empty.
func noCAN(context.Context, int, bool) (can.Bus, error) { return nil, context.Canceled }

// emissionUnit answers 01 00 and 01 0D.
func emissionUnit(_ byte, request []byte) [][]byte {
	switch string(request) {
	case "\x01\x00":
		return [][]byte{{0x41, 0x00, 0xBE, 0x3E, 0xB8, 0x11}}
	case "\x01\x0D":
		return [][]byte{{0x41, 0x0D, 0x00}}
	}
	return nil
}

// TestCloseLeavesTheBus: a chip would keep a session on the K-line open until
// somebody pulls it.
func TestCloseLeavesTheBus(t *testing.T) {
	for name, joins := range map[string]func(t *testing.T, b *bench){
		"K-line": func(t *testing.T, b *bench) {
			t.Helper()
			_, err := b.dongle.Search(t.Context(), func(string, int, int) {})
			require.NoError(t, err)
		},
		"CAN": func(_ *testing.T, b *bench) { b.join() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := plug(t, "stn1110", noCAN, velm.Options{KLine: &velm.KLine{Fast: true, Answer: emissionUnit}})
				joins(t, b)
				require.Zero(t, b.velm.Ledger().Named["PC"])
				b.unplug()
				require.Equal(t, 1, b.velm.Ledger().Named["PC"])
			})
		})
	}
}

func TestSearch(t *testing.T) {
	for name, row := range map[string]struct {
		kline *velm.KLine
		want  string
	}{
		"fast initialisation":       {&velm.KLine{Fast: true, Address: 0x10, Answer: emissionUnit}, "ISO 14230-4 KWP (fast init)"},
		"5 baud, ISO 14230":         {&velm.KLine{Slow: true, Keys: [2]byte{0xE9, 0x8F}, Address: 0x11, Answer: emissionUnit}, "ISO 14230-4 KWP (5 baud init)"},
		"5 baud, ISO 9141":          {&velm.KLine{Slow: true, Keys: [2]byte{8, 8}, Address: 0x12, Answer: emissionUnit}, "ISO 9141-2"},
		"nobody is on the K-line":   {nil, ""},
		"somebody, who says little": {&velm.KLine{Fast: true, Address: 0x10}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := plug(t, "elm-1.4b", noCAN, velm.Options{KLine: row.kline})
				defer b.unplug()
				began, told := time.Now(), 0
				found, err := b.dongle.Search(t.Context(), func(string, int, int) { told++ })
				require.Less(t, time.Since(began), 25*time.Second)
				require.Positive(t, told)
				if row.want == "" {
					require.ErrorIs(t, err, adapter.ErrNoProtocol)
					return
				}
				require.NoError(t, err)
				require.Equal(t, row.want, found.Protocol)
				requireKLine(t, found.Link, row.kline.Address)
			})
		})
	}
}

// requireKLine has the unit at an address answer, and other addresses refused.
func requireKLine(t *testing.T, l transport.Link, unit byte) {
	t.Helper()
	group := dial(t, l, "18DB33F1/18DAF1xx")
	require.NoError(t, group.Send(t.Context(), []byte{1, 0x0D}, transport.Want{Answers: -1, Within: 250 * time.Millisecond}))
	m, err := group.Recv(t.Context(), 250*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, []byte{0x41, 0x0D, 0}, m.Data)
	require.Equal(t, 0x18DAF100|uint32(unit), m.From.RX)
	for _, a := range []string{"7DF/7E8-7EF", "18DA10F1/18DAF110", "6F1:61/661:F1"} {
		_, err := l.Dial(t.Context(), transport.MustAddress(a), transport.Params{})
		require.ErrorIs(t, err, transport.ErrForm)
	}
	require.NoError(t, l.Close())
}

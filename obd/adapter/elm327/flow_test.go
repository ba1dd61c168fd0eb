package elm327

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
)

func TestGap(t *testing.T) {
	for name, row := range map[string]struct {
		asked time.Duration
		baud  int
		wide  bool
		want  time.Duration
	}{
		"a line at 38400":                {0, 38_400, false, 6 * time.Millisecond},
		"a line of 29 bits at 38400":     {0, 38_400, true, 7 * time.Millisecond},
		"a line at 115200":               {0, 115_200, false, 2 * time.Millisecond},
		"a line at 2M":                   {0, 2_000_000, false, 100 * time.Microsecond},
		"what is asked for, if longer":   {20 * time.Millisecond, 115_200, false, 20 * time.Millisecond},
		"unknown speed behind a network": {0, 0, false, 6 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			got := gap(row.asked, row.baud, row.wide)
			require.Equal(t, row.want, got)
			require.GreaterOrEqual(t, got, lineTime(row.baud, row.wide))
		})
	}
	require.Equal(t, "300006", clearance(6*time.Millisecond))
}

func TestFlowByDefault(t *testing.T) {
	for text, want := range map[string]bool{
		"7E0/7E8": true, "7E7/7EF": true, "7DF/7E8-7EF": true, "18DB33F1/18DAF1xx": true, "18DA10F1/18DAF110": true,
		"754/75C": false, "7E0/7E9": false, "6F1:61/661:F1": false, "6F1:DF/600-6FF:F1": false,
		"746/783": false, "18DA10F1/18DAF111": false, "7DF/600-6FF": false,
	} {
		require.Equal(t, want, flowByDefault(transport.MustAddress(text)), text)
	}
}

func TestFilterOf(t *testing.T) {
	pair := func(code, mask string) []setpoint { return []setpoint{{regFilter, code}, {regMask, mask}} }
	alone := func(id string) []setpoint { return []setpoint{{regReceive, id}} }
	for text, want := range map[string]struct{ usual, lacking []setpoint }{
		"754/75C":           {alone("75C"), pair("75C", "7FF")},
		"7DF/7E8-7EF":       {pair("7E8", "7F8"), pair("7E8", "7F8")},
		"6F1:DF/600-6FF:F1": {pair("600", "700"), pair("600", "700")},
		"6F1:61/661:F1":     {alone("661"), pair("661", "7FF")},
		"18DB33F1/18DAF1xx": {pair("18DAF100", "1FFFFF00"), pair("18DAF100", "1FFFFF00")},
		"18DA10F1/18DAF110": {alone("18DAF110"), pair("18DAF110", "1FFFFFFF")},
		"7DF/7E8-7EE":       {pair("7E8", "7F8"), pair("7E8", "7F8")},
	} {
		a := transport.MustAddress(text)
		f := filterOf(a)
		require.Equal(t, want.usual, f.settings(&Capabilities{ReceiveFilter: Yes}), text)
		require.Equal(t, want.lacking, f.settings(&Capabilities{ReceiveFilter: No}), text)
		for id := a.RX; id <= a.RXLast; id++ {
			require.Equal(t, f.code, id&f.mask, "%s lets %X through", text, id)
		}
	}
}

func TestHeader(t *testing.T) {
	priority, rest := header(0x754, false)
	require.Equal(t, [2]string{"", "754"}, [2]string{priority, rest})
	priority, rest = header(0x18DA10F1, true)
	require.Equal(t, [2]string{"18", "DA10F1"}, [2]string{priority, rest})
}

func TestConsecutive(t *testing.T) {
	for name, row := range map[string]struct {
		ae            int
		content       []byte
		total, frames int
	}{
		"8 bytes":                      {0, []byte{0x10, 8, 0, 0, 0, 0, 0, 0}, 8, 1},
		"13 bytes":                     {0, []byte{0x10, 13, 0, 0, 0, 0, 0, 0}, 13, 1},
		"14 bytes":                     {0, []byte{0x10, 14, 0, 0, 0, 0, 0, 0}, 14, 2},
		"20 bytes with address byte":   {1, []byte{0x10, 20, 0, 0, 0, 0, 0}, 20, 3},
		"4095 bytes":                   {0, []byte{0x1F, 0xFF, 0, 0, 0, 0, 0, 0}, 4095, 585},
		"5000 bytes, escape sequence":  {0, []byte{0x10, 0, 0, 0, 0x13, 0x88, 0, 0}, 5000, 714},
		"cut behind its length's half": {0, []byte{0x10}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			total, frames := consecutive(row.ae, row.content)
			require.Equal(t, [2]int{row.total, row.frames}, [2]int{total, frames})
		})
	}
}

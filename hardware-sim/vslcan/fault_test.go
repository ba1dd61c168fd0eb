package vslcan_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/can"
)

// TestFaults: each does what it is called for.
func TestFaults(t *testing.T) {
	const open = "S6\rO\r"
	ask := strings.Repeat("V\r", 30)
	for fault, c := range map[string]struct{ says, hears string }{
		"chunked-reads": {"V\r", "V1013\r"},
		"lost-ack":      {strings.Repeat("N\r", 8), strings.Repeat("NA123\r", 7)},
		"glued-lines":   {open, "\r\r" + strings.Repeat("t7E8101\r", 4) + "t7E8101" + "t7E8101\r"},
		"torn-lines":    {open, "\r\r" + strings.Repeat("t7E8101\r", 4) + "t7E101\r" + "t7E8101\r"},
		"full-queue":    {open + "t1230\rt1230\r", "\r\rz\r\a"},
		"start-up-junk": {"V\r", "\x00\x00\xFC\x07boot\r\nOKV1013\r"},
		"no-listen":     {"S6\rL\rO\r", "\r\a\r"},
		"no-status":     {open + "F\r", "\r\r\a"},
		"disconnect":    {ask, strings.Repeat("V1013\r", 19)},
		"reset":         {open + strings.Repeat("F\r", 20), "\r\r" + strings.Repeat("F00\r", 17) + "\a\a\a"},
		"half-open":     {ask, strings.Repeat("V1013\r", 19)},
		"left-open":     {"O\rC\r", "\a\r"},
	} {
		t.Run(fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, s, unit := bench(t, vslcan.Options{Fault: fault})
				s.Attach("listener")
				v := visit(t, d, vserial.Options{})
				heard := v.say(t, c.says)
				if strings.HasSuffix(fault, "-lines") {
					for range 6 {
						require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x7E8, 1)))
					}
					heard += v.say(t, "")
				}
				if fault == "disconnect" {
					require.Error(t, <-v.ended)
					require.True(t, strings.HasPrefix(c.hears, heard), "what was still to be said is lost")
					return
				}
				require.Equal(t, c.hears, heard)
			})
		})
	}
	require.Len(t, vslcan.Faults(), 12, "each is here")
}

// FuzzClient lets anybody say anything: the dongle answers what is answered,
// and goes on.
func FuzzClient(f *testing.F) {
	f.Add("S6\rO\rt1230\rF\rC\r", uint8(0))
	f.Add("s001C\rL\rZ1\rV\rN\r\x00\xFF\rT18DAF1100\rR000001238\r", uint8(0))
	f.Add("M1\rS6\rO\r\rd1230\rb123F\rY5\r", uint8(2))
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		synctest.Test(t, func(t *testing.T) {
			name := vslcan.Names()[int(which)%len(vslcan.Names())]
			d, _, _ := bench(t, vslcan.Options{Name: name})
			v := visit(t, d, vserial.Options{})
			heard := v.say(t, text)
			for line := range strings.FieldsFuncSeq(heard, func(r rune) bool { return r == '\r' || r == '\a' }) {
				require.Regexp(t, `^(z|Z|F[0-9A-F]{2}|V1013|V1220|NA123|[0-9a-f]{7} github.com/.*)$`, line)
			}
			require.NotEmpty(t, v.say(t, "\rV\r"))
		})
	})
}

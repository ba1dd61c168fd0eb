package vslcan_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/can"
)

// TestDialogues: what clients say, and what they are told.
func TestDialogues(t *testing.T) {
	const open = "S6\rO\r"
	for _, c := range []struct {
		rule, name, says, hears string
	}{
		{"who it is", "lawicel", "V\rN\r", "V1013\rNA123\r"},
		{"open and close", "lawicel", "S6\rO\rC\rC\r", "\r\r\r\a"},
		{"listen only sends nothing", "lawicel", "S6\rL\rt1230\r", "\r\r\a"},
		{"no bit rate", "lawicel", "O\r", "\a"},
		{"a bit rate that is none", "lawicel", "S9\rS\rS66\r", "\a\a\a"},
		{"registers", "lawicel", "s001C\rs00\rsXXXX\r", "\r\a\a"},
		{"what an open channel refuses", "lawicel", open + "S6\rO\rL\rZ1\rs001C\r", "\r\r\a\a\a\a\a"},
		{"what a closed channel refuses", "lawicel", "t1230\rF\r", "\a\a"},
		{"frames", "lawicel", open + "t12321122\rT18DAF1100\rr1230\rR000001238\r", "\r\rz\rZ\rz\rZ\r"},
		{"no frames", "lawicel", open + "t123\rt12311\rt1239001122334455667788\rt8000\rt12G0\rT200000000\rr12300\rd1230\rt1230G\r", "\r\r" + strings.Repeat("\a", 9)},
		{"what it does not know", "lawicel", "\rX1\rM1\rY2\r", "\a\a\a\a"},
		{"a line without end", "lawicel", strings.Repeat("t", 10_000) + "\rV\r", "\aV1013\r"},
		{"CANable says who it is", "canable", "V\r", "b158aa7 github.com/normaldotcom/canable-fw.git\r"},
		{"CANable says nothing else", "canable", open + "t1230\rF\rL\rC\rX\rM1\rY2\rd1230\r", ""},
		{"an empty line again", "canable", "V\r\r", strings.Repeat("b158aa7 github.com/normaldotcom/canable-fw.git\r", 2)},
		{"an empty line first", "canable", "\rC\r", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _, _ := bench(t, vslcan.Options{Name: c.name})
				require.Equal(t, c.hears, visit(t, d, vserial.Options{}).say(t, c.says))
			})
		})
	}
}

// TestSentFramesReachTheBus, of each form that the dongle has.
func TestSentFramesReachTheBus(t *testing.T) {
	fd := can.Frame{ID: 0x123, Flags: can.FD, Len: 12}
	fast := can.Frame{ID: 0x18DAF110, Flags: can.FD | can.BRS | can.Extended, Len: 1, Data: [64]byte{0xAB}}
	remote := can.Frame{ID: 0x123, Flags: can.Remote, Len: 8}
	for _, c := range []struct {
		rule, name, line string
		frame            can.Frame
	}{
		{"LAWICEL", "lawicel", "t7e8202ff\r", can.NewFrame(0x7E8, 2, 0xFF)},
		{"remote", "lawicel", "r1238\r", remote},
		{"CANable", "canable", "T18DAF1101AB\r", can.NewFrame(0x18DAF110, 0xAB)},
		{"CAN FD", "canable-2", "d1239" + strings.Repeat("0", 24) + "\r", fd},
		{"CAN FD at two rates", "canable-2", "B18DAF1101AB\r", fast},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _, unit := bench(t, vslcan.Options{Name: c.name})
				visit(t, d, vserial.Options{}).say(t, "S6\rO\r"+c.line)
				rx, err := unit.Recv(t.Context())
				require.NoError(t, err)
				require.Equal(t, c.frame, rx.Frame)
			})
		})
	}
}

func TestReceivedFramesAreReported(t *testing.T) {
	fd := can.Frame{ID: 0x123, Flags: can.FD | can.BRS, Len: 12}
	for _, c := range []struct {
		rule, name, before string
		frame              can.Frame
		hears              string
	}{
		{"11 bits", "lawicel", "", can.NewFrame(0x7E8, 0x02, 0xFF), "t7E8202FF\r"},
		{"29 bits", "lawicel", "", can.NewFrame(0x18DAF110, 0xAB), "T18DAF1101AB\r"},
		{"remote", "lawicel", "", can.Frame{ID: 0x123, Flags: can.Remote, Len: 8}, "r1238\r"},
		{"with a time", "lawicel", "Z1\r", can.NewFrame(0x7E8, 1), "t7E8101044C\r"},
		{"CAN FD", "canable-2", "", fd, "b1239" + strings.Repeat("0", 24) + "\r"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, s, unit := bench(t, vslcan.Options{Name: c.name})
				s.Attach("listener")
				v := visit(t, d, vserial.Options{})
				v.say(t, c.before+"S6\rL\rM1\rO\r")
				time.Sleep(100 * time.Millisecond)
				require.NoError(t, unit.Send(t.Context(), c.frame))
				require.Equal(t, c.hears, v.say(t, ""))
			})
		})
	}
}

// TestStatus: nobody acknowledges, until somebody does.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, unit := bench(t, vslcan.Options{})
		require.NoError(t, unit.Close())
		v := visit(t, d, vserial.Options{})
		require.Equal(t, "\r\rF00\rz\r", v.say(t, "S6\rO\rF\rt1230\r"))
		require.Equal(t, "FA4\r", v.say(t, "F\r"), "error-passive")
		require.Equal(t, "F80\r", v.say(t, "F\r"), "and it goes on")
		const full = 63
		heard := v.say(t, strings.Repeat("t1230\r", full+1))
		require.Equal(t, strings.Repeat("z\r", full)+"\a", heard)
		require.Equal(t, "F82\r", v.say(t, "F\r"))
	})
}

// TestSomebodyComes after a frame was not acknowledged.
func TestSomebodyComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s, unit := bench(t, vslcan.Options{})
		require.NoError(t, unit.Close())
		v := visit(t, d, vserial.Options{})
		v.say(t, "S6\rO\rt1230\rF\r")
		s.Attach("late")
		require.Equal(t, "FA4\r", v.say(t, "F\r"), "until then")
		require.Equal(t, "F24\rF00\r", v.say(t, "F\rF\r"), "error-active again")
	})
}

// TestASilentCANable neither sends nor acknowledges.
func TestASilentCANable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, unit := bench(t, vslcan.Options{Name: "canable"})
		v := visit(t, d, vserial.Options{})
		v.say(t, "S6\rM1\rO\rt1230\r")
		require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x7E8, 1)))
		rx, err := unit.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, uint32(can.ErrAck), rx.Frame.ID)
	})
}

// TestTheNextClient meets the channel as the one before left it.
func TestTheNextClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, unit := bench(t, vslcan.Options{})
		first := visit(t, d, vserial.Options{})
		require.Equal(t, "\r\r", first.say(t, "S6\rO\r"))
		require.NoError(t, first.Close())
		require.NoError(t, <-first.ended)
		require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x7E8, 1)))
		next := visit(t, d, vserial.Options{})
		require.Equal(t, "\aF00\rt7E8101\r", next.say(t, "O\rF\r"))
	})
}

func TestBytesTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := bench(t, vslcan.Options{})
		v := visit(t, d, vserial.Options{Baud: 9600})
		began := time.Now()
		require.NoError(t, v.Write(t.Context(), []byte("V\r")))
		for n := 0; n < len("V1013\r"); {
			k, err := v.Read(t.Context(), make([]byte, 16))
			require.NoError(t, err)
			n += k
		}
		require.InDelta(t, 8*10*time.Second/9600, time.Since(began), float64(time.Microsecond))
	})
}

func TestUnknownNames(t *testing.T) {
	_, err := vslcan.New(nil, vslcan.Options{Name: "elm-2.2"})
	require.ErrorContains(t, err, "canable-2")
	_, err = vslcan.New(nil, vslcan.Options{Fault: "fire"})
	require.ErrorContains(t, err, "lost-ack")
}

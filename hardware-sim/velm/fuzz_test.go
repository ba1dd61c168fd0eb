package velm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/can"
)

// FuzzHost sends anything to a dongle on a bus on which somebody answers: no
// panic, no hang, and a client who leaves is let go.
func FuzzHost(f *testing.F) {
	for _, text := range []string{
		"ATZ\rATE0\rATSP0\r0100\r", "ATSP6\rATMA\r \r", "ATBRD 23\r\r", "STPX H:7E0, L:9, R:1\r112233445566778899\r",
		"STP53\rSTPX D:0100\r", "ATSP7\rATSHDA10F1\rATCEA61\r0100\r", "ATSP3\r0100\rATKW\rATSW00\r", "ATCF600\rATCM700\rATCRAX1X\rSTM\r",
		"ATFCSH745\rATFCSD3008\rATFCSM1\r09021\r", "ATLP\r \r", "ATTPA0\r0100\r", "ATPB0000\rATSPB\rATPPS\r", "STSBR 9600\r\xFF\x00\r",
	} {
		f.Add(uint8(len(text)), text)
	}
	names, faults := velm.Names(), velm.Faults()
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		if len(text) > 400 {
			t.Skip("longer texts show nothing new")
		}
		o := velm.Options{Seed: uint64(kind), KLine: engine(true, true, [2]byte{8, 8})}
		if n := int(kind) / len(names); n < len(faults) {
			o.Fault = faults[n].Name
		}
		synctest.Test(t, func(t *testing.T) {
			seg := vbus.New(vbus.Config{Bitrate: 500_000})
			t.Cleanup(func() { require.NoError(t, seg.Close()) })
			answerer := seg.Attach("answerer")
			go answers(answerer)
			open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
				options := []vbus.Option{vbus.Bitrate(bitrate)}
				if listenOnly {
					options = append(options, vbus.ListenOnly())
				}
				return seg.Attach("dongle", options...), nil
			}
			b := attach(t, names[int(kind)%len(names)], open, o)
			_ = b.host.Write(t.Context(), []byte(text))
			b.hear("", 3*time.Second)
			b.leave()
		})
	})
}

// answers says a long message to whatever it hears but flow control, until its
// bus is closed.
func answers(bus can.Bus) {
	for {
		rx, err := bus.Recv(context.Background())
		if err != nil {
			return
		}
		if rx.Own || rx.Frame.Is(can.Error) || rx.Frame.Data[0]>>4 == 3 {
			continue
		}
		for _, text := range []string{"7E8#1014490201574241", "7E8#21554E3743303748", "7E8#2247313034323137", "18DAF110#037F0178"} {
			f, _ := can.ParseFrame(text)
			if bus.Send(context.Background(), f) != nil {
				return
			}
		}
	}
}

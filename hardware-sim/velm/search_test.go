package velm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/can"
)

func TestNobodyAcknowledges(t *testing.T) {
	onSegment(t, "elm-2.2", func(w *wired) {
		require.NoError(w.t, w.other.Close())
		w.quiet("ATSP6")
		begin := time.Now()
		w.says("0100", "CAN ERROR\r")
		require.Less(w.t, time.Since(begin), 100*time.Millisecond)
		w.says("ATSP0", "OK\r", "0100", "SEARCHING...\rUNABLE TO CONNECT\r", "ATDPN", "A0\r")
		require.Empty(w.t, w.d.Ledger().Frames)
		w.blameless()
	})
}

func TestWrongBitRate(t *testing.T) {
	inTraffic(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet("ATSP8")
		b.says("0100", "CAN ERROR\r", "ATSP6", "OK\r", "0100", "41 00 80 18 00 01 \r")
	})
}

func TestSearch(t *testing.T) {
	for _, row := range []struct {
		rule     string
		dongle   string
		commands []string
		request  string
		lines    string
		number   string
	}{
		{"the request is the probe", "elm-2.2", nil, "0100", "SEARCHING...\r41 00 80 18 00 01 \r", "A6\r"},
		{"the request comes behind the probe", "elm-2.2", nil, "010D", "SEARCHING...\r41 0D 00 \r", "A6\r"},
		{"clones glue", "wifi-clone", nil, "0100", "SEARCHING...41 00 80 18 00 01 \r", "A6\r"},
		{"a protocol first, then others", "elm-2.2", []string{"ATSPA8"}, "0100", "SEARCHING...\r41 00 80 18 00 01 \r", "A6\r"},
		{"ATTP", "elm-2.2", []string{"ATTP6"}, "0100", "41 00 80 18 00 01 \r", "6\r"},
		{"by SAE J1978", "elm-2.2", []string{"ATSS"}, "0100", "SEARCHING...\r41 00 80 18 00 01 \r", "A6\r"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			inTraffic(t, row.dongle, velm.Options{}, func(b *bench) {
				b.quiet(row.commands...)
				b.says(row.request, row.lines, "ATDPN", row.number)
			})
		})
	}
}

func TestASearchIsBrokenOff(t *testing.T) {
	onSegment(t, "elm-2.2", func(w *wired) {
		w.quiet()
		w.send("0100\r")
		time.Sleep(2 * time.Second)
		w.send("x")
		require.Equal(w.t, "SEARCHING...\rSTOPPED\r\r>", w.hear(">", patience))
	})
}

// engine is a unit on a K-line.
func engine(slow, fast bool, keys [2]byte) *velm.KLine {
	return &velm.KLine{
		Slow: slow, Fast: fast, Keys: keys, Address: 0x11, Latency: 30 * time.Millisecond,
		Answer: func(target byte, request []byte) [][]byte {
			switch {
			case target != 0x33 && target != 0x6A && target != 0x11:
				return nil
			case request[0] == 0x01 && request[1] == 0x00:
				return [][]byte{{0x41, 0x00, 0xBE, 0x1F, 0xB8, 0x10}}
			case request[0] == 0x09:
				return [][]byte{{0x49, 0x02, 0x01, 0, 0, 0, 0x31}, {0x49, 0x02, 0x02, 0x44, 0x34, 0x47, 0x50}}
			}
			return nil
		},
	}
}

// onKLine runs a dialogue in a car without CAN.
func onKLine(t *testing.T, dongle string, k *velm.KLine, run func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		none := func(context.Context, int, bool) (can.Bus, error) { return nowhere{}, nil }
		run(attach(t, dongle, none, velm.Options{KLine: k}))
	})
}

// nowhere is a CAN controller whose pins lead nowhere.
type nowhere struct{}

func (nowhere) Send(ctx context.Context, _ can.Frame) error {
	<-ctx.Done()
	return ctx.Err()
}

func (nowhere) Recv(context.Context) (can.Rx, error) { return can.Rx{}, can.ErrClosed }
func (nowhere) Close() error                         { return nil }

func TestKLine(t *testing.T) {
	for _, row := range []struct {
		rule     string
		dongle   string
		unit     *velm.KLine
		protocol string
		lines    string
		header   string
	}{
		{"ISO 9141-2", "elm-2.2", engine(true, false, [2]byte{8, 8}), "ATSP3", "BUS INIT: OK\r41 00 BE 1F B8 10 \r", "48 6B 11 41 00 BE 1F B8 10 AA \r"},
		{"early chips draw dots", "elm-1.4b", engine(true, false, [2]byte{0x94, 0x94}), "ATSP3", "BUS INIT: ...OK\r41 00 BE 1F B8 10 \r", "48 6B 11 41 00 BE 1F B8 10 AA \r"},
		{"ISO 14230-4, five baud", "elm-2.2", engine(true, false, [2]byte{0xEF, 0x8F}), "ATSP4", "BUS INIT: OK\r41 00 BE 1F B8 10 \r", "86 F1 11 41 00 BE 1F B8 10 6E \r"},
		{"ISO 14230-4, fast", "elm-2.2", engine(false, true, [2]byte{0xEF, 0x8F}), "ATSP5", "BUS INIT: OK\r41 00 BE 1F B8 10 \r", "86 F1 11 41 00 BE 1F B8 10 6E \r"},
		{"key words of another protocol", "elm-2.2", engine(true, false, [2]byte{0xEF, 0x8F}), "ATSP3", "BUS INIT: ERROR\r", ""},
		{"a unit that wants five baud", "elm-2.2", engine(true, false, [2]byte{0xEF, 0x8F}), "ATSP5", "BUS INIT: ERROR\r", ""},
		{"nobody", "elm-1.4b", nil, "ATSP4", "BUS INIT: ...ERROR\r", ""},
		{"found by search", "elm-2.2", engine(true, false, [2]byte{8, 8}), "ATSP0", "SEARCHING...\r41 00 BE 1F B8 10 \r", "48 6B 11 41 00 BE 1F B8 10 AA \r"},
		{"found by search with other key words", "elm-2.2", engine(true, false, [2]byte{0xEF, 0x8F}), "ATSP0", "SEARCHING...\r41 00 BE 1F B8 10 \r", "86 F1 11 41 00 BE 1F B8 10 6E \r"},
		{"found by search, fast", "elm-2.2", engine(false, true, [2]byte{}), "ATSP0", "SEARCHING...\r41 00 BE 1F B8 10 \r", "86 F1 11 41 00 BE 1F B8 10 6E \r"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			onKLine(t, row.dongle, row.unit, func(b *bench) {
				b.quiet(row.protocol)
				b.says("0100", row.lines)
				if row.header != "" {
					b.quiet("ATH1")
					b.says("0100", row.header)
				}
				b.blameless()
			})
		})
	}
}

func TestKLineSession(t *testing.T) {
	onKLine(t, "elm-2.2", engine(true, false, [2]byte{8, 8}), func(b *bench) {
		b.quiet("ATSP3", "ATS0")
		b.says("ATKW", "1:-- 2:--\r")
		begin := time.Now()
		b.says("0100", "BUS INIT: OK\r4100BE1FB810\r")
		require.Greater(b.t, time.Since(begin), 2500*time.Millisecond, "five baud")
		b.says("ATKW", "1:08 2:08\r", "0902", "49020100000031\r49020244344750\r", "010D", "NO DATA\r")

		time.Sleep(time.Minute)
		b.says("0100", "4100BE1FB810\r")
		b.quiet("ATSW 00")
		time.Sleep(5100 * time.Millisecond)
		b.says("0100", "BUS INIT: OK\r4100BE1FB810\r")
		b.says("ATSI", "BUS INIT: OK\r", "ATFI", "?\r", "ATWM 8111F13E", "OK\r")
		b.blameless()
	})
}

// A frame wakes the controllers of a car that sleeps, and the units come later.
func TestCarAsleep(t *testing.T) {
	inCar(t, "elm-2.2", "no-telematics-2008", car.Options{}, velm.Options{}, func(b *bench) {
		b.quiet("ATSP6")
		b.says("0100", "CAN ERROR\r")
		time.Sleep(time.Second)
		b.says("0100", "41 00 80 18 00 01 \r41 00 80 08 00 00 \r")
		b.blameless()
	})
}

// Pins 3 and 11 are another bus.
func TestSecondBus(t *testing.T) {
	s, err := car.Load(bmw)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(s, car.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		var rates []int
		second := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			rates = append(rates, bitrate)
			return c.Connect(bitrate, listenOnly)
		}
		none := func(context.Context, int, bool) (can.Bus, error) { return nowhere{}, nil }
		b := attach(t, "stn2255", none, velm.Options{Second: second})
		b.quiet("STP 53")
		b.says("STPR", "53\r", "0100", "CAN ERROR\r", "STPBR 500000", "OK\r", "0100", "41 00 80 18 00 01 \r",
			"STP 33", "OK\r", "0100", "CAN ERROR\r", "ATDPN", "6\r", "STP 99", "?\r")
		require.Equal(t, []int{125_000, 500_000}, rates)
	})
	onSegment(t, "stn2255", func(w *wired) {
		w.quiet("STP 53")
		w.says("0100", "CAN ERROR\r")
	})
}

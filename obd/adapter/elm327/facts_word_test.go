package elm327_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/transport"
)

var wordFacts = []fact{
	{name: "8 ? is a capability that is not there", run: notKnown},
	{name: "8 NO DATA is nobody, or too late", run: noData},
	{name: "8 UNABLE TO CONNECT", run: func(t *testing.T) {
		t.Helper()
		meets(t, "word:UNABLE TO CONNECT", transport.ErrNoAck, transport.SentUnknown)
	}},
	{name: "8 protocols are tried one by one", run: oneByOne},
	{name: "8 BUS INIT: ERROR is tried once more", run: secondInit},
	{name: "8 BUS INIT: ERROR in the middle", run: func(t *testing.T) {
		t.Helper()
		meets(t, "word:BUS INIT: ERROR", transport.ErrAborted, transport.SentNo)
	}},
	{name: "8 CAN ERROR is the wrong speed or the wrong pins", run: wrongRate},
	{name: "8 BUS BUSY is waited out", run: func(t *testing.T) { t.Helper(); busyBus(t, "word:BUS BUSY") }},
	{name: "8 FB ERROR is waited out", run: func(t *testing.T) { t.Helper(); busyBus(t, "word:FB ERROR") }},
	{name: "8 STOPPED", run: func(t *testing.T) {
		t.Helper()
		meets(t, "word:STOPPED", transport.ErrAborted, transport.SentUnknown)
	}},
	{name: "8 ERR94 is mended by a new beginning", run: fatal},
	{name: "8 LV RESET takes all settings", run: lowVoltage},
	{name: "8 ACT ALERT", run: func(t *testing.T) { t.Helper(); sleeps(t, "ACT ALERT") }},
	{name: "8 LP ALERT", run: func(t *testing.T) { t.Helper(); sleeps(t, "LP ALERT") }},
	{name: "8 a banner in the middle", run: watchdog},
	{name: "8 a negative answer is an answer", run: negative},
}

// notKnown: it goes on without.
func notKnown(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{Fault: "lacks:AT,CTM,CSM,AMC,JE,M,RV,L,S"}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		d, l := s.linked()
		able := d.Capabilities()
		require.Equal(s.t, []elm327.Ability{elm327.No, elm327.No, elm327.No, elm327.No, elm327.No},
			[]elm327.Ability{able.Adaptive, able.TimerScale, able.Silent, able.Activity, able.J1939})
		require.Equal(s.t, elm327.Yes, able.FlowControl)
		s.well(l, "7E0/7E8")
	})
}

func noData(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		delay := time.Duration(0)
		s.unitBy("7E0/7E8", func(request []byte) [][]byte {
			if request[0] != 0x22 {
				return nil
			}
			time.Sleep(delay)
			return [][]byte{{0x62, request[1], request[2], byte(delay / time.Millisecond)}}
		})
		_, l := s.linked()
		c := dial(s.t, l, "7E0/7E8")
		s.well0(c)
		delay = 200 * time.Millisecond // later than ever before, and in time
		require.Equal(s.t, byte(200), ask(s.t, c, 0x22, 1, 2).Data[3])
		began := time.Now()
		_, err := read(c, "\x01\x00")
		require.ErrorAs(s.t, err, new(*transport.TimeoutError))
		require.Less(s.t, time.Since(began), 600*time.Millisecond)
	})
}

// well0 has the driver learn that a unit is quick.
func (s *scene) well0(c transport.Conn) {
	s.t.Helper()
	for range 5 {
		require.Equal(s.t, []byte{0x62, 1, 2, 0}, ask(s.t, c, 0x22, 1, 2).Data)
	}
}

// meets has a chip say a word in place of an answer. It is told as what it is,
// and all else comes out.
func meets(t *testing.T, fault string, cause error, sent transport.Sent) {
	t.Helper()
	for _, dongle := range []string{"elm-1.4b", "stn1110", "wifi-clone"} {
		meet(t, dongle, velm.Options{Fault: fault}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			began := time.Now()
			good, failed := s.reads(dial(s.t, l, "7E0/7E8"), 20)
			require.Less(s.t, time.Since(began), 20*time.Second)
			require.GreaterOrEqual(s.t, good, 10)
			require.NotEmpty(s.t, failed)
			for _, err := range failed {
				require.ErrorIs(s.t, err, cause)
				op, ok := errors.AsType[*transport.OpError](err)
				require.True(s.t, ok)
				require.Contains(s.t, []transport.Sent{sent, transport.SentYes}, op.Sent)
			}
			require.Zero(s.t, incidents(l))
		})
	}
}

// busyBus: the chip could not send, and a moment later it can.
func busyBus(t *testing.T, fault string) {
	t.Helper()
	for _, dongle := range []string{"elm-1.4b", "stn1110", "wifi-clone"} {
		meet(t, dongle, velm.Options{Fault: fault}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			good, failed := s.reads(dial(s.t, l, "7E0/7E8"), 20)
			require.Empty(s.t, failed)
			require.Equal(s.t, 20, good)
			require.EqualValues(s.t, 20, s.asked.Load(), "nothing is asked twice")
		})
	}
}

func oneByOne(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		d := s.driver()
		var tried []string
		_, err := d.Search(s.t.Context(), func(protocol string, n, of int) {
			require.Equal(s.t, []int{len(tried) + 1, 3}, []int{n, of})
			tried = append(tried, protocol)
		})
		require.ErrorIs(s.t, err, adapter.ErrNoProtocol)
		require.Len(s.t, tried, 3)
		require.Empty(s.t, s.velm.Ledger().Frames)
	})
}

func secondInit(t *testing.T) {
	t.Helper()
	for _, deaf := range []int{1, 3} { // of the quick initialisation, of the first slow one
		unit := &velm.KLine{Fast: deaf == 1, Slow: deaf == 3, Keys: [2]byte{0xE9, 0x8F}, Deaf: deaf, Address: 0x10, Answer: emissionUnit}
		meet(t, "elm-1.4b", velm.Options{KLine: unit}, func(s *scene) {
			began := time.Now()
			found, err := s.driver().Search(s.t.Context(), func(string, int, int) {})
			require.NoError(s.t, err)
			require.Contains(s.t, found.Protocol, "ISO 14230-4 KWP")
			require.Less(s.t, time.Since(began), 25*time.Second)
			requireKLine(s.t, found.Link, 0x10)
		})
	}
}

func wrongRate(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		d := s.driver()
		l, err := d.Join(s.t.Context(), 250_000)
		require.NoError(s.t, err)
		_, err = read(dial(s.t, l, "7E0/7E8"), "\x22\xF1\x90")
		require.ErrorIs(s.t, err, transport.ErrNoAck)
		l, err = d.Join(s.t.Context(), 500_000)
		require.NoError(s.t, err)
		time.Sleep(time.Second)
		s.well(l, "7E0/7E8")
	})
}

func fatal(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110", "clone-2.1"} {
		meet(t, dongle, velm.Options{Fault: "err94"}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			good, failed := s.reads(dial(s.t, l, "7E0/7E8"), 12)
			require.Equal(s.t, 11, good)
			require.ErrorIs(s.t, failed[0], transport.ErrBusOff)
			require.Equal(s.t, 1, s.named("PC"))
			require.EqualValues(s.t, 1, incidents(l).Resets)
		})
	}
}

func lowVoltage(t *testing.T) {
	t.Helper()
	meet(t, "stn1110", velm.Options{Fault: "lv-reset"}, func(s *scene) {
		s.unit("740/760", identified())
		_, l := s.linked()
		good, failed := s.reads(dial(s.t, l, "740/760"), 18)
		require.GreaterOrEqual(s.t, good, 13)
		require.NotEmpty(s.t, failed)
		var low *elm327.LowVoltageError
		require.ErrorAs(s.t, failed[0], &low)
		require.EqualValues(s.t, len(failed), incidents(l).Resets)
		require.Greater(s.t, s.named("CFCPA"), 1, "the chip has forgotten to whom it sends flow control")
	})
}

func sleeps(t *testing.T, alert string) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		meet(t, dongle, velm.Options{Fault: "sleeps:" + alert}, func(s *scene) {
			s.unit("714/77E", identified()) // which gets no flow control unless the chip is told again
			_, l := s.linked()
			began := time.Now()
			good, failed := s.reads(dial(s.t, l, "714/77E"), 12)
			require.Equal(s.t, 11, good)
			require.ErrorAs(s.t, failed[0], new(*elm327.AsleepError))
			require.Less(s.t, time.Since(began), 10*time.Second)
		})
	}
}

func watchdog(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110", "wifi-clone"} {
		meet(t, dongle, velm.Options{Fault: "reset-in-the-middle"}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			good, _ := s.reads(dial(s.t, l, "7E0/7E8"), 20)
			require.GreaterOrEqual(s.t, good, 18)
			require.EqualValues(s.t, 1, incidents(l).Resets)
		})
	}
}

func negative(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		c := dial(s.t, l, "7E0/7E8")
		require.Equal(s.t, []byte{0x7F, 0x22, 0x31}, ask(s.t, c, 0x22, 0x12, 0x34).Data)
		require.NoError(s.t, c.Send(context.Background(), []byte{0x22, 0xF1, 0x50}, transport.Want{Answers: 1}))
		m, err := c.Recv(context.Background(), 250*time.Millisecond)
		require.NoError(s.t, err)
		require.Equal(s.t, identified()["\x22\xF1\x50"], string(m.Data))
	})
}

package elm327_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

var framing = []fact{
	{name: "1 only the prompt ends a reply", run: func(t *testing.T) { t.Helper(); plainly(t, "elm-2.2", "slow-prompt") }},
	{name: "1 power down has no prompt", run: powerDown},
	{name: "2 nothing is sent before the prompt", run: func(t *testing.T) { t.Helper(); crowd(t, "elm-2.2") }},
	{name: "2 one character ends what goes on by itself", run: interruption},
	{name: "3 a bare carriage return would clear the codes again", run: lastCommand},
	{name: "4 one command at a time", run: func(t *testing.T) { t.Helper(); crowd(t, "stn1110") }},
	{name: "5 NULs in front of the banner", run: func(t *testing.T) { t.Helper(); plainly(t, "stn2255", "") }},
	{name: "5 junk in front of the banner", run: func(t *testing.T) { t.Helper(); plainly(t, "clone-1.5", "") }},
	{name: "5 NULs everywhere", run: func(t *testing.T) { t.Helper(); plainly(t, "elm-2.2", "nuls") }},
	{name: "5 bytes in pieces", run: func(t *testing.T) { t.Helper(); plainly(t, "elm-2.2", "chunked-reads") }},
	{name: "6 a numeric echo is no answer", run: numericEcho},
	{name: "6 the echo comes back", run: echoAgain},
	{name: "6 line feeds and blanks at first", run: lineFeeds},
	{name: "7 DATA ERROR is not DA AE", run: notHex},
	{name: "7 a damaged line is no data", run: damaged},
	{name: "8 BUFFER FULL behind data", run: bufferFull},
	{name: "8 SEARCHING in front of data", run: searching},
}

// plainly has a dongle at which nothing goes wrong, however it may look.
func plainly(t *testing.T, dongle, fault string) {
	t.Helper()
	meet(t, dongle, velm.Options{Fault: fault}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		s.well(l, "7E0/7E8")
		require.Zero(s.t, incidents(l))
	})
}

func powerDown(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		d, l := s.linked()
		began := time.Now()
		_, texts, err := d.Said(s.t.Context(), "ATLP")
		require.NoError(s.t, err)
		require.Equal(s.t, []string{"OK"}, texts)
		require.Less(s.t, time.Since(began), 100*time.Millisecond)
		s.well(l, "7E0/7E8") // it is woken, and has its settings
	})
}

// crowd has many ask at once.
func crowd(t *testing.T, dongle string) {
	t.Helper()
	meet(t, dongle, velm.Options{}, func(s *scene) {
		addresses := []string{"7E0/7E8", "7E1/7E9", "740/760"}
		for _, a := range addresses {
			s.unit(a, identified())
		}
		d, l := s.linked()
		var all sync.WaitGroup
		for _, a := range addresses {
			c := dial(s.t, l, a)
			all.Go(func() {
				for range 5 {
					got, err := read(c, "\x22\xF1\x50")
					if err != nil || got != "\x62\xF1\x50\x0F\x2E\x10" {
						t.Errorf("%s: % X: %v", a, got, err)
					}
				}
			})
		}
		all.Go(func() {
			for range 5 {
				if mv, err := d.Supply(context.Background()); mv != 12_600 || err != nil {
					t.Errorf("%d mV: %v", mv, err)
				}
			}
		})
		all.Wait()
		require.Empty(s.t, s.velm.Ledger().Violations)
	})
}

func interruption(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		node, began, heard := s.bus.Attach("door"), time.Now(), 0
		go func() {
			for time.Since(began) < 3*time.Second {
				_ = node.Send(context.Background(), can.NewFrame(0x2A0, 1, 2, 3))
				time.Sleep(20 * time.Millisecond)
			}
		}()
		d := s.driver()
		require.NoError(s.t, d.Listen(s.t.Context(), 500_000, time.Second, func(rx can.Rx) {
			require.Equal(s.t, can.NewFrame(0x2A0, 1, 2, 3), rx.Frame)
			heard++
		}))
		require.Positive(s.t, heard)
		require.Positive(s.t, s.velm.Ledger().Stops)
		l, err := d.Join(s.t.Context(), 500_000)
		require.NoError(s.t, err)
		s.well(l, "7E0/7E8")
		time.Sleep(3 * time.Second)
	})
}

// lastCommand: somebody cleared the trouble codes and left.
func lastCommand(t *testing.T) {
	t.Helper()
	meet(t, "elm-1.4b", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", map[string]string{"\x04": "\x44"})
		s.former("ATE0", "ATSP6", "04")
		require.EqualValues(s.t, 1, s.asked.Load())
		s.linked()
		require.EqualValues(s.t, 1, s.asked.Load())
		require.Empty(s.t, s.velm.Ledger().Violations)
	})
}

func numericEcho(t *testing.T) {
	t.Helper()
	for dongle, fault := range map[string]string{"clone-1.5": "", "elm-2.2": "numeric-echo"} {
		meet(t, dongle, velm.Options{Fault: fault}, func(s *scene) {
			s.unitBy("7E0/7E8", func(request []byte) [][]byte {
				if string(request) != "\x01\x0C" {
					return nil
				}
				return [][]byte{{0x41, 0x0C, 0x0B, 0xB8}}
			})
			_, l := s.linked()
			c := dial(s.t, l, "7E0/7E8")
			require.Equal(s.t, []byte{0x41, 0x0C, 0x0B, 0xB8}, ask(s.t, c, 1, 0x0C).Data)
			_, err := read(c, "\x01\x0D")
			require.ErrorAs(s.t, err, new(*transport.TimeoutError), "nobody answers that")
			require.Zero(s.t, incidents(l))
		})
	}
}

func echoAgain(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{Fault: "lv-reset"}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		good, failed := s.reads(dial(s.t, l, "7E0/7E8"), 24)
		require.NotEmpty(s.t, failed)
		require.GreaterOrEqual(s.t, good, 16)
		require.ErrorIs(s.t, failed[0], transport.ErrReset)
		require.Equal(s.t, len(failed), int(incidents(l).Resets))
		require.Zero(s.t, incidents(l).Garbled)
	})
}

func lineFeeds(t *testing.T) {
	t.Helper()
	meet(t, "elm-1.4b", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		d, l := s.linked()
		require.Equal(s.t, "ELM327 v1.4b", d.Capabilities().Banner)
		require.Equal(s.t, "OBDII to RS232 Interpreter", d.Capabilities().Description)
		for _, c := range []string{"ATL1", "ATS1"} { // somebody else has switched them on
			_, _, err := d.Said(s.t.Context(), c)
			require.NoError(s.t, err)
		}
		s.well(l, "7E0/7E8")
	})
}

// garbles has a fault strike now and then: each read comes out or is an error.
func garbles(t *testing.T, fault string, cause error) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		meet(t, dongle, velm.Options{Fault: fault}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			good, failed := s.reads(dial(s.t, l, "7E0/7E8"), 40)
			require.Greater(s.t, good, 20)
			require.NotEmpty(s.t, failed)
			for _, err := range failed {
				if errors.As(err, new(*transport.TimeoutError)) {
					continue // the rest of a long one
				}
				require.ErrorIs(s.t, err, cause)
			}
		})
	}
}

func notHex(t *testing.T) {
	t.Helper()
	garbles(t, "word:DATA ERROR", transport.ErrGarbled)
}

func damaged(t *testing.T) {
	t.Helper()
	garbles(t, "rx-error", transport.ErrGarbled)
}

// bufferFull: from then on frames are let come a few at a time.
func bufferFull(t *testing.T) {
	t.Helper()
	garbles(t, "buffer-full", transport.ErrOverrun)
	meet(t, "elm-2.2", velm.Options{Fault: "buffer-full"}, func(s *scene) {
		s.unit("740/760", identified())
		_, l := s.linked()
		s.reads(dial(s.t, l, "740/760"), 40)
		require.Positive(s.t, incidents(l).Overruns)
		blocks := map[byte]bool{}
		for _, f := range s.velm.Ledger().Frames {
			if f.Data[0] == 0x30 {
				blocks[f.Data[1]] = true
			}
		}
		require.Equal(s.t, map[byte]bool{0: true, 5: true}, blocks)
	})
}

// searching: a clone that looks for the protocol by itself says so on the line
// of the answer, and may take seconds.
func searching(t *testing.T) {
	t.Helper()
	unit := &velm.KLine{Slow: true, Keys: [2]byte{8, 8}, Address: 0x11, Answer: func(byte, []byte) [][]byte { return [][]byte{{0x41, 0, 1, 2, 3, 4}} }}
	for want, kline := range map[string]*velm.KLine{"7E8 06 41 00 BE 3E B8 11": nil, "000 48 6B 11 41 00 01 02 03 04 0F": unit} {
		meet(t, "clone-2.1", velm.Options{KLine: kline}, func(s *scene) {
			if kline == nil {
				s.unit("7E0/7E8", identified())
			}
			d := s.driver()
			_, _, err := d.Said(s.t.Context(), "ATSP0")
			require.NoError(s.t, err)
			data, texts, err := d.Said(s.t.Context(), "0100")
			require.NoError(s.t, err)
			require.Equal(s.t, "SEARCHING...", texts[0])
			require.Equal(s.t, []string{want}, data)
		})
	}
}

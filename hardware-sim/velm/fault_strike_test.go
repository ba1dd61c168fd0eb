package velm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
)

func TestSlowPrompt(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{Fault: "slow-prompt"}, func(b *bench) {
		b.quiet()
		b.send("ATI\r")
		require.Equal(b.t, "ELM327 v2.2\r\r", b.hear("", 80*time.Millisecond))
		require.Equal(b.t, ">", b.hear(">", 100*time.Millisecond))
		b.blameless()
		b.send("ATI\r")
		require.Equal(b.t, "ELM327 v2.2\r\r", b.hear("", 80*time.Millisecond))
		b.send("A")
		b.hear(">", 100*time.Millisecond)
		require.Equal(b.t, velm.RuleEarly, b.d.Ledger().Violations[0].Rule)
	})
}

func TestLateReplyOfOneCommand(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{Fault: "late-reply:at pps"}, func(b *bench) {
		b.quiet()
		b.says("ATI", "ELM327 v2.2\r")
		b.send("ATPPS\r")
		require.Empty(b.t, b.hear("", 1900*time.Millisecond))
		require.True(b.t, strings.HasPrefix(b.hear(">", time.Second), "00:FF F"))
	})
}

func TestWords(t *testing.T) {
	for _, word := range []string{"UNABLE TO CONNECT", "DATA ERROR", "?"} {
		plug(t, "elm-2.2", velm.Options{Fault: "word:" + strings.ToLower(word)}, func(b *bench) {
			b.quiet("ATSP6")
			for range 4 {
				require.Contains(b.t, b.ask("0100"), "41 00")
			}
			b.says("0100", word+"\r")
			require.Len(b.t, b.d.Ledger().Frames, 4, "nothing goes out")
		})
	}
	for _, fault := range []string{"word:HELLO", "sleeps:BUS BUSY", "idle-drop:soon", "slow-prompt:1"} {
		_, err := velm.New("elm-2.2", nil, velm.Options{Fault: fault})
		require.Error(t, err, fault)
	}
}

// TestFatalError: closing the protocol brings the controller back, not another
// request.
func TestFatalError(t *testing.T) {
	plug(t, "stn1110", velm.Options{Fault: "err94"}, func(b *bench) {
		b.quiet("ATSP6")
		for range 4 {
			b.ask("0100")
		}
		require.Contains(b.t, b.ask("0100"), "ERR94")
		b.quiet("ATSP6")
		b.says("0100", "ERR94\r", "ATPC", "OK\r")
		require.Contains(b.t, b.ask("0100"), "41 00")
	})
}

func TestSleeps(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{Fault: "sleeps:act alert"}, func(b *bench) {
		b.quiet("ATSP6")
		for range 4 {
			b.ask("0100")
		}
		b.says("0100", "ACT ALERT\r")
		began := time.Now()
		b.send(" ")
		require.Contains(b.t, b.hear(">", 2*time.Second), "ELM327 v2.2")
		require.GreaterOrEqual(b.t, time.Since(began), time.Second)
	})
}

func TestIdleDrop(t *testing.T) {
	plug(t, "wifi-clone", velm.Options{Fault: "idle-drop:15"}, func(b *bench) {
		for range 3 {
			require.Contains(b.t, b.ask("ATI"), "ELM327 v1.5")
			require.Empty(b.t, b.hear("", 14*time.Second))
		}
		require.Equal(b.t, "<EOF>", b.hear("", 2*time.Second))
		b.leave()
	})
}

func TestLacks(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{Fault: "lacks:CAF,CFC"}, func(b *bench) {
		b.quiet()
		b.says("ATCAF0", "?\r", "ATCFC1", "?\r", "ATAL", "OK\r")
	})
}

func TestStaleWarmStart(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{Fault: "stale-warm-start"}, func(b *bench) {
		b.quiet()
		require.Equal(b.t, "\r\rELM327 v2.2\r\r>", b.ask("ATWS"))
		b.says("ATI", "ELM327 v2.2\r")
		require.Contains(b.t, b.ask("ATZ"), "\r\nELM327 v2.2\r\n")
		require.Equal(b.t, "ATI\r\nELM327 v2.2\r\n\r\n>", b.ask("ATI"), "the echo is back")
	})
}

// TestGarbledSpeed: whoever does not understand the name says nothing, and the
// dongle is back at its own speed.
func TestGarbledSpeed(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{Fault: "garbled-speed"}, func(b *bench) {
		b.quiet()
		b.send("ATBRD23\r")
		require.Equal(b.t, "OK\r", b.hear("\r", 50*time.Millisecond))
		require.NoError(b.t, b.host.SetBaud(b.t.Context(), 4_000_000/0x23))
		require.NotContains(b.t, b.hear("", 100*time.Millisecond), "ELM327")
		require.NoError(b.t, b.host.SetBaud(b.t.Context(), 38400))
		b.hear("", 200*time.Millisecond)
		b.says("ATI", "ELM327 v2.2\r")
	})
}

// TestDeafKLine: a unit that does not hear the first initialisation.
func TestDeafKLine(t *testing.T) {
	unit := &velm.KLine{Fast: true, Deaf: 1, Address: 0x10, Answer: func(byte, []byte) [][]byte { return [][]byte{{0x41, 0x00, 0, 0, 0, 0}} }}
	plug(t, "elm-2.2", velm.Options{KLine: unit}, func(b *bench) {
		b.quiet("ATSP5")
		b.says("0100", "BUS INIT: ERROR\r")
		require.Contains(b.t, b.ask("0100"), "BUS INIT: OK\r41 00")
	})
}

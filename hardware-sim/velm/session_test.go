package velm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
)

func pipe(d *velm.Dongle) (*vserial.Host, vserial.Conn) { return vserial.Pipe(d.Line()) }

func TestViolations(t *testing.T) {
	for _, row := range []struct {
		rule velm.Rule
		run  func(b *bench)
	}{
		{velm.RuleBare, func(b *bench) { b.says("ATI", "ELM327 v2.2\r", "", "ELM327 v2.2\r") }},
		{velm.RuleParameter, func(b *bench) { b.says("ATPP 0C SV 23", "OK\r") }},
		{velm.RuleBrick, func(b *bench) { b.says("ATTPA0", "OK\r") }},
		{velm.RuleReset, func(b *bench) { b.ask("ATSP6"); b.ask("0100"); b.ask("ATZ") }},
		{velm.RuleEarly, func(b *bench) {
			b.send("ATI\rATI\r")
			require.Equal(b.t, "ELM327 v2.2\r\r>STOPPED\r\r>?\r\r>", b.hear("", time.Second))
		}},
		{velm.RuleEarly, func(b *bench) {
			b.send("ATWS\r")
			time.Sleep(50 * time.Millisecond)
			b.send("ATI\r")
			require.Contains(b.t, b.hear("", time.Second), "STOPPED")
		}},
	} {
		t.Run(string(row.rule), func(t *testing.T) {
			plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
				b.quiet()
				row.run(b)
				require.NotEmpty(b.t, b.d.Ledger().Violations)
				require.Equal(b.t, row.rule, b.d.Ledger().Violations[0].Rule)
			})
		})
	}
}

// The bytes of a prompt still take their time on the line.
func TestAByteDuringThePrompt(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet()
		b.send("ATI\r")
		require.Equal(b.t, "ELM327 v2.2\r", b.hear("\r", time.Second))
		b.send("ATI\r")
		b.hear("", time.Second)
		require.NotEmpty(b.t, b.d.Ledger().Violations)
	})
}

// An STN keeps commands that come too early, and still it is wrong.
func TestAChipThatQueuesCommands(t *testing.T) {
	plug(t, "stn1110", velm.Options{}, func(b *bench) {
		b.quiet()
		b.send("ATI\rSTI\r")
		require.Equal(b.t, "ELM327 v1.4b\r\r>STN1110 v4.2.0\r\r>", b.hear("", time.Second))
		require.Equal(b.t, velm.RulePipelined, b.d.Ledger().Violations[0].Rule)
	})
}

func TestACommandWithoutItsEnd(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet()
		b.send("ATI")
		require.Empty(b.t, b.hear(">", 19*time.Second))
		require.Equal(b.t, "?\r\r>", b.hear(">", 2*time.Second))
	})
}

func TestSupplyAndIgnition(t *testing.T) {
	volts, on := 12340, false
	o := velm.Options{Supply: func() int { return volts }, Ignition: func() bool { return on }}
	plug(t, "elm-2.2", o, func(b *bench) {
		b.quiet()
		b.says("ATRV", "12.3V\r", "ATIGN", "OFF\r")
		volts, on = 9050, true
		b.says("ATRV", "9.0V\r", "ATIGN", "ON\r")
	})
}

// ATLP says OK without a prompt; any byte wakes the chip, which takes a second
// and has lost its settings.
func TestLowPower(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6")
		b.ask("0100")
		b.send("ATLP\r")
		require.Equal(b.t, "OK\r", b.hear("", time.Minute))
		begin := time.Now()
		b.send(" ")
		require.Equal(b.t, "\r\n\r\nELM327 v2.2\r\n\r\n>", b.hear(">", patience))
		require.Greater(b.t, time.Since(begin), time.Second)
		require.Contains(b.t, b.ask("ATDPN"), "A0")
	})
}

func TestLedger(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6", "ATS0", "ATSH 7E0", "ATSH 7E0")
		before := b.d.Ledger()
		b.says("0902", "014\r0:490201574241\r1:554E3743303748\r2:47313034323137\r")
		after := b.d.Ledger()
		require.Equal(b.t, len("0902\r"), after.Received-before.Received)
		require.Equal(b.t, len("014\r0:490201574241\r1:554E3743303748\r2:47313034323137\r\r>"), after.Sent-before.Sent)
		require.Equal(b.t, 6, after.Commands)
		require.Equal(b.t, 1, after.Requests)
		require.Equal(b.t, 1, after.Headers, "the second says nothing new")
		require.Equal(b.t, map[string]int{"E": 1, "L": 1, "SP": 1, "S": 1, "SH": 2}, after.Named)
		require.Equal(b.t, 1, after.Silences)
		require.Positive(b.t, after.Silence)
		require.Equal(b.t, 7*2*time.Millisecond, after.Working)
		require.Equal(b.t, "7E0#0209020000000000", after.Frames[0].String())
		require.Equal(b.t, "7E0#3000000000000000", after.Frames[1].String())
		require.Len(b.t, after.Frames, 2)
		b.blameless()
	})
}

// What a session leaves behind ends with it, whatever it was doing.
func TestSessionsEnd(t *testing.T) {
	for _, doing := range []string{"", "AT", "ATMA\r", "0100\r", "ATZ\r", "ATBRD 23\r", "ATSP0\r0100\r", "ATLP\r"} {
		t.Run(doing, func(t *testing.T) {
			plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
				b.quiet("ATSP6")
				b.send(doing)
				time.Sleep(5 * time.Millisecond)
				b.leave()
				b.connect()
				b.leave()
			})
		})
	}
	s, err := car.Load(bmw)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(s, car.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		d, err := velm.New("elm-2.2", opens(c), velm.Options{})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, device := pipe(d)
		require.ErrorIs(t, d.Serve(ctx, device), context.DeadlineExceeded)
	})
}

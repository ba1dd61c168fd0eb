package velm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
)

func TestMonitoring(t *testing.T) {
	for _, row := range []struct {
		rule     string
		dongle   string
		commands string
		frames   string
		lines    string
	}{
		{"all there is", "elm-2.2", "ATMA", "7E8#03410D32 123#AABB 18DAF110#0102", "7E8 03 41 0D 32 \r123 AA BB <DATA ERROR\r18 DA F1 10 01 02 \r"},
		{"what a filter passes", "elm-2.2", "ATCRA 123; ATCAF0; ATMA", "7E8#03410D32 123#AABB", "123 AA BB \r"},
		{"STM heeds filters", "stn1110", "STFAP 123,7FF; STFAP 7E8,7FF; ATCAF0; STM", "7E9#03410D32 123#AABB 7E8#01", "123 AA BB \r7E8 01 \r"},
		{"STFPC clears them", "stn1110", "STFAP 123,7FF; STFPC; ATCAF0; STM", "7E8#01", "7E8 01 \r"},
		{"STMA does not", "stn1110", "STFAP 123,7FF; ATCAF0; STMA", "7E8#01 123#02", "7E8 01 \r123 02 \r"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			onSegment(t, row.dongle, func(w *wired) {
				commands := strings.Split(row.commands, ";")
				w.quiet(append([]string{"ATSP6", "ATH1"}, commands[:len(commands)-1]...)...)
				w.send(commands[len(commands)-1] + "\r")
				w.seg.Attach("witness") // acknowledges
				time.Sleep(10 * time.Millisecond)
				w.put(strings.Fields(row.frames)...)
				time.Sleep(50 * time.Millisecond)
				w.send(" ")
				require.Equal(w.t, row.lines+"STOPPED\r\r>", w.hear(">", patience))
				require.Equal(w.t, 1, w.d.Ledger().Stops)
				w.blameless()
			})
		})
	}
}

// A chip that only listens makes no frame valid; one that does not, does.
func TestMonitoringAcknowledges(t *testing.T) {
	for _, row := range []struct {
		rule, dongle, command string
		acknowledged          bool
	}{
		{"silent at first", "elm-2.2", "ATCSM1", false},
		{"ATCSM0", "elm-2.2", "ATCSM0", true},
		{"STCMM1", "stn1110", "STCMM1", true},
		{"a clone has no choice", "clone-1.5", "", false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			onSegment(t, row.dongle, func(w *wired) {
				w.quiet(append([]string{"ATSP6", "ATH1"}, words(row.command)...)...)
				if row.dongle == "clone-1.5" {
					w.says("ATCSM0", "?\r")
				}
				w.send("ATMA\r")
				time.Sleep(50 * time.Millisecond)
				w.put("123#00")
				time.Sleep(50 * time.Millisecond)
				tec, _ := w.other.ErrorCounters()
				require.Equal(w.t, row.acknowledged, tec == 0)
				w.send("x")
				w.hear(">", patience)
			})
		})
	}
}

// At 38400 bit/s the UART takes 4 ms for a line that the bus makes in a
// quarter of one.
func TestBufferFull(t *testing.T) {
	inTraffic(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6", "ATH1")
		b.send("ATMA\r")
		begin := time.Now()
		text := b.hear(">", patience)
		require.Regexp(b.t, ` BUFFER FULL\r\r>$`, text)
		require.Greater(b.t, len(text), 512)
		took := time.Since(begin)
		require.InDelta(b.t, float64(len(text))*10/38400, took.Seconds(), 0.02, "the line was busy all the time")
		require.Zero(b.t, b.d.Ledger().Stops)
		b.says("ATI", "ELM327 v2.2\r")
		b.blameless()
	})
}

func TestAFastUARTKeepsUp(t *testing.T) {
	inTraffic(t, "stn2255", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6", "ATH1", "ATS0")
		b.ask("STBRT 200")
		b.send("STBR 2000000\r")
		require.Equal(b.t, "OK\r", b.hear("\r", time.Second))
		require.NoError(b.t, b.host.SetBaud(b.t.Context(), 2_000_000))
		require.Equal(b.t, "STN2255 v5.12.4\r", b.hear("\r", time.Second))
		require.Equal(b.t, "OK\r\r>", b.ask(""))
		b.send("STMA\r")
		time.Sleep(time.Second)
		b.send("\r")
		text := b.hear(">", patience)
		require.Regexp(b.t, `STOPPED\r\r>$`, text)
		require.Greater(b.t, strings.Count(text, "\r"), 500)
		b.blameless()
	})
}

func TestMonitoringAtAnotherBitRate(t *testing.T) {
	inTraffic(t, "elm-2.2", velm.Options{Seed: 7}, func(b *bench) {
		b.quiet("ATSP8", "ATH1", "ATCAF0")
		b.send("ATMA\r")
		text := b.hear("BUFFER FULL", patience)
		lines := strings.Split(text, "\r")
		for _, l := range lines[:len(lines)-1] {
			require.Regexp(b.t, `^[0-9A-F]{3} ([0-9A-F]{2} )*<RX ERROR$`, l)
		}
		require.Empty(b.t, b.car.Violations())
	})
}

// TestMonitoringThatEndsFirst: the character that was to end it is thrown away.
func TestMonitoringThatEndsFirst(t *testing.T) {
	for dongle, name := range map[string]string{"elm-2.2": "ELM327 v2.2\r", "stn1110": "ELM327 v1.4b\r"} {
		inTraffic(t, dongle, velm.Options{Fault: "buffer-full", Seed: 7}, func(b *bench) {
			b.quiet("ATSP6", "ATH1", "ATCAF0")
			b.send("ATMA\r")
			b.hear("BUFFER FULL", patience)
			b.send(" ")
			require.Equal(b.t, "\r\r>", b.hear("", time.Second))
			b.says("ATI", name)
			b.blameless()
			b.send("ATMA\r")
			b.hear("BUFFER FULL", patience)
			b.send("ATI\r")
			b.hear("", time.Second)
			require.NotEmpty(b.t, b.d.Ledger().Violations, "a command is none")
		})
	}
}

func TestACharacterBreaksOff(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6", "ATSTFF", "ATAT0")
		b.send("22F190\r")
		time.Sleep(100 * time.Millisecond)
		b.send("x")
		require.Contains(b.t, b.hear(">", patience), "STOPPED\r\r>")
		b.says("ATI", "ELM327 v2.2\r")
		require.Empty(b.t, b.d.Ledger().Stops)
		require.Equal(b.t, velm.RuleEarly, b.d.Ledger().Violations[0].Rule)
	})
}

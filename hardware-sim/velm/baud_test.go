package velm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
)

func TestChangeOfSpeed(t *testing.T) {
	for _, row := range []struct {
		rule, dongle, command, name string
		baud                        int
	}{
		{"ATBRD", "elm-2.2", "ATBRD 23", "ELM327 v2.2", 114285},
		{"STBR", "stn1110", "STBR 2000000", "STN1110 v4.2.0", 2_000_000},
	} {
		t.Run(row.rule, func(t *testing.T) {
			plug(t, row.dongle, velm.Options{}, func(b *bench) {
				b.quiet()
				old := b.host.Baud()
				b.send(row.command + "\r")
				require.Equal(b.t, "OK\r", b.hear("\r", time.Second))
				require.NoError(b.t, b.host.SetBaud(b.t.Context(), row.baud))
				require.Equal(b.t, row.name+"\r", b.hear("\r", time.Second))
				require.Equal(b.t, "OK\r\r>", b.ask(""))
				b.says("ATI", b.name()+"\r")
				b.blameless()

				// The next client finds the speed as it was left.
				b.leave()
				b.connect()
				require.NotContains(b.t, b.askWithin("ATI", time.Second), b.name())
				require.NoError(b.t, b.host.SetBaud(b.t.Context(), row.baud))
				b.askWithin(".", time.Second)
				b.says("ATI", b.name()+"\r")

				b.send("ATZ\r")
				require.NoError(b.t, b.host.SetBaud(b.t.Context(), old))
				require.Contains(b.t, b.hear(">", patience), b.name(), "a reset brings back the first speed")
			})
		})
	}
}

func (b *bench) name() string {
	if b.d.Line().Baud == 38400 {
		return "ELM327 v2.2"
	}
	return "ELM327 v1.4b"
}

func (b *bench) askWithin(command string, limit time.Duration) string {
	if err := b.host.Write(b.t.Context(), []byte(command+"\r")); err != nil {
		return "<" + err.Error() + ">"
	}
	return b.hear(">", limit)
}

// Who does not agree in time has the old speed again.
func TestChangeOfSpeedIsTakenBack(t *testing.T) {
	for _, row := range []struct {
		rule   string
		set    string // the window
		late   time.Duration
		agreed bool
	}{
		{"75 ms: one tick before", "", 74 * time.Millisecond, true},
		{"75 ms: one tick after", "", 76 * time.Millisecond, false},
		{"ATBRT 28 is 200 ms: before", "ATBRT 28", 199 * time.Millisecond, true},
		{"ATBRT 28 is 200 ms: after", "ATBRT 28", 201 * time.Millisecond, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
				b.quiet(words(row.set)...)
				b.send("ATBRD 08\r")
				require.Equal(b.t, "OK\r", b.hear("\r", time.Second))
				require.NoError(b.t, b.host.SetBaud(b.t.Context(), 500_000))
				require.Equal(b.t, "ELM327 v2.2\r", b.hear("\r", time.Second))
				time.Sleep(row.late - 20*time.Microsecond) // the byte itself
				if row.agreed {
					require.Equal(b.t, "OK\r\r>", b.ask(""))
					return
				}
				require.NoError(b.t, b.host.SetBaud(b.t.Context(), 38400))
				b.hear(">", 10*time.Millisecond)
				b.says("ATI", "ELM327 v2.2\r")
				b.blameless()
			})
		})
	}
}

func TestSpeedsThatThereAreNot(t *testing.T) {
	plug(t, "stn1110", velm.Options{}, func(b *bench) {
		b.quiet()
		b.says("ATBRD 07", "?\r", "ATBRD", "?\r", "STBR 1", "?\r", "STBR", "?\r", "STBRT x", "?\r")
	})
	plug(t, "wifi-clone", velm.Options{}, func(b *bench) {
		b.quiet()
		b.says("ATBRD 23", "?\r")
	})
}

package velm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
)

func TestNames(t *testing.T) {
	require.Equal(t, []string{
		"elm-1.4b", "elm-2.2", "clone-1.5", "clone-2.1", "stn1110", "stn2255", "vlinker", "wifi-clone",
	}, velm.Names())
	_, err := velm.New("elm-3.0", nil, velm.Options{})
	require.ErrorContains(t, err, "elm-2.2")
	_, err = velm.New("elm-2.2", nil, velm.Options{Fault: "smoke"})
	require.ErrorContains(t, err, "lock-up")
	_, err = velm.New("elm-2.2", nil, velm.Options{Fault: "disconnect:soon"})
	require.Error(t, err)
	_, err = velm.New("elm-2.2", nil, velm.Options{Fault: "nuls:3"})
	require.Error(t, err)
}

// What drivers probe, and how each dongle answers.
func TestWhatDonglesKnow(t *testing.T) {
	commands := []string{"ATPPS", "ATFCSH 7E0", "ATCRA", "ATCSM0", "ATCTM1", "ATCEA", "ATAMC", "ATJE", "ATTA F1", "ATSH 18DA10F1", "ATAL", "ATPB 81 01", "STI", "STPTO 100"}
	for name, known := range map[string]string{
		"elm-1.4b":   "yes yes yes yes no  yes no  yes yes no  yes yes no  no",
		"elm-2.2":    "yes yes yes yes yes yes yes yes yes yes yes yes no  no",
		"clone-1.5":  "no  no  no  no  no  no  no  no  no  no  yes yes no  no",
		"clone-2.1":  "no  yes no  no  no  yes no  yes yes no  yes yes no  no",
		"stn1110":    "yes yes yes yes no  yes no  yes yes no  yes yes yes yes",
		"stn2255":    "yes yes yes yes no  yes no  yes yes no  yes yes yes yes",
		"vlinker":    "yes yes yes yes yes yes yes yes yes yes yes yes yes yes",
		"wifi-clone": "no  yes no  no  no  no  no  no  no  no  yes yes no  no",
	} {
		t.Run(name, func(t *testing.T) {
			plug(t, name, velm.Options{}, func(b *bench) {
				b.quiet()
				for i, want := range strings.Fields(known) {
					got := "yes"
					if strings.Contains(b.ask(commands[i]), "?") {
						got = "no"
					}
					require.Equal(b.t, want, got, commands[i])
				}
				b.blameless()
			})
		})
	}
}

func TestWhatDonglesSay(t *testing.T) {
	for name, reset := range map[string]string{
		"elm-1.4b":   "ATZ\r\n\r\n\r\nELM327 v1.4b\r\n\r\n>",
		"elm-2.2":    "ATZ\r\n\r\n\r\nELM327 v2.2\r\n\r\n>",
		"clone-1.5":  "ATZ\r\xFC\r\rELM327 v1.5\r\r>",
		"clone-2.1":  "ATZ\r\r\rELM327 v2.1\r\r>",
		"stn1110":    "ATZ\r\r\rELM327 v1.4b\r\r>",
		"stn2255":    "ATZ\r\x00\x00\x00\x00\r\rELM327 v1.4b\r\r>",
		"vlinker":    "ATZ\r\r\rELM327 v2.2\r\r>",
		"wifi-clone": "ATZ\r\r\rELM327 v1.5\r\r>",
	} {
		t.Run(name, func(t *testing.T) {
			plug(t, name, velm.Options{}, func(b *bench) {
				begin := time.Now()
				require.Equal(b.t, reset, b.ask("ATZ"))
				require.Greater(b.t, time.Since(begin), 800*time.Millisecond)
				begin = time.Now()
				require.Contains(b.t, b.ask("ATWS"), b.text("ATI"))
				require.Less(b.t, time.Since(begin), 700*time.Millisecond)
				b.blameless()
			})
		})
	}
}

// text is a reply of one line.
func (b *bench) text(command string) string {
	b.t.Helper()
	lines := strings.FieldsFunc(b.ask(command), func(r rune) bool { return r == '\r' || r == '\n' || r == '>' })
	return lines[len(lines)-1]
}

func TestSettingsLostWithTheProtocol(t *testing.T) {
	for name, lines := range map[string]string{
		"elm-2.2":   "7E806410080180001\r",
		"vlinker":   "7E8 06 41 00 80 18 00 01 \r",
		"clone-2.1": "7E8 06 41 00 80 18 00 01 \r",
	} {
		t.Run(name, func(t *testing.T) {
			plug(t, name, velm.Options{}, func(b *bench) {
				b.quiet("ATS0", "ATH1", "ATSP6")
				b.says("0100", lines)
			})
		})
	}
}

func TestClonesThatTruncate(t *testing.T) {
	plug(t, "clone-2.1", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6", "ATSH 6F1", "ATCRA 661", "ATCEA 61", "ATFCSH 6F1", "ATFCSD 300000", "ATFCSM1", "ATH1", "ATST FF")
		text := b.ask("22D26E")
		require.Less(b.t, len(text), 200)
		require.Equal(b.t, "\r\r>", text[len(text)-3:])
	})
}

func TestARemoteFrameThatACloneDrops(t *testing.T) {
	for name, want := range map[string]int{"elm-2.2": 1, "clone-1.5": 0} {
		t.Run(name, func(t *testing.T) {
			onSegment(t, name, func(w *wired) {
				w.quiet("ATSP6")
				w.says("ATRTR", "NO DATA\r")
				require.Len(w.t, w.heard(), want)
			})
		})
	}
}

func TestACloneThatBricks(t *testing.T) {
	plug(t, "clone-1.5", velm.Options{}, func(b *bench) {
		b.quiet()
		require.Empty(b.t, b.askWithin("ATTP A0", 5*time.Second))
		require.Empty(b.t, b.askWithin("ATI", 5*time.Second))
		b.leave()
		b.connect()
		require.Empty(b.t, b.askWithin("ATI", 5*time.Second), "another client does not help")
		b.leave()
		b.d.PowerCycle()
		b.connect()
		require.Contains(b.t, b.ask("ATI"), "ELM327 v1.5")
		require.Equal(b.t, velm.RuleBrick, b.d.Ledger().Violations[0].Rule)
	})
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet()
		b.says("ATTP A0", "OK\r")
	})
}

func TestCommandsTooLong(t *testing.T) {
	for name, most := range map[string]int{"clone-1.5": 64, "stn1110": 512, "stn2255": 1024} {
		t.Run(name, func(t *testing.T) {
			onSegment(t, name, func(w *wired) {
				w.quiet("ATSP6")
				require.Contains(w.t, w.ask(strings.Repeat("A", most+1)), "?")
				require.Contains(w.t, w.ask("ATI"+strings.Repeat(" ", most)), "ELM327", "spaces do not count")
			})
		})
	}
}

func TestOneClientAtATime(t *testing.T) {
	plug(t, "wifi-clone", velm.Options{}, func(b *bench) {
		b.quiet()
		_, device := pipe(b.d)
		require.ErrorIs(b.t, b.d.Serve(b.t.Context(), device), velm.ErrBusy)
		b.says("ATI", "ELM327 v1.5\r")
		b.leave()
		b.connect()
		b.says("ATI", "ELM327 v1.5\r") // the echo is still off
	})
}

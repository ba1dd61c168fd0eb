package velm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
)

// many asks a unit of the car for its VIN again and again, and gives all that
// came.
func (b *bench) many(times int) (replies []string) {
	b.t.Helper()
	for range times {
		replies = append(replies, b.askWithin("0902", 2*time.Second))
	}
	return replies
}

const vin = "014\r0:490201574241\r1:554E3743303748\r2:47313034323137\r"

// changed are the replies that are not as they should be.
func changed(replies []string) (odd []string) {
	for _, r := range replies {
		if r != vin+"\r>" {
			odd = append(odd, r)
		}
	}
	return odd
}

func TestFaults(t *testing.T) {
	shown := map[string]func(t *testing.T, odd []string){
		"chunked-reads":    none,
		"swallowed-prompt": every(func(r string) bool { return r == vin+"\r" }),
		"lost-line":        every(func(r string) bool { return len(r) < len(vin)+2 && strings.HasSuffix(r, "\r\r>") }),
		"swapped-lines":    every(func(r string) bool { return sameLetters(r, vin+"\r>") }),
		"nuls":             every(func(r string) bool { return strings.ReplaceAll(r, "\x00", "") == vin+"\r>" }),
		"numeric-echo":     every(func(r string) bool { return r == "0902\r"+vin+"\r>" }),
		"buffer-full":      every(func(r string) bool { return strings.HasSuffix(r, " BUFFER FULL\r\r>") }),
		"rx-error":         every(func(r string) bool { return strings.Contains(r, " <RX ERROR\r") }),
		"lv-reset":         func(t *testing.T, odd []string) { t.Helper(); require.Equal(t, "LV RESET\r\n\r\n>", odd[0]) },
		"reset-in-the-middle": func(t *testing.T, odd []string) {
			t.Helper()
			require.Contains(t, odd[0], "\r\n\r\nELM327 v2.2\r\n\r\n>")
			require.True(t, strings.HasPrefix(odd[0], "014\r0:490201574241\r"))
		},
		"lock-up":       every(func(r string) bool { return r == "" }),
		"disconnect":    func(t *testing.T, odd []string) { t.Helper(); require.Contains(t, odd[0], "<EOF>") },
		"half-open":     func(t *testing.T, odd []string) { t.Helper(); require.Empty(t, odd[len(odd)-1]) },
		"second-client": func(t *testing.T, odd []string) { t.Helper(); require.Contains(t, odd[0], "OK") },
		"slow-prompt":   none,
		"late-reply":    every(func(r string) bool { return r == "" || strings.HasSuffix(r, "STOPPED\r\r>") }),
		"word":          every(func(r string) bool { return r == "BUS BUSY\r\r>" }),
		"err94": func(t *testing.T, odd []string) {
			t.Helper()
			require.Equal(t, "ERR94\r\n\r\n>", odd[0])
			require.Equal(t, "0902\r\nSEARCHING...\r\nERR94\r\n\r\n>", odd[1], "the echo is back, and nothing goes out")
		},
		"sleeps": func(t *testing.T, odd []string) {
			t.Helper()
			require.Equal(t, "LP ALERT\r\r>", odd[0])
			require.Contains(t, odd[1], "\r\n\r\nELM327 v2.2\r\n\r\n>")
		},
		"idle-drop":        none,
		"lacks":            none,
		"stale-warm-start": none,
		"garbled-speed":    none,
	}
	for _, f := range velm.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			require.NotEmpty(t, f.Summary)
			var odd, again []string
			for _, into := range []*[]string{&odd, &again} {
				plug(t, "elm-2.2", velm.Options{Fault: argued(f.Name), Seed: 3}, func(b *bench) {
					for _, c := range []string{"ATE0", "ATL0", "ATS0", "ATSP6", "ATAT0"} {
						b.askWithin(c, time.Second)
					}
					*into = changed(b.many(30))
				})
			}
			require.Equal(t, odd, again, "the same seed does the same")
			shown[f.Name](t, odd)
		})
	}
}

// none: what is asked here is answered as ever.
func none(t *testing.T, odd []string) {
	t.Helper()
	require.Empty(t, odd)
}

// argued lets what can wait strike in the midst of the dialogue.
func argued(name string) string {
	switch name {
	case "lock-up":
		return "lock-up:0902"
	case "disconnect", "half-open":
		return name + ":300"
	}
	return name
}

func every(is func(reply string) bool) func(t *testing.T, odd []string) {
	return func(t *testing.T, odd []string) {
		t.Helper()
		require.NotEmpty(t, odd)
		for _, r := range odd {
			require.True(t, is(r), "%q", r)
		}
	}
}

// sameLetters says whether two texts differ in the order of their lines only.
func sameLetters(a, b string) bool {
	count := map[string]int{}
	for _, l := range strings.Split(a, "\r") {
		count[l]++
	}
	for _, l := range strings.Split(b, "\r") {
		count[l]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestDisconnectAtAnyByte(t *testing.T) {
	for _, at := range []string{"0", "1", "7", "20"} {
		t.Run(at, func(t *testing.T) {
			plug(t, "elm-2.2", velm.Options{Fault: "disconnect:" + at}, func(b *bench) {
				b.send("ATI\r")
				require.Contains(b.t, b.hear("<EOF>", time.Second), "<EOF>")
				b.leave()
			})
		})
	}
}

package elm327

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scripted is a bench whose requests are answered by f.
func scripted(f func(b *bench, command string) bool) *bench {
	b := newBench()
	b.script = f
	return b
}

// on answers one command by f, the first time.
func on(command string, f func(b *bench)) *bench {
	done := false
	return scripted(func(b *bench, c string) bool {
		if c != command || done {
			return false
		}
		done = true
		f(b)
		return true
	})
}

// requireInStep holds that the next command gets its own answer.
func requireInStep(t *testing.T, c *chip) {
	t.Helper()
	r, err := c.do(t.Context(), "AT@1", wait{})
	require.NoError(t, err)
	require.Equal(t, "OBDII to RS232 Interpreter", r.text())
	require.Len(t, r.lines, 1)
	require.True(t, c.synced)
}

func TestDo(t *testing.T) {
	b := scripted(func(b *bench, c string) bool {
		if c == "010C" {
			b.print("7E804410C1AF8\r7E904410C0000\r\r>")
		}
		return c == "010C"
	})
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		r, err := c.do(t.Context(), "010C", wait{})
		require.NoError(t, err)
		require.Len(t, r.lines, 2)
		require.Equal(t, uint32(0x7E9), r.lines[1].id)
		require.Equal(t, []byte{4, 0x41, 0x0C, 0x1A, 0xF8}, r.lines[0].data)
		require.Positive(t, r.end.Sub(r.sent))
		require.True(t, r.lines[1].at.After(r.lines[0].at))

		r, err = c.do(t.Context(), "STX", wait{})
		require.NoError(t, err, "? is an answer")
		require.True(t, r.has(wordUnknown))
		require.Empty(t, r.text())
	})
}

func TestALateReplyAnswersNothing(t *testing.T) {
	for name, after := range map[string]time.Duration{
		"while the deadline passes": 1010 * time.Millisecond,
		"in step again":             1150 * time.Millisecond,
		"after the nudge":           1230 * time.Millisecond,
		"much later":                1600 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			b := on("010C", func(b *bench) {
				time.Sleep(after)
				b.print("7E804410C1AF8\r\r>")
			})
			withChip(t, b, func(t *testing.T, c *chip) {
				t.Helper()
				_, err := c.do(t.Context(), "010C", wait{})
				var late *LateError
				require.ErrorAs(t, err, &late)
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, "010C", late.Command)
				requireInStep(t, c)
				requireInStep(t, c)
			})
		})
	}
}

func TestDeadlineIsOfSilence(t *testing.T) {
	slow := func(b *bench) {
		for range 5 {
			time.Sleep(150 * time.Millisecond)
			b.print("7E804410C1AF8\r")
		}
		b.print("\r>")
	}
	withChip(t, on("010C", slow), func(t *testing.T, c *chip) {
		t.Helper()
		r, err := c.do(t.Context(), "010C", wait{quiet: 200 * time.Millisecond})
		require.NoError(t, err, "each line begins the wait anew")
		require.Len(t, r.lines, 5)
	})
	withChip(t, on("010C", slow), func(t *testing.T, c *chip) {
		t.Helper()
		r, err := c.do(t.Context(), "010C", wait{quiet: 140 * time.Millisecond})
		require.True(t, isLate(err))
		require.Empty(t, r.lines)
		time.Sleep(time.Second)
		requireInStep(t, c)
	})
	withChip(t, on("010C", slow), func(t *testing.T, c *chip) {
		t.Helper()
		r, err := c.do(t.Context(), "010C", wait{quiet: 200 * time.Millisecond, total: 500 * time.Millisecond})
		require.True(t, isLate(err), "the whole is bounded too")
		require.Len(t, r.lines, 3, "what was heard is given")
		time.Sleep(time.Second)
		requireInStep(t, c)
	})
}

func TestSearchingTakesItsTime(t *testing.T) {
	b := on("0100", func(b *bench) {
		b.print("SEARCHING")
		for range 3 {
			time.Sleep(9 * time.Second)
			b.print(".")
		}
		b.print("7E8064100BE3EB811\r\r>")
	})
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		r, err := c.do(t.Context(), "0100", wait{quiet: 250 * time.Millisecond})
		require.NoError(t, err)
		require.Len(t, r.lines, 2)
		require.Equal(t, kindData, r.lines[1].kind)
		require.Equal(t, uint32(0x7E8), r.lines[1].id)
	})
}

func TestAPromptTooMany(t *testing.T) {
	b := on("010C", func(b *bench) { b.print("NO DATA\r\r>\r>") })
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		r, err := c.do(t.Context(), "010C", wait{})
		require.NoError(t, err)
		require.True(t, r.has(wordNoData))
		time.Sleep(100 * time.Millisecond)
		requireInStep(t, c)
	})
}

func TestAnEmptyAnswer(t *testing.T) {
	b := on("3E80", func(b *bench) { b.print("\r>") })
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		r, err := c.do(t.Context(), "3E80", wait{empty: true})
		require.NoError(t, err)
		require.Empty(t, r.lines)
		requireInStep(t, c)
	})
}

func TestASwallowedPrompt(t *testing.T) {
	b := on("ATH1", func(b *bench) { b.print("OK\r\r") })
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		require.True(t, c.regs.has(regHeaders, "1"), "set again")
		requireInStep(t, c)
	})
}

func TestAContextThatEnds(t *testing.T) {
	b := on("010C", func(b *bench) {
		time.Sleep(500 * time.Millisecond)
		b.print("7E804410C1AF8\r\r>")
	})
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := c.do(ctx, "010C", wait{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, isLate(err))
		requireInStep(t, c)
	})
}

func TestSupply(t *testing.T) {
	for text, want := range map[string]int{"12.6V": 12600, "12.6": 12600, "11.84V": 11840, "0.0V": 0, "--": 0, "--.-V": 0, "NaNV": 0, "-1V": 0, "OK": 0, "?": 0, "120V": 0} {
		t.Run(text, func(t *testing.T) {
			b := newBench()
			withChip(t, b, func(t *testing.T, c *chip) {
				t.Helper()
				b.texts["ATRV"] = text + "\r"
				got, err := c.supply(t.Context())
				require.Equal(t, want, got)
				if want != 0 {
					require.NoError(t, err)
					return
				}
				require.ErrorAs(t, err, new(*NoSupplyError))
			})
		})
	}
}

func indexOf(log []string, command string) int {
	for i, c := range log {
		if c == command {
			return i
		}
	}
	return -1
}

func TestErrorsSayWhat(t *testing.T) {
	for text, err := range map[string]error{
		`elm327: 010C: no prompt after 1s`:                                &LateError{Command: "010C", After: time.Second},
		`elm327: 010C: the dongle was reset in the middle: "ELM327 v1.5"`: &ResetError{Command: "010C", Text: "ELM327 v1.5"},
		`elm327: 010C: the dongle was reset by low supply voltage`:        &LowVoltageError{Reset: ResetError{Command: "010C"}},
		`elm327: 010C: the dongle goes to sleep: "LP ALERT"`:              &AsleepError{Command: "010C", Text: "LP ALERT"},
		`elm327: the dongle answers nothing since "ATSP6"`:                &LockedUpError{Command: "ATSP6"},
		`elm327: ATCRA: the dongle does not know the command`:             &UnsupportedError{Command: "ATCRA"},
		`elm327: ATH1: unexpected answer "7E8"`:                           &UnexpectedError{Command: "ATH1", Got: "7E8"},
		`elm327: no dongle: nothing was read at 38400 9600 bit/s`:         &NoDongleError{Seen: SeenNothing, Bauds: []int{38400, 9600}},
		`elm327: no dongle: only garbage was read at 38400 bit/s`:         &NoDongleError{Seen: SeenGarbage, Bauds: []int{38400}},
		`elm327: no dongle: what answers is not an ELM327: "login:"`:      &NoDongleError{Seen: SeenOther, Text: "login:"},
		`elm327: ATRV: no supply voltage: "--"`:                           &NoSupplyError{Text: "--"},
	} {
		require.EqualError(t, err, text)
	}
	require.True(t, (&LateError{}).Timeout())
}

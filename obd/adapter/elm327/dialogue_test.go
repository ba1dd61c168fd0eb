package elm327

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/serialport"
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

// requireLeftAlone holds that a chip which somebody else uses is sent not a
// character more: the next command, cut, might be a request to the car.
func requireLeftAlone(t *testing.T, b *bench, c *chip) {
	t.Helper()
	time.Sleep(time.Second)
	b.since()
	_, err := c.do(t.Context(), "AT@1", wait{})
	require.ErrorAs(t, err, new(*UnexpectedError))
	require.ErrorAs(t, c.set(t.Context(), regFormat, "0"), new(*UnexpectedError))
	require.ErrorAs(t, c.close(t.Context()), new(*UnexpectedError))
	time.Sleep(time.Second)
	require.Empty(t, b.since())
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

func TestAResetInTheMiddle(t *testing.T) {
	for name, row := range map[string]struct {
		before  string
		voltage bool
	}{
		"of itself":    {"7E806\r\r", false},
		"low voltage":  {"LV RESET\r\r", true},
		"without more": {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := on("0100", func(b *bench) { b.restart(row.before) })
			withChip(t, b, func(t *testing.T, c *chip) {
				t.Helper()
				var told []error
				c.reset = func(err error) { told = append(told, err) }
				require.NoError(t, c.set(t.Context(), regProtocol, "6"))
				require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
				b.since()
				_, err := c.do(t.Context(), "0100", wait{})
				var reset *ResetError
				require.ErrorAs(t, err, &reset)
				require.Equal(t, "0100", reset.Command)
				require.Equal(t, row.voltage, errors.As(err, new(*LowVoltageError)))
				require.Len(t, told, 1)
				require.Equal(t, err, told[0])

				requireInStep(t, c)
				log := b.since()
				require.Subset(t, log, []string{"ATE0", "ATL0", "ATM0", "ATS0", "ATH1", "ATTP6", "ATSH7E0"}, "all is given back")
				require.Less(t, indexOf(log, "ATTP6"), indexOf(log, "ATSH7E0"))
				require.NotContains(t, log, "ATZ")
				require.Len(t, told, 1)

				require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
				require.Empty(t, b.since(), "and known to be there")
			})
		})
	}
}

func TestAResetBetweenCommands(t *testing.T) {
	b := newBench()
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		var told []error
		c.reset = func(err error) { told = append(told, err) }
		synctest.Wait()
		b.restart("\r\r") // somebody cranks the engine
		time.Sleep(time.Second)
		_, err := c.do(t.Context(), "ATRV", wait{})
		require.ErrorAs(t, err, new(*ResetError), "which of them is answered nobody knows")
		require.Len(t, told, 1)
		requireInStep(t, c)
		require.True(t, c.regs.has(regHeaders, "1"))
	})
}

func TestAResetToAnotherSpeed(t *testing.T) {
	b := on("0100", func(b *bench) { b.restart("7E8") })
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		c.home = 9600
		b.home = 9600
		b.conn.SetBaud(38400)
		_, err := c.do(t.Context(), "0100", wait{})
		require.Error(t, err)
		requireInStep(t, c)
		require.Equal(t, 9600, c.port.Baud(), "found where it starts")
		require.True(t, c.regs.has(regHeaders, "1"))
	})
}

func TestASleepyChipIsWoken(t *testing.T) {
	b := on("010C", func(b *bench) {
		b.print("!ACT ALERT\r\r>")
		_, _ = b.byte(context.Background()) // what wakes it is lost
		time.Sleep(900 * time.Millisecond)
		b.restart("\r\r")
	})
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		c.reset = func(err error) { require.NoError(t, err, "to wake up is no reset") }
		_, err := c.do(t.Context(), "010C", wait{})
		var asleep *AsleepError
		require.ErrorAs(t, err, &asleep)
		require.Equal(t, "!ACT ALERT", asleep.Text)
		requireInStep(t, c)
		require.True(t, c.regs.has(regHeaders, "1"))
	})
}

func TestPowerDownHasNoPrompt(t *testing.T) {
	b := on("ATLP", func(b *bench) {
		b.print("OK\r")
		_, _ = b.byte(context.Background())
		b.restart("\r\r")
	})
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		_, err := c.do(t.Context(), "ATLP", wait{})
		require.NoError(t, err)
		requireInStep(t, c)
	})
}

func TestALockedUpChip(t *testing.T) {
	dead := false
	b := scripted(func(_ *bench, c string) bool {
		dead = dead || c == "ATSP6"
		return dead
	})
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		_, err := c.do(t.Context(), "ATSP6", wait{})
		require.True(t, isLate(err))
		begin := time.Now()
		_, err = c.do(t.Context(), "ATRV", wait{})
		var locked *LockedUpError
		require.ErrorAs(t, err, &locked)
		require.Equal(t, "ATSP6", locked.Command, "what it was that did it")
		require.Less(t, time.Since(begin), 4*time.Second)
		begin = time.Now()
		_, err = c.do(t.Context(), "ATRV", wait{})
		require.ErrorAs(t, err, &locked)
		require.Zero(t, time.Since(begin), "it is not asked again")
		require.ErrorAs(t, c.close(t.Context()), &locked)
	})
}

func TestAPulledDongle(t *testing.T) {
	b := on("010C", func(b *bench) {
		b.print("7E804")
		_ = b.conn.Close()
	})
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		_, err := c.do(t.Context(), "010C", wait{})
		var lost *serialport.LostError
		require.ErrorAs(t, err, &lost)
		_, err = c.do(t.Context(), "010C", wait{})
		require.ErrorAs(t, err, &lost, "again and again")
		require.Error(t, c.close(t.Context()))
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

func TestStream(t *testing.T) {
	monitored := func() *bench {
		return scripted(func(b *bench, c string) bool {
			if c != "ATMA" {
				return false
			}
			b.busy(10*time.Millisecond, "7E8024101\r")
			return true
		})
	}
	t.Run("until it is told to stop", func(t *testing.T) {
		withChip(t, monitored(), func(t *testing.T, c *chip) {
			t.Helper()
			n := 0
			err := c.stream(t.Context(), "ATMA", wait{total: time.Hour}, func(l line) bool {
				require.Equal(t, kindData, l.kind)
				n++
				return n == 3
			})
			require.NoError(t, err)
			require.Equal(t, 3, n)
			requireInStep(t, c)
		})
	})
	t.Run("until its time is over", func(t *testing.T) {
		withChip(t, monitored(), func(t *testing.T, c *chip) {
			t.Helper()
			begin, n := time.Now(), 0
			require.NoError(t, c.stream(t.Context(), "ATMA", wait{total: 300 * time.Millisecond}, func(line) bool {
				n++
				return false
			}))
			require.Greater(t, n, 20)
			require.Less(t, time.Since(begin), 400*time.Millisecond)
			requireInStep(t, c)
		})
	})
	t.Run("over a silent bus", func(t *testing.T) {
		b := scripted(func(b *bench, c string) bool {
			if c == "ATMA" {
				b.busy(time.Hour, "")
			}
			return c == "ATMA"
		})
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			require.NoError(t, c.stream(t.Context(), "ATMA", wait{total: 5 * time.Second}, func(line) bool { return false }))
			requireInStep(t, c)
		})
	})
	t.Run("until the chip ends it", func(t *testing.T) {
		b := on("ATMA", func(b *bench) { b.print("7E8024101 BUFFER FULL\r\r>") })
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			var got []word
			require.NoError(t, c.stream(t.Context(), "ATMA", wait{total: time.Hour}, func(l line) bool {
				got = append(got, l.word)
				return false
			}))
			require.Equal(t, []word{wordBufferFull}, got)
			requireInStep(t, c)
		})
	})
	t.Run("its caller leaves", func(t *testing.T) {
		withChip(t, monitored(), func(t *testing.T, c *chip) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			err := c.stream(ctx, "ATMA", wait{total: time.Hour}, func(line) bool {
				cancel()
				return false
			})
			require.ErrorIs(t, err, context.Canceled)
			require.NoError(t, c.close(t.Context()))
			require.True(t, c.synced, "what it was doing has ended")
			requireInStep(t, c)
		})
	})
	t.Run("a request's first answer is enough", func(t *testing.T) {
		b := on("0100", func(b *bench) {
			b.print("7E8064100BE3EB811\r")
			b.busy(time.Hour, "")
		})
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			begin := time.Now()
			require.NoError(t, c.stream(t.Context(), "0100", wait{}, func(l line) bool { return l.kind == kindData }))
			require.Less(t, time.Since(begin), 50*time.Millisecond)
			requireInStep(t, c)
		})
	})
	t.Run("the prompt crosses the nudge", func(t *testing.T) {
		b := on("0100", func(b *bench) { b.print("7E8064100BE3EB811\r\r>") })
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			require.NoError(t, c.stream(t.Context(), "0100", wait{}, func(l line) bool { return l.kind == kindData }))
			requireInStep(t, c)
		})
	})
	t.Run("a chip that does not stop", func(t *testing.T) {
		b := on("ATMA", func(b *bench) {
			for range 300 {
				time.Sleep(10 * time.Millisecond)
				b.print("7E8024101\r")
			}
			b.print("\r>")
		})
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			err := c.stream(t.Context(), "ATMA", wait{total: time.Second}, func(line) bool { return false })
			require.True(t, isLate(err))
			requireInStep(t, c)
		})
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

func TestSomebodyElseUsesTheDongle(t *testing.T) {
	t.Run("his settings' answers come to our request", func(t *testing.T) {
		b := on("0100", func(b *bench) { b.print("OK\r\r>OK\r\r>7E8064100BE3EB811\r\r>") })
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
			b.since()
			_, err := c.do(t.Context(), "0100", wait{})
			var unexpected *UnexpectedError
			require.ErrorAs(t, err, &unexpected)
			require.Equal(t, "OK", unexpected.Got)
			requireLeftAlone(t, b, c)
		})
	})
	t.Run("an answer is there before the request can be", func(t *testing.T) {
		b := newBench()
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			synctest.Wait()
			b.print("7E804410C1AF8\r\r>")
			time.Sleep(time.Second)
			_, err := c.do(t.Context(), "AT@1", wait{})
			require.ErrorAs(t, err, new(*UnexpectedError))
			requireLeftAlone(t, b, c)
		})
	})
	t.Run("a reset of its own is none of his", func(t *testing.T) {
		b := newBench()
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			synctest.Wait()
			b.restart("")
			time.Sleep(time.Second)
			_, err := c.do(t.Context(), "ATI", wait{})
			require.ErrorAs(t, err, new(*ResetError), "nor an answer to ATI")
			requireInStep(t, c)
		})
	})
	for name, printed := range map[string]string{
		"the headers are off, a long answer": "014\r0:490201574241\r1:554E3743303748\r\r>",
		"the headers are off, a short one":   "410C1AF8\r\r>",
	} {
		t.Run(name, func(t *testing.T) {
			b := on("010C", func(b *bench) { b.print(printed) })
			withChip(t, b, func(t *testing.T, c *chip) {
				t.Helper()
				require.NoError(t, c.set(t.Context(), regProtocol, "6"))
				b.since()
				_, err := c.do(t.Context(), "010C", wait{})
				require.NoError(t, err, "the lines tell by themselves that they are no frames")
				requireInStep(t, c)
				require.Contains(t, b.since(), "ATH1", "but they are given back")
			})
		})
	}
	t.Run("our own headers off are no wonder", func(t *testing.T) {
		b := on("010C", func(b *bench) { b.print("410C1AF8\r\r>") })
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			b.texts["ATH0"] = "OK\r"
			require.NoError(t, c.set(t.Context(), regHeaders, "0"))
			b.since()
			_, err := c.do(t.Context(), "010C", wait{})
			require.NoError(t, err)
			requireInStep(t, c)
			require.NotContains(t, b.since(), "ATH0")
		})
	})
}

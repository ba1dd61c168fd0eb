package elm327

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

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

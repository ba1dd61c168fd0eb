package elm327

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSetSendsWhatDiffers(t *testing.T) {
	b := newBench()
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
		require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
		require.NoError(t, c.set(t.Context(), regHeader, "7E1"))
		require.NoError(t, c.set(t.Context(), regEcho, "0"))
		require.NoError(t, c.set(t.Context(), regLong, "1"))
		require.NoError(t, c.set(t.Context(), regLong, "0"))
		require.NoError(t, c.set(t.Context(), regReceive, ""))
		require.NoError(t, c.set(t.Context(), regReceive, ""))
		require.Equal(t, []string{"ATSH7E0", "ATSH7E1", "ATAL", "ATNL", "ATCRA"}, b.since())
	})
}

func TestSetRefused(t *testing.T) {
	b := newBench()
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
		err := c.set(t.Context(), regHeader, "18DAF110")
		var unsupported *UnsupportedError
		require.ErrorAs(t, err, &unsupported)
		require.Equal(t, "ATSH18DAF110", unsupported.Command)
		b.since()
		require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
		require.Equal(t, []string{"ATSH7E0"}, b.since(), "whether it kept the former one is not known")
	})
}

func TestSetUnanswered(t *testing.T) {
	t.Run("lost once, it is set again", func(t *testing.T) {
		b := on("ATSH7E0", func(*bench) {})
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
			require.True(t, c.regs.has(regHeader, "7E0"))
			require.Equal(t, []string{"ATSH7E0", strings.ToUpper(junk), "ATSH7E0"}, b.since())
		})
	})
	t.Run("another command's answer is none", func(t *testing.T) {
		b := on("ATSH7E0", func(b *bench) { b.print("7E8024101\r\r>") })
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			err := c.set(t.Context(), regHeader, "7E0")
			require.ErrorAs(t, err, new(*UnexpectedError))
			requireLeftAlone(t, b, c)
		})
	})
	t.Run("twice", func(t *testing.T) {
		b := newBench()
		withChip(t, b, func(t *testing.T, c *chip) {
			t.Helper()
			b.texts["ATSH7E0"] = "NO DATA\r"
			err := c.set(t.Context(), regHeader, "7E0")
			var unexpected *UnexpectedError
			require.ErrorAs(t, err, &unexpected)
			require.Equal(t, "NO DATA", unexpected.Got)
			require.False(t, c.regs.has(regHeader, "7E0"))
			requireLeftAlone(t, b, c)
		})
	})
}

func TestAChangeOfProtocolTakesSettings(t *testing.T) {
	b := newBench()
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		require.NoError(t, c.set(t.Context(), regFormat, "0"))
		require.NoError(t, c.set(t.Context(), regLong, "1"))
		require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
		b.since()
		require.NoError(t, c.set(t.Context(), regProtocol, "6"))
		require.Equal(t, []string{"ATTP6", "ATS0", "ATAL", "ATCAF0"}, b.since(), "some chips lose them: they are given back")
		require.NoError(t, c.set(t.Context(), regHeader, "7E0"))
		require.Equal(t, []string{"ATSH7E0"}, b.since(), "a header belongs to its protocol")
		require.NoError(t, c.set(t.Context(), regProtocol, "6"))
		require.Empty(t, b.since())
	})
}

func TestAChipThatCannotTryAProtocol(t *testing.T) {
	b := newBench().without("ATTP6", "ATTP7", "ATS0")
	b.texts["ATSP6"] = "OK\r"
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		require.NoError(t, c.set(t.Context(), regProtocol, "6"))
		require.Equal(t, []string{"ATTP6", "ATSP6"}, b.since())
		require.ErrorAs(t, c.set(t.Context(), regProtocol, "7"), new(*UnsupportedError))
	})
}

func TestRestoreKeepsOrder(t *testing.T) {
	b := newBench()
	b.texts["ATS0"] = "?\r"
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		for _, s := range []struct {
			r register
			v string
		}{{regFlowID, "7E0"}, {regFlowData, "300000"}, {regFlowMode, "1"}, {regHeader, "7E0"}, {regProtocol, "6"}} {
			require.NoError(t, c.set(t.Context(), s.r, s.v))
		}
		b.since()
		_ = c.wasReset(&ResetError{})
		requireInStep(t, c)
		log := b.since()
		at := []int{}
		for _, command := range []string{"ATE0", "ATTP6", "ATH1", "ATSH7E0", "ATFCSH7E0", "ATFCSD300000", "ATFCSM1"} {
			require.Contains(t, log, command)
			at = append(at, slices.Index(log, command))
		}
		require.True(t, slices.IsSorted(at), "%v", log)
	})
}

func TestRestoreThatFails(t *testing.T) {
	b := newBench()
	withChip(t, b, func(t *testing.T, c *chip) {
		t.Helper()
		resets := 0
		b.script = func(b *bench, command string) bool {
			if command == "ATH1" && resets < 2 {
				resets++
				b.restart("LV RESET\r\r")
				return true
			}
			return false
		}
		_ = c.wasReset(&ResetError{})
		for range 2 {
			_, err := c.do(t.Context(), "ATI", wait{})
			require.ErrorAs(t, err, new(*LowVoltageError))
			require.True(t, c.lost)
		}
		requireInStep(t, c)
		require.True(t, c.regs.has(regHeaders, "1"))
	})
}

func TestEveryRegisterHasItsPlace(t *testing.T) {
	seen := map[register]bool{}
	for _, r := range registers {
		require.False(t, seen[r], r)
		seen[r] = true
	}
	for _, r := range slices.Concat(volatile, perProtocol) {
		require.True(t, seen[r], r)
	}
}

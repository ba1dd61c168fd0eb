package elm327

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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

package remote

import (
	"bufio"
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// counted counts writes.
type counted struct {
	net.Conn
	writes atomic.Int32
}

func (c *counted) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// TestMessagesThatWaitGoTogether: one write for all that came while the one
// before was under way.
func TestMessagesThatWaitGoTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, theirs := net.Pipe()
		conn := &counted{Conn: mine}
		out := NewOutlet(conn)
		for i := range 101 {
			require.NoError(t, out.Put(t.Context(), []byte{byte(i), '\n'}))
			if i == 0 {
				synctest.Wait()
			}
		}
		in := bufio.NewReader(theirs)
		for i := range 101 {
			b := make([]byte, 2)
			_, err := in.Read(b)
			require.NoError(t, err)
			require.Equal(t, []byte{byte(i), '\n'}, b)
		}
		require.Equal(t, int32(2), conn.writes.Load())
		out.Finish()
	})
}

// TestOutletOfAnEndThatReadsNothing: Put waits as long as it may, Offer and
// Finish do not wait for it.
func TestOutletOfAnEndThatReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, theirs := net.Pipe()
		defer theirs.Close()
		out := NewOutlet(mine)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		sent, err := 0, error(nil)
		for ; err == nil; sent++ {
			err = out.Put(ctx, []byte(strings.Repeat("x", 1000)))
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Greater(t, sent, OutDepth)
		require.Less(t, sent, 2*OutDepth)
		out.Offer([]byte("more"))

		began := time.Now()
		out.Finish()
		require.Equal(t, LastWords, time.Since(began))
		require.ErrorIs(t, out.Put(t.Context(), nil), net.ErrClosed)
	})
}

func TestOutletWhoseOtherEndIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, theirs := net.Pipe()
		out := NewOutlet(mine)
		require.NoError(t, theirs.Close())
		require.NoError(t, out.Put(t.Context(), []byte("x")))
		synctest.Wait()
		_, err := mine.Read(make([]byte, 1))
		require.Error(t, err, "the reader learns it")
		out.Finish()
	})
}

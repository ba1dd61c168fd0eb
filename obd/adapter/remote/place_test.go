package remote_test

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/remote"
	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
)

const tick = time.Nanosecond

// offering is a place whose clients are told what they say.
func offering(t *testing.T) *remotetest.Bench[string] {
	t.Helper()
	b := remotetest.NewBench[string](nil)
	place := &remote.Place{
		Serve: func(_ context.Context, conn net.Conn) {
			b.Watch("came")
			_, _ = io.Copy(conn, conn)
			b.Watch("left")
		},
		Busy:       []byte("busy"),
		TurnedAway: func() { b.Watch("turned away") },
	}
	b.Serve(t, place.Offer)
	return b
}

// TestOneClientAfterAnother: the next one waits for who is leaving, not for
// who stays.
func TestOneClientAfterAnother(t *testing.T) {
	for name, c := range map[string]struct {
		after  time.Duration
		events []string
	}{
		"one tick before": {remote.Patience - tick, []string{"came", "left", "came"}},
		"one tick after":  {remote.Patience + tick, []string{"came", "turned away", "left"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := offering(t)
				first := b.Dial(t)
				time.AfterFunc(c.after, func() { _ = first.Close() })
				second := b.Dial(t)
				go func() { _, _ = second.Write([]byte("echo")) }()
				said := make([]byte, 4)
				_, err := io.ReadFull(second, said)
				require.NoError(t, err)
				time.Sleep(remote.Patience)
				require.Equal(t, c.events, b.Seen())
				want := map[bool]string{true: "echo", false: "busy"}[c.after < remote.Patience]
				require.Equal(t, want, string(said))
			})
		})
	}
}

// TestThePlaceIsFreeAtOnce for who comes when the one before was hung up on.
func TestThePlaceIsFreeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := offering(t)
		began := time.Now()
		for range 3 {
			require.NoError(t, b.Dial(t).Close())
		}
		b.Dial(t)
		synctest.Wait()
		require.Equal(t, []string{"came", "left", "came", "left", "came", "left", "came"}, b.Seen())
		require.Zero(t, time.Since(began))
	})
}

// TestTheEndOfAnOffer hangs up on the client, and waits until it has left.
func TestTheEndOfAnOffer(t *testing.T) {
	for name, end := range map[string]struct {
		how  func(b *remotetest.Bench[string])
		want error
	}{
		"its context":    {func(b *remotetest.Bench[string]) { b.End() }, nil},
		"its listener's": {func(b *remotetest.Bench[string]) { _ = b.Close() }, net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := offering(t)
				conn := b.Dial(t)
				synctest.Wait()
				end.how(b)
				require.ErrorIs(t, <-b.Ended, end.want)
				b.Ended <- nil
				require.Equal(t, []string{"came", "left"}, b.Seen())
				_, err := conn.Read(make([]byte, 1))
				require.ErrorIs(t, err, io.EOF)
				<-b.Closed
			})
		})
	}
}

func TestErrorsOfTheSystemAreBare(t *testing.T) {
	require.Equal(t, syscall.EHOSTUNREACH, remote.Bare(&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}))
	other := errors.New("another")
	require.Equal(t, other, remote.Bare(other))
}

package cantest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

// waiting starts a Recv on b and gives its error once it ends. The Recv has
// had time to begin waiting.
func waiting(t *testing.T, ctx context.Context, b can.Bus) <-chan error { //nolint:revive // t comes first in a helper
	t.Helper()
	ended := make(chan error, 1)
	concurrently(t, func() {
		_, err := b.Recv(ctx)
		ended <- err
	})
	time.Sleep(10 * time.Millisecond)
	require.Empty(t, ended, "Recv ended on a silent bus")
	return ended
}

func within(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(limit):
		require.Fail(t, "Recv goes on waiting")
		return nil
	}
}

func cancelRecv(t *testing.T, p pair) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := waiting(t, ctx, p.b)
	cancel()
	require.ErrorIs(t, within(t, ended), context.Canceled)
	_, err := p.b.Recv(ctx)
	require.ErrorIs(t, err, context.Canceled)
	p.carries(t, can.NewFrame(0x123, 1))
}

func cancelSend(t *testing.T, p pair) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, p.a.Send(ctx, can.NewFrame(0x123, 0xEE)), context.Canceled)
	p.carries(t, can.NewFrame(0x123, 1)) // and the one before was not sent
}

func deadline(t *testing.T, p pair) {
	t.Helper()
	silent(t, p.b)
	p.carries(t, can.NewFrame(0x123, 1))
}

func closeRecv(t *testing.T, p pair) {
	t.Helper()
	ended := waiting(t, t.Context(), p.b)
	require.NoError(t, p.b.Close())
	require.ErrorIs(t, within(t, ended), net.ErrClosed)
}

func closed(t *testing.T, p pair) {
	t.Helper()
	send(t, p.b, can.NewFrame(0x123, 1))
	foreign(t, p.a)
	require.NoError(t, p.a.Close())
	_, err := p.a.Recv(t.Context())
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, p.a.Send(t.Context(), can.NewFrame(0x123)), net.ErrClosed)
}

func closeAgain(t *testing.T, p pair) {
	t.Helper()
	require.NoError(t, p.a.Close())
	require.NoError(t, p.a.Close())
}

func closeOther(t *testing.T, p pair) {
	t.Helper()
	require.NoError(t, p.a.Close())
	silent(t, p.b)
	require.NoError(t, p.b.Close())
}

package vserial_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
)

// patience is for what comes at once.
const patience = 10 * time.Second

func ask(t *testing.T, f io.ReadWriter, question string, answer int) string {
	t.Helper()
	_, err := f.Write([]byte(question))
	require.NoError(t, err)
	p := make([]byte, answer)
	_, err = io.ReadFull(f, p)
	require.NoError(t, err)
	return string(p)
}

// echo gives back what it hears.
func echo(ctx context.Context, c vserial.Conn) {
	p := make([]byte, 64)
	for {
		n, err := c.Read(ctx, p)
		if err != nil || c.Write(ctx, p[:n]) != nil {
			return
		}
	}
}

// serve serves echoes on the loopback and gives where.
func serve(t *testing.T, second vserial.Second) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- vserial.Serve(ctx, l, second, vserial.Options{Baud: 115200}, echo) }()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

func TestServeOneClientAfterAnother(t *testing.T) {
	address := serve(t, vserial.TurnedAway)
	for range 5 {
		conn := dial(t, address)
		require.Equal(t, "ATI\r", ask(t, conn, "ATI\r", 4))
		require.NoError(t, conn.Close())
	}
}

func TestWhatASecondClientMeets(t *testing.T) {
	t.Run("turned away", func(t *testing.T) {
		address := serve(t, vserial.TurnedAway)
		first := dial(t, address)
		require.Equal(t, "1", ask(t, first, "1", 1))
		requireOver(t, dial(t, address))
		require.Equal(t, "2", ask(t, first, "2", 1))
	})
	t.Run("steals", func(t *testing.T) {
		address := serve(t, vserial.Steals)
		first := dial(t, address)
		require.Equal(t, "1", ask(t, first, "1", 1))
		require.Equal(t, "2", ask(t, dial(t, address), "2", 1))
		requireOver(t, first)
	})
	t.Run("waits", func(t *testing.T) {
		address := serve(t, vserial.Waits)
		first := dial(t, address)
		require.Equal(t, "1", ask(t, first, "1", 1))
		second := dial(t, address)
		require.Equal(t, "1", ask(t, first, "1", 1))
		require.NoError(t, first.Close())
		require.Equal(t, "2", ask(t, second, "2", 1))
	})
}

func requireOver(t *testing.T, conn net.Conn) {
	t.Helper()
	_, err := conn.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	var timeout net.Error
	require.NotErrorAs(t, err, &timeout, "closed, not silent")
}

func TestAClientWhoLeavesEndsTheLine(t *testing.T) {
	here, there := net.Pipe()
	line := vserial.TCP(here, vserial.Options{Baud: 38400})
	_, err := there.Write([]byte("ATZ\r"))
	require.NoError(t, err)
	require.NoError(t, there.Close())
	require.Equal(t, "ATZ\r", string(readAll(t, line, 4)))
	_, err = line.Read(t.Context(), make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, line.Close())
	_, err = line.Read(t.Context(), make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestServeEndsWithItsListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorIs(t, vserial.Serve(t.Context(), l, vserial.Waits, vserial.Options{}, echo), net.ErrClosed)
}

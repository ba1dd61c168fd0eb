// Package porttest is the suite that every serialport.Port passes.
package porttest

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// Peer is what the port leads to.
type Peer interface {
	Read(ctx context.Context, p []byte) (int, error)
	Write(ctx context.Context, p []byte) error
	Close() error // takes the device away
}

// Setup is one kind of port.
type Setup struct {
	// Open gives a port and what it leads to. It registers their clean-up.
	Open func(t *testing.T) (serialport.Port, Peer)
	// Baud is the speed at which both begin; 0: the port has none.
	Baud int
	// In runs a test: synctest.Test where time is virtual; nil: as it is.
	In func(t *testing.T, test func(t *testing.T))
}

// patience is for what comes in no time.
const patience = 20 * time.Second

// Run runs the suite.
func Run(t *testing.T, s Setup) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Setup){
		"bytes go both ways in their order":           testBytes,
		"a written buffer is the caller's again":      testBorrowed,
		"a wait ends with its context, and only it":   testContext,
		"close ends a wait, and all after it":         testClose,
		"a pulled device is lost, again and again":    testPulled,
		"a pulled device ends a wait":                 testPulledWhileWaiting,
		"the speed is what was set, or there is none": testBaud,
	} {
		t.Run(name, func(t *testing.T) {
			if s.In == nil {
				test(t, s)
				return
			}
			s.In(t, func(t *testing.T) {
				t.Helper()
				test(t, s)
			})
		})
	}
}

func testBytes(t *testing.T, s Setup) {
	t.Helper()
	ctx := limit(t)
	port, peer := s.Open(t)
	long := make([]byte, 3000)
	for i := range long {
		long[i] = byte(i * 7)
	}
	var both sync.WaitGroup
	both.Go(func() { _ = port.Write(ctx, long) })
	both.Go(func() { _ = peer.Write(ctx, long) })
	require.Equal(t, long, take(ctx, t, peer, len(long)))
	require.Equal(t, long, take(ctx, t, port, len(long)))
	both.Wait()
	require.NoError(t, port.Write(ctx, nil))
	n, err := port.Read(ctx, nil)
	require.NoError(t, err)
	require.Zero(t, n)
}

func testBorrowed(t *testing.T, s Setup) {
	t.Helper()
	ctx := limit(t)
	port, peer := s.Open(t)
	p := []byte("ATI\r")
	require.NoError(t, port.Write(ctx, p))
	copy(p, "XXXX")
	require.Equal(t, "ATI\r", string(take(ctx, t, peer, 4)))
}

func testContext(t *testing.T, s Setup) {
	t.Helper()
	ctx := limit(t)
	port, peer := s.Open(t)
	soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err := port.Read(soon, make([]byte, 1))
	require.ErrorIs(t, err, context.DeadlineExceeded)

	require.NoError(t, peer.Write(ctx, []byte(">")))
	_, err = port.Read(soon, make([]byte, 1))
	require.ErrorIs(t, err, context.DeadlineExceeded, "over is over, even if there is something")
	require.ErrorIs(t, port.Write(soon, []byte("lost\r")), context.DeadlineExceeded)
	require.Equal(t, ">", string(take(ctx, t, port, 1)))
	require.NoError(t, port.Write(ctx, []byte("ATI\r")))
	require.Equal(t, "ATI\r", string(take(ctx, t, peer, 4)))
}

func testClose(t *testing.T, s Setup) {
	t.Helper()
	ctx := limit(t)
	port, _ := s.Open(t)
	waited := make(chan error, 1)
	go func() {
		_, err := port.Read(ctx, make([]byte, 1))
		waited <- err
	}()
	require.NoError(t, port.Close())
	require.ErrorIs(t, <-waited, serialport.ErrClosed)
	for range 2 {
		_, err := port.Read(ctx, make([]byte, 1))
		require.ErrorIs(t, err, serialport.ErrClosed)
		require.ErrorIs(t, port.Write(ctx, []byte("x")), serialport.ErrClosed)
		require.NoError(t, port.Close())
	}
}

func testPulled(t *testing.T, s Setup) {
	t.Helper()
	ctx := limit(t)
	port, peer := s.Open(t)
	require.NoError(t, peer.Close())
	for range 3 {
		_, err := port.Read(ctx, make([]byte, 1))
		requireLost(t, err)
	}
	for range 3 {
		requireLost(t, port.Write(ctx, []byte("x")))
	}
	if s.Baud != 0 {
		requireLost(t, port.SetBaud(ctx, 9600))
	}
	require.NoError(t, port.Close())
	_, err := port.Read(ctx, make([]byte, 1))
	require.ErrorIs(t, err, serialport.ErrClosed)
}

func testPulledWhileWaiting(t *testing.T, s Setup) {
	t.Helper()
	ctx := limit(t)
	port, peer := s.Open(t)
	waited := make(chan error, 1)
	go func() {
		_, err := port.Read(ctx, make([]byte, 1))
		waited <- err
	}()
	begin := time.Now()
	require.NoError(t, peer.Close())
	requireLost(t, <-waited)
	require.Less(t, time.Since(begin), time.Second)
}

func testBaud(t *testing.T, s Setup) {
	t.Helper()
	ctx := limit(t)
	port, _ := s.Open(t)
	require.Equal(t, s.Baud, port.Baud())
	if s.Baud == 0 {
		require.ErrorIs(t, port.SetBaud(ctx, 9600), serialport.ErrNoBaud)
		require.Zero(t, port.Baud())
		return
	}
	for _, baud := range []int{9600, 500000, 1234567} {
		require.NoError(t, port.SetBaud(ctx, baud))
		require.Equal(t, baud, port.Baud())
	}
	require.Error(t, port.SetBaud(ctx, 0))
	require.Equal(t, 1234567, port.Baud())
}

func requireLost(t *testing.T, err error) {
	t.Helper()
	var lost *serialport.LostError
	require.ErrorAs(t, err, &lost)
	require.NotEmpty(t, lost.Port)
}

func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func take(ctx context.Context, t *testing.T, from interface {
	Read(ctx context.Context, p []byte) (int, error)
}, n int,
) []byte {
	t.Helper()
	var got bytes.Buffer
	p := make([]byte, 512)
	for got.Len() < n {
		k, err := from.Read(ctx, p[:min(len(p), n-got.Len())])
		require.NoError(t, err)
		require.Positive(t, k)
		got.Write(p[:k])
	}
	return got.Bytes()
}

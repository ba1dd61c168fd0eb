package serialport

import (
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.bug.st/serial"
)

// stubborn is a port that takes its time to send what it holds.
type stubborn struct {
	serial.Port
	takes   time.Duration
	flushed chan struct{}
	thrown  atomic.Bool
}

func (s *stubborn) Drain() error {
	select {
	case <-time.After(s.takes):
	case <-s.flushed:
	}
	return nil
}

func (s *stubborn) ResetOutputBuffer() error {
	s.thrown.Store(true)
	close(s.flushed)
	return nil
}

func TestClosingWaitsForWhatIsSentSoon(t *testing.T) {
	for name, test := range map[string]struct {
		takes  time.Duration
		thrown bool
	}{
		"a moment before": {lastWords - 1, false},
		"a moment after":  {lastWords + 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				port := &stubborn{takes: test.takes, flushed: make(chan struct{})}
				begin := time.Now()
				finish(port)
				require.LessOrEqual(t, time.Since(begin), lastWords)
				require.Equal(t, test.thrown, port.thrown.Load())
			})
		})
	}
}

// interrupted is a port of which a signal ends the wait now and then.
type interrupted struct{ signals []error }

func (i *interrupted) Drain() error {
	err := i.signals[0]
	i.signals = i.signals[1:]
	return err
}

func TestASignalDoesNotEndTheWait(t *testing.T) {
	port := &interrupted{signals: []error{syscall.EINTR, syscall.EINTR, nil}}
	require.NoError(t, drain(port))
	require.Empty(t, port.signals)
	require.ErrorIs(t, drain(&interrupted{signals: []error{syscall.EINTR, syscall.EIO}}), syscall.EIO)
}

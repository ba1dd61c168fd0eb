package serialport

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// device is an open stream of the system.
type device interface {
	Read(p []byte) (int, error) // 0 and no error: nothing came for a while
	Write(p []byte) (int, error)
	setBaud(baud int) error // after what was written has gone out
	arm()                   // lets Write wait
	abort()                 // ends a Write or setBaud that waits, until arm
	Close() error           // ends a Read that waits; what was written goes out first, if it does so soon
}

// lastWords is how long a serial port may take to send what it still holds.
const lastWords = 300 * time.Millisecond

// closeLimit bounds how long Close waits for a system that does not let go.
const closeLimit = time.Second

// stream is a Port over a device: one goroutine reads, so that a loss is seen
// while nobody asks, and one writes, so that a caller can leave it behind.
type stream struct {
	name string
	dev  device
	baud atomic.Int64

	jobs   chan job
	news   chan struct{} // holds a token when the inbox has grown
	room   chan struct{} // holds a token when the inbox has shrunk
	gone   chan struct{} // closed when the device has gone
	closed chan struct{}
	busy   atomic.Bool // the writer is at something
	ended  sync.WaitGroup
	ending sync.Once
	losing sync.Once

	mu    sync.Mutex
	inbox []byte
	lost  *LostError
}

func newStream(name string, dev device, baud int) *stream {
	s := &stream{
		name: name, dev: dev,
		jobs: make(chan job), news: make(chan struct{}, 1), room: make(chan struct{}, 1),
		gone: make(chan struct{}), closed: make(chan struct{}),
	}
	s.baud.Store(int64(baud))
	s.ended.Go(s.readOn)
	s.ended.Go(s.writeOn)
	return s
}

// loss is why the device is not there, if it is not. The caller holds mu.
func (s *stream) loss() error {
	if s.lost == nil {
		return nil
	}
	return s.lost
}

func (s *stream) Baud() int { return int(s.baud.Load()) }

// judged puts a loss before what it led to.
func (s *stream) judged(err error) error {
	if isClosed(s.closed) {
		return ErrClosed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	return err
}

func (s *stream) over(ctx context.Context) error {
	if isClosed(s.closed) {
		return ErrClosed
	}
	return ctx.Err()
}

func (s *stream) lose(err error) {
	if isClosed(s.closed) {
		return
	}
	s.losing.Do(func() {
		s.mu.Lock()
		s.lost = &LostError{Port: s.name, Err: err}
		s.mu.Unlock()
		close(s.gone)
	})
}

// Close lets go of the device. A Write that waits is cut short; what others
// left with the system still goes out, unless the device takes nothing.
func (s *stream) Close() error {
	var err error
	s.ending.Do(func() {
		close(s.closed)
		if s.busy.Load() {
			s.dev.abort()
		}
		err = s.dev.Close()
		s.await()
	})
	return err
}

func (s *stream) await() {
	still := make(chan struct{})
	go func() {
		s.ended.Wait()
		close(still)
	}()
	select {
	case <-still:
	case <-time.After(closeLimit):
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

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
	Close() error           // ends a Read that waits
}

// inboxRoom is how many bytes wait for a reader here; more wait in the system.
const inboxRoom = 65536

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
	ended  sync.WaitGroup
	ending sync.Once
	losing sync.Once

	mu    sync.Mutex
	inbox []byte
	lost  *LostError
}

// job is something for the writer. Its result is always taken or left.
type job struct {
	do   func() error
	done chan error
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

func (s *stream) Read(ctx context.Context, p []byte) (int, error) {
	for {
		if err := s.over(ctx); err != nil {
			return 0, err
		}
		n, err := s.take(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		select {
		case <-s.news:
		case <-s.gone:
		case <-s.closed:
		case <-ctx.Done():
		}
	}
}

// take gives what waits; what came before a loss comes before its error.
func (s *stream) take(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := copy(p, s.inbox)
	s.inbox = s.inbox[n:]
	if n > 0 {
		poke(s.room)
		return n, nil
	}
	return 0, s.loss()
}

// loss is why the device is not there, if it is not. The caller holds mu.
func (s *stream) loss() error {
	if s.lost == nil {
		return nil
	}
	return s.lost
}

func (s *stream) Write(ctx context.Context, p []byte) error {
	p = append([]byte(nil), p...) // the writer may be at it after we left
	return s.run(ctx, func() error {
		err := s.writeAll(p)
		if err != nil && s.over(ctx) == nil {
			s.lose(err) // not what our own abort led to
		}
		return err
	})
}

func (s *stream) SetBaud(ctx context.Context, baud int) error {
	if s.baud.Load() == 0 {
		return ErrNoBaud
	}
	return s.run(ctx, func() error {
		if err := s.dev.setBaud(baud); err != nil {
			return err
		}
		s.baud.Store(int64(baud))
		return nil
	})
}

func (s *stream) Baud() int { return int(s.baud.Load()) }

func (s *stream) writeAll(p []byte) error {
	for len(p) > 0 {
		n, err := s.dev.Write(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// run has the writer do something, and leaves it behind when ctx ends.
func (s *stream) run(ctx context.Context, do func() error) error {
	if err := s.over(ctx); err != nil {
		return err
	}
	j := job{done: make(chan error, 1), do: func() error {
		s.dev.arm()
		if err := s.over(ctx); err != nil {
			return err // whoever waited left before: his abort is spent
		}
		return do()
	}}
	select {
	case s.jobs <- j:
	case <-s.gone:
	case <-s.closed:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.done:
		return s.judged(err)
	case <-s.gone:
	case <-s.closed:
	case <-ctx.Done():
		s.dev.abort()
	}
	return s.judged(s.over(ctx))
}

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

func (s *stream) readOn() {
	p := make([]byte, 4096)
	for {
		n, err := s.dev.Read(p)
		if !s.deliver(p[:n]) {
			return
		}
		if err != nil {
			s.lose(err)
			return
		}
	}
}

// deliver waits while the inbox is full; false: the port was closed.
func (s *stream) deliver(p []byte) bool {
	for {
		s.mu.Lock()
		fits := len(s.inbox)+len(p) <= inboxRoom
		if fits {
			s.inbox = append(s.inbox, p...)
		}
		s.mu.Unlock()
		if fits {
			poke(s.news)
			return !isClosed(s.closed)
		}
		select {
		case <-s.room:
		case <-s.closed:
			return false
		}
	}
}

func (s *stream) writeOn() {
	for {
		select {
		case j := <-s.jobs:
			j.done <- j.do()
		case <-s.closed:
			return
		}
	}
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

// Close lets go of the device. What the system still holds for sending goes
// out as far as it does so at once.
func (s *stream) Close() error {
	var err error
	s.ending.Do(func() {
		close(s.closed)
		s.dev.abort()
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

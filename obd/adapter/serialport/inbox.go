package serialport

import "context"

// inboxRoom is how many bytes wait for a reader here; more wait in the system.
const inboxRoom = 65536

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

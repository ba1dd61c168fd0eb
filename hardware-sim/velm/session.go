package velm

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vserial"
)

// session is the dongle while a client has it. Three goroutines: one reads
// bytes, one reads frames, and run does all the rest.
//
//	           ┌── CR ── execute ── lines ── \r> ──┐
//	host ──► collect                               │
//	           └──◄────────────────────────────────┘
type session struct {
	*Dongle
	c    *chip
	conn vserial.Conn

	in    chan arrival // what the host sends
	ended error        // why in was closed
	idle  atomic.Bool  // the prompt is out and no command has come
	typed atomic.Bool  // something has come since the prompt: what waits for the UART is its echo
	rest  []byte       // arrived and not yet looked at
	early bool         // rest came before the prompt

	line      []byte // the command so far
	joined    bool   // a request was sent or a bus listened to
	overtaken bool   // monitoring has ended by itself, and the host may not know yet
	wire      *wire
	sent      int // bytes written, for faults
	muted     bool
}

// arrival is a piece of what the host sent.
type arrival struct {
	data  []byte
	early bool // before the prompt
}

// incomplete is how long a command may stay without its end.
const incomplete = 20 * time.Second

func newSession(d *Dongle, conn vserial.Conn) *session {
	s := &session{Dongle: d, c: &d.chip, conn: conn, in: make(chan arrival, 64)}
	s.ready()
	return s
}

// errGone ends a session; what Serve gives is in ended.
var errGone = errors.New("velm: client has gone")

func (s *session) run(ctx context.Context) error {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel() // a client who has gone gets no answer any more
		s.listen(within)
	})
	err := s.collect(within)
	cancel()
	reader.Wait()
	s.leave()
	switch {
	case errors.Is(err, errPulled):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errGone), within.Err() != nil && errors.Is(err, within.Err()):
		err = s.ended
	}
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// listen reads what the host sends.
func (s *session) listen(ctx context.Context) {
	defer close(s.in)
	buf := make([]byte, 256)
	for {
		n, err := s.conn.Read(ctx, buf)
		if n > 0 {
			s.note(func(l *Ledger) { l.Received += n })
			a := arrival{data: append([]byte(nil), buf[:n]...), early: !s.idle.Load() || !s.typed.Load() && s.queued() > 0}
			s.typed.Store(true)
			if strings.IndexByte(string(a.data), '\r') >= 0 {
				s.idle.Store(false)
			}
			select {
			case s.in <- a:
			case <-ctx.Done():
			}
		}
		if err != nil {
			s.ended = err
			return
		}
	}
}

// ready says that a command may come, once what waits for the UART is out.
func (s *session) ready() {
	s.typed.Store(false)
	s.idle.Store(true)
}

// queued is how many bytes wait for the UART.
func (s *session) queued() int {
	if q, ok := s.conn.(vserial.Queuer); ok {
		return q.Queued()
	}
	return 0
}

// collect takes commands until the client goes.
func (s *session) collect(ctx context.Context) error {
	for {
		if len(s.rest) == 0 {
			if err := s.fill(ctx); err != nil {
				return err
			}
		}
		for len(s.rest) > 0 {
			b := s.rest[0]
			s.rest = s.rest[1:]
			if err := s.take(ctx, b); err != nil {
				return err
			}
		}
	}
}

// fill waits for bytes. A command without an end is thrown away in the end.
func (s *session) fill(ctx context.Context) error {
	var expired <-chan time.Time
	if len(s.line) > 0 {
		timer := time.NewTimer(incomplete)
		defer timer.Stop()
		expired = timer.C
	}
	keepalive, stop := s.keepAlive()
	defer stop()
	forsaken, end := s.fault.forsaken()
	defer end()
	select {
	case a, ok := <-s.in:
		return s.arrived(a, ok)
	case <-forsaken:
		return errPulled
	case <-expired:
		s.line = s.line[:0]
		return s.answer(ctx, "?")
	case <-keepalive:
		return s.sayAlive(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *session) arrived(a arrival, ok bool) error {
	if !ok {
		return errGone
	}
	if a.early {
		s.early = true
	}
	s.rest = append(s.rest, a.data...)
	return nil
}

package vslcan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/can"
)

// maxCommand is more than any command has; a longer one is refused.
const maxCommand = 160

// session is a client that is served.
type session struct {
	dongle  *Dongle
	conn    vserial.Conn
	over    <-chan struct{} // closed when the client is gone
	replies chan []byte
	frames  chan []byte   // what was received, as lines
	changed chan struct{} // holds a token when the channel was opened or closed

	acks, lines int // how many there were: some get lost
}

// errPulled is a dongle that was pulled out.
var errPulled = errors.New("vslcan: pulled")

// read obeys the client.
func (s *session) read(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	var line []byte
	came := make([]byte, 256)
	for {
		n, err := s.conn.Read(ctx, came)
		for _, c := range came[:n] {
			if c != '\r' {
				line = append(line, c)
				line = line[:min(len(line), maxCommand)]
				continue
			}
			if err := s.command(ctx, line); err != nil {
				return err
			}
			line = line[:0]
		}
		if err != nil {
			return unlessLeft(err)
		}
	}
}

// begin does what a fault does before anything is said.
func (s *session) begin(ctx context.Context) error {
	d := s.dongle
	if d.fault.junk {
		s.say("\x00\x00\xFC\x07boot\r\nOK")
	}
	if !d.fault.openFirst || d.told.Load() > 0 {
		return nil
	}
	d.rate = 500_000
	bus, err := d.open(ctx, d.rate, false)
	if err != nil {
		return err
	}
	s.opened(&channel{bus: bus})
	return nil
}

func (s *session) opened(c *channel) {
	s.dongle.swap(c)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// command obeys one line, unless a fault is quicker.
func (s *session) command(ctx context.Context, line []byte) error {
	d := s.dongle
	switch d.told.Add(1) {
	case d.fault.pulledAt:
		return errPulled
	case d.fault.resetAt:
		d.rate, d.silent = 0, false
		if err := d.Close(); err != nil {
			return err
		}
	}
	if d.acks {
		s.lawicel(ctx, string(line))
		return nil
	}
	if len(line) == 0 {
		line = d.last
	}
	d.last = append([]byte(nil), line...)
	s.canable(ctx, string(line))
	return nil
}

// say gives an answer to be sent.
func (s *session) say(text string) {
	if s.dongle.muted() {
		return
	}
	select {
	case s.replies <- []byte(text):
	case <-s.over:
	}
}

// write sends what waits, answers first.
func (s *session) write(ctx context.Context) {
	for {
		var line []byte
		select {
		case line = <-s.replies:
		default:
			select {
			case line = <-s.replies:
			case line = <-s.frames:
			case <-ctx.Done():
				return
			}
		}
		if s.put(ctx, line) != nil {
			s.drain(ctx)
			return
		}
	}
}

// drain takes what is said until the client's end is noticed by whom reads.
func (s *session) drain(ctx context.Context) {
	for {
		select {
		case <-s.replies:
		case <-s.frames:
		case <-ctx.Done():
			return
		}
	}
}

// put sends one line, maybe in pieces.
func (s *session) put(ctx context.Context, line []byte) error {
	for s.dongle.fault.chunks && len(line) > 1 {
		n := 1 + s.dongle.dice.IntN(len(line)-1)
		if err := s.conn.Write(ctx, line[:n]); err != nil {
			return err
		}
		line = line[n:]
		select {
		case <-time.After(pieceGap):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.conn.Write(ctx, line)
}

// report writes down what the bus carries, whenever the channel is open.
func (s *session) report(ctx context.Context) {
	for {
		c := s.dongle.current()
		if c == nil {
			select {
			case <-s.changed:
				continue
			case <-ctx.Done():
				return
			}
		}
		rx, err := c.bus.Recv(ctx)
		_, dropped := errors.AsType[*can.DroppedError](err)
		switch {
		case dropped:
			c.note(flagOverrun)
		case ctx.Err() != nil:
			return
		case err != nil:
			s.await(ctx, c)
		case rx.Frame.Is(can.Error):
			c.suffer(&rx.Frame)
		case rx.Own:
			c.sent()
		default:
			s.frame(ctx, c, &rx)
		}
	}
}

// await waits for another channel than one that has ended.
func (s *session) await(ctx context.Context, ended *channel) {
	for s.dongle.current() == ended && ctx.Err() == nil {
		select {
		case <-s.changed:
		case <-ctx.Done():
		}
	}
}

// frame gives a received frame to be sent; one that had to wait too long for
// the line is lost.
func (s *session) frame(ctx context.Context, c *channel, rx *can.Rx) {
	d := s.dongle
	switch {
	case rx.Frame.Is(can.FD) && !d.fd, d.muted():
		return
	case time.Since(rx.Time) > d.keeps:
		c.note(flagRxFull | flagOverrun)
		return
	}
	select {
	case s.frames <- s.line(rx):
	case <-ctx.Done():
	}
}

// line writes down a received frame, unless a fault spoils it.
func (s *session) line(rx *can.Rx) []byte {
	d := s.dongle
	text := encode(&rx.Frame)
	if d.times.Load() {
		text += fmt.Sprintf("%04X", rx.Time.Sub(d.began).Milliseconds()%60_000)
	}
	line := []byte(text + "\r")
	switch {
	case every(d.fault.lostEnd, &s.lines):
		line = line[:len(line)-1]
	case every(d.fault.lostByte, &s.lines):
		line = append(line[:3], line[4:]...)
	}
	return line
}

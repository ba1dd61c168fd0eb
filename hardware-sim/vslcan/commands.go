package vslcan

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

const (
	done    = "\r"
	refused = "\a"
)

// lawicel obeys a command and answers it.
func (s *session) lawicel(ctx context.Context, line string) {
	answer := s.answer(ctx, line)
	if every(s.dongle.fault.lostAck, &s.acks) {
		return
	}
	s.say(answer)
}

func (s *session) answer(ctx context.Context, line string) string {
	c := s.dongle.current()
	if line == "" {
		return refused
	}
	switch line[0] {
	case 't', 'T', 'r', 'R':
		return s.transmit(ctx, c, line)
	case 'V':
		return s.dongle.version + done
	case 'N':
		return "NA123" + done
	case 'F':
		if c == nil || s.dongle.fault.noStatus {
			return refused
		}
		return fmt.Sprintf("F%02X\r", c.status())
	case 'C':
		return acknowledged(s.closeChannel())
	}
	if c != nil {
		return refused // the rest is for a closed channel
	}
	return s.configure(ctx, line)
}

func (s *session) configure(ctx context.Context, line string) string {
	switch d := s.dongle; {
	case line[0] == 'S':
		return acknowledged(d.choose(line))
	case line[0] == 's':
		return acknowledged(d.registers(line))
	case line == "Z0", line == "Z1":
		d.times.Store(line == "Z1")
		return done
	case line == "O":
		return acknowledged(s.openChannel(ctx, false))
	case line == "L" && !d.fault.deaf:
		return acknowledged(s.openChannel(ctx, true))
	}
	return refused
}

func acknowledged(ok bool) string {
	if ok {
		return done
	}
	return refused
}

// canable obeys a command and says nothing, but to V.
func (s *session) canable(ctx context.Context, line string) {
	if line == "" {
		return
	}
	d := s.dongle
	switch line[0] {
	case 'O':
		if d.current() == nil {
			s.openChannel(ctx, d.silent)
		}
	case 'C':
		s.closeChannel()
	case 'S':
		if d.current() == nil {
			d.choose(line)
		}
	case 'M':
		d.silent = line == "M1"
	case 'V':
		s.say(d.version + done)
	case 't', 'T', 'r', 'R':
		s.transmit(ctx, d.current(), line)
	case 'd', 'D', 'b', 'B':
		if d.fd {
			s.transmit(ctx, d.current(), line)
		}
	}
}

// choose takes a bit rate by its code.
func (d *Dongle) choose(line string) bool {
	if len(line) != 2 || d.rates[line[1]] == 0 {
		return false
	}
	d.rate = d.rates[line[1]]
	return true
}

// registers takes a bit rate as the two timing registers of an SJA1000 at
// 16 MHz say it.
func (d *Dongle) registers(line string) bool {
	v, err := strconv.ParseUint(line[1:], 16, 16)
	if err != nil || len(line) != 5 {
		return false
	}
	prescaler, first, second := int(v>>8&0x3F)+1, int(v&0xF)+1, int(v>>4&7)+1
	d.rate = 8_000_000 / prescaler / (1 + first + second)
	return true
}

func (s *session) openChannel(ctx context.Context, listen bool) bool {
	d := s.dongle
	if d.rate == 0 {
		return false
	}
	bus, err := d.open(ctx, d.rate, listen)
	if err != nil {
		return false
	}
	s.opened(&channel{bus: bus, listen: listen})
	return true
}

func (s *session) closeChannel() bool {
	c := s.dongle.swap(nil)
	if c == nil {
		return false
	}
	return c.bus.Close() == nil
}

// transmit takes a frame, if there is room for it.
func (s *session) transmit(ctx context.Context, c *channel, line string) string {
	f, ok := decode(line)
	if !ok || c == nil || c.listen || f.Is(can.FD) && !s.dongle.fd {
		return refused
	}
	if !s.dongle.admit(ctx, c) {
		c.note(flagTxFull)
		return refused
	}
	if err := c.bus.Send(ctx, f); err != nil {
		c.sent()
		if errors.Is(err, can.ErrBusOffState) {
			c.note(flagWarning | flagPassive | flagBusError)
		}
		return refused
	}
	if !can.Echoes(c.bus) {
		c.sent()
	}
	if f.Is(can.Extended) {
		return "Z" + done
	}
	return "z" + done
}

// busy is how long the wire may be busy before a full queue is a full queue.
const busy = 100 * time.Millisecond

// admit takes a place in the queue. As long as frames leave it the dongle just
// reads its serial line later; a fault makes it less patient.
func (d *Dongle) admit(ctx context.Context, c *channel) bool {
	if d.fault.queue != 0 {
		return c.room(d.fault.queue)
	}
	for began := time.Now(); !c.room(queue); {
		if c.stuck() || time.Since(began) > busy {
			return false
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return false
		}
	}
	return true
}

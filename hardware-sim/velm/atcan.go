package velm

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

func (s *session) setProtocol(arg string) string {
	p, ok := selectProtocol(arg)
	if ok {
		s.use(p)
	}
	return okIf(ok)
}

// use takes a protocol; the bus is joined by the next request.
func (s *session) use(p protocol) {
	s.leave()
	s.c.protocol, s.c.learned, s.c.rate, s.c.kline = p, 0, 0, klineState{}
	if s.model.forgets {
		s.c.format, s.c.spaces, s.c.long = true, true, false
	}
}

// tryProtocol is ATTP. Some clones never recover from A0.
func (s *session) tryProtocol(ctx context.Context, arg string) error {
	if arg == "A0" {
		s.violated(RuleBrick, "ATTPA0")
		if s.model.bricks {
			s.c.dead = true
			return nil
		}
	}
	return s.answer(ctx, s.setProtocol(arg))
}

func (s *session) setUserProtocol(arg string) string {
	b, ok := unhex(arg)
	if !ok || len(b) != 2 || b[1] == 0 {
		return unknown
	}
	s.c.user = userProtocol{b[0], b[1]}
	if s.c.protocol.number == 0xB {
		s.leave()
	}
	return okIf(true)
}

func (s *session) setHeader(arg string) string {
	h, ok := parseHeader(arg)
	if !ok || h.wide && s.model.version < v20 {
		return unknown
	}
	if h != s.c.header {
		s.note(func(l *Ledger) { l.Headers++ })
	}
	s.c.header = h
	return okIf(true)
}

func optionalOctet(at func(s *session) *optional) func(*session, string) string {
	take := octet(func(s *session, b byte) { *at(s) = optional{true, b} })
	return func(s *session, arg string) string {
		if arg == "" {
			*at(s) = optional{}
			return okay
		}
		return take(s, arg)
	}
}

func (s *session) setReceive(arg string) string {
	if arg == "" {
		if !s.model.knows("CRA_", v14b) {
			return unknown
		}
		s.c.filter = filter{}
		return okay
	}
	f, ok := parseReceive(arg)
	if ok {
		s.c.filter.receive = f
	}
	return okIf(ok)
}

// setPattern is ATCF; without ATCM the mask is that of OBD's own filter.
func (s *session) setPattern(arg string) string {
	id, extended, ok := parseID(arg)
	if !ok {
		return unknown
	}
	f := &s.c.filter
	f.pattern.id, f.cf, f.receive = id, true, idFilter{}
	if !f.cm {
		f.pattern.mask = 0x7F8
		if extended {
			f.pattern.mask = 0x1FFFFF00
		}
	}
	return okIf(true)
}

func (s *session) setMask(arg string) string {
	mask, extended, ok := parseID(arg)
	if !ok {
		return unknown
	}
	f := &s.c.filter
	f.pattern.mask, f.cm, f.receive = mask, true, idFilter{}
	if !f.cf {
		f.pattern.id = 0x7E8
		if extended {
			f.pattern.id = 0x18DA0000 | uint32(s.c.tester)<<8
		}
	}
	return okIf(true)
}

func (s *session) setFlowHeader(arg string) string {
	h, ok := parseHeader(arg)
	if !ok {
		return unknown
	}
	probe := chip{settings: settings{header: h, priority: s.c.priority}}
	s.c.control.header = probe.transmitID(spec{wide: !h.short})
	s.c.control.extended, s.c.control.hasHeader = !h.short, true
	return okIf(true)
}

const flowDataMost = 5 // bytes, without the padding

func (s *session) setFlowData(arg string) string {
	b, ok := unhex(arg)
	if !ok || len(b) == 0 || len(b) > flowDataMost {
		return unknown
	}
	s.c.control.data = b
	return okIf(true)
}

// setFlowMode refuses a mode whose header or data are not known yet.
func (s *session) setFlowMode(arg string) string {
	mode, err := strconv.Atoi(arg)
	f := &s.c.control
	switch {
	case err != nil || len(arg) != 1 || mode > 2:
		return unknown
	case mode > 0 && f.data == nil, mode == 1 && !f.hasHeader:
		return unknown
	}
	f.mode = mode
	return okay
}

// setTimeout is ATST; 00 brings back the default.
func (s *session) setTimeout(b byte) {
	if b == 0 {
		b = stDefault
	}
	s.c.timeout, s.c.wait = b, 0
}

func (s *session) setAdaptive(arg string) string {
	mode, err := strconv.Atoi(arg)
	if err != nil || len(arg) != 1 || mode > 2 {
		return unknown
	}
	s.c.adaptive, s.c.learned = mode, 0
	return okay
}

func (s *session) setTimes(arg string) string {
	if arg != "1" && arg != "5" {
		return unknown
	}
	s.c.times = int(arg[0] - '0')
	return okay
}

const activityUnit = 655360 * time.Microsecond

// activity is ATAMC: for how long the bus has been silent.
func (s *session) activity() string {
	n := 0xFF
	if s.wire != nil {
		n = min(n, int(time.Since(time.Unix(0, s.wire.heard.Load()))/activityUnit))
	}
	return fmt.Sprintf("%02X", n)
}

// remote is ATRTR.
func (s *session) remote(ctx context.Context, arg string) error {
	p, known := s.c.spec()
	switch {
	case arg != "" || !known || p.family != onCAN:
		return s.answer(ctx, unknown)
	case s.model.noRemote:
		if err := s.work(ctx, s.c.patience()); err != nil {
			return err
		}
		return s.answer(ctx, errNoData.Error())
	}
	f := can.Frame{ID: s.c.transmitID(p), Flags: can.Remote}
	if p.wide {
		f.Flags |= can.Extended
	}
	return s.converse(ctx, p, ask{frames: []can.Frame{f}})
}

package velm

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// stCommands are those of the STN11xx family that this dongle has.
var stCommands = []command{
	{name: "I", reply: told(func(s *session) string { return s.model.stn })},
	{name: "DI", reply: told(func(s *session) string { return s.model.board })},
	{name: "MFR", reply: told(func(*session) string { return "OBD Solutions LLC" })},
	{name: "PX", run: (*session).transmitAny},
	{name: "CFCPA", reply: (*session).addFlowPair},
	{name: "CFCPC", reply: made(func(s *session) { s.c.flows = nil })},
	{name: "CSEGR", reply: toggle(func(s *session) *bool { return &s.c.segmentIn })},
	{name: "CSEGT", reply: toggle(func(s *session) *bool { return &s.c.segmentOut })},
	{name: "CMM", reply: toggle(func(s *session) *bool { return &s.c.acknowledges })},
	{name: "FAP", reply: (*session).addPassFilter},
	{name: "FPC", reply: made((*session).clearFilters)},
	{name: "FCP", reply: made((*session).clearFilters)},
	{name: "FAC", reply: made((*session).clearFilters)},
	{name: "PTO", reply: decimal(65535, func(s *session, n int) { s.c.wait = time.Duration(n) * time.Millisecond })},
	{name: "P", reply: (*session).setSTProtocol},
	{name: "PR", reply: told((*session).stProtocol)},
	{name: "PRS", reply: told(func(s *session) string { return s.c.describe() })},
	{name: "PO", reply: made(func(*session) {})},
	{name: "PC", reply: made((*session).closeProtocol)},
	{name: "PBR", reply: decimal(1_000_000, (*session).setRate)},
	{name: "BR", run: (*session).stBaud},
	{name: "BRT", reply: decimal(65535, func(s *session, n int) { s.c.window = time.Duration(n) * time.Millisecond })},
	{name: "SBR", run: (*session).switchBaud},
	{name: "M", run: func(s *session, ctx context.Context, arg string) error { return s.monitor(ctx, arg, false) }},
	{name: "MA", run: func(s *session, ctx context.Context, arg string) error { return s.monitor(ctx, arg, true) }},
}

// decimal reads a number from 1 to most.
func decimal(most int, take func(s *session, n int)) func(*session, string) string {
	return func(s *session, arg string) string {
		n, err := strconv.Atoi(arg)
		if err != nil || n <= 0 || n > most {
			return unknown
		}
		take(s, n)
		return okay
	}
}

func (s *session) setRate(bitrate int) {
	s.leave()
	s.c.rate = bitrate
}

func (s *session) setSTProtocol(arg string) string {
	n, err := strconv.Atoi(arg)
	if err != nil || find(stSpecs, n).number == 0 {
		return unknown
	}
	s.use(protocol{number: n, st: true})
	return okay
}

func (s *session) stProtocol() string {
	if s.c.protocol.st {
		return strconv.Itoa(s.c.protocol.number)
	}
	for st, elm := range elmNumbers {
		if elm == s.c.protocol.number {
			return strconv.Itoa(st)
		}
	}
	return "0"
}

func (s *session) clearFilters() { s.c.filters = nil }

// addPassFilter is STFAP pattern,mask.
func (s *session) addPassFilter(arg string) string {
	pattern, mask, _ := strings.Cut(arg, ",")
	id, extended, ok := parseID(pattern)
	m, wide, okMask := parseID(mask)
	if !ok || !okMask || wide != extended || len(s.c.filters) == filtersMost {
		return unknown
	}
	s.c.filters = append(s.c.filters, idFilter{true, id, m, extended})
	return okay
}

const (
	filtersMost = 32 // an assumption
	pairsMost   = 64 // likewise
)

// flowPair is a sender and where its flow control goes.
type flowPair struct {
	transmit, receive uint32
	extended          bool
	address           optional // extended address, behind a space in the data sheet
}

// addFlowPair is STCFCPA transmit,receive, each an identifier and perhaps an
// extended address.
func (s *session) addFlowPair(arg string) string {
	tx, rx, _ := strings.Cut(arg, ",")
	t, extended, address, ok := pairID(tx)
	r, wide, _, okRx := pairID(rx)
	if !ok || !okRx || wide != extended || len(s.c.flows) == pairsMost {
		return unknown
	}
	s.c.flows = append(s.c.flows, flowPair{t, r, extended, address})
	return okay
}

func pairID(text string) (id uint32, extended bool, address optional, ok bool) {
	if len(text) == 5 || len(text) == 10 {
		b, fine := unhex(text[len(text)-2:])
		if !fine {
			return 0, false, optional{}, false
		}
		address = optional{true, b[0]}
		text = text[:len(text)-2]
	}
	id, extended, ok = parseID(text)
	return id, extended, address, ok
}

const (
	slowest = 38
	fastest = 10_000_000
)

// stBaud is STBR: as ATBRD, with the speed itself.
func (s *session) stBaud(ctx context.Context, arg string) error {
	n, ok := speed(arg)
	if !ok {
		return s.answer(ctx, unknown)
	}
	return s.changeBaud(ctx, n, s.model.stn)
}

// switchBaud is STSBR, which asks nobody.
func (s *session) switchBaud(ctx context.Context, arg string) error {
	n, ok := speed(arg)
	if !ok {
		return s.answer(ctx, unknown)
	}
	if err := s.answer(ctx, okay); err != nil {
		return err
	}
	s.setBaud(n)
	return nil
}

func speed(arg string) (int, bool) {
	n, err := strconv.Atoi(arg)
	return n, err == nil && n >= slowest && n <= fastest
}

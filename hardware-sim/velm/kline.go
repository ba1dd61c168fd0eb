package velm

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// KLine is a unit on a K-line that knows some requests by heart.
type KLine struct {
	// Slow and Fast say which initialisations it answers. After the slow one it
	// gives its key words: 08 08 or 94 94 for ISO 9141-2, otherwise xx 8F for
	// ISO 14230-4.
	Slow, Fast bool
	Keys       [2]byte

	Address byte          // the unit's own, in its answers
	Deaf    int           // initialisations that it does not hear at first
	Latency time.Duration // from the request to the first byte of the answer

	// Answer gives what the unit says to a request to target, header and
	// checksum left out; nothing: silence.
	Answer func(target byte, request []byte) [][]byte
}

// klineState is a session on the K-line.
type klineState struct {
	open bool
	keys [2]byte
	last time.Time // when something was said
}

// The times of ISO 9141-2 and ISO 14230-2.
const (
	fiveBaud  = 2 * time.Second        // ten bits of 200 ms
	slowKeys  = 500 * time.Millisecond // synchronisation, key words, complement
	fastWake  = 50 * time.Millisecond
	kByte     = 1050 * time.Microsecond // ten bits at 10400 bit/s, and a gap
	p3Max     = 5 * time.Second         // without a word the session is over
	kLongest  = 11                      // bytes of a request with ATAL
	kNormal   = 7
	idle9141  = 300 * time.Millisecond // W0: the line rests before
	kHeaders  = 4                      // three header bytes and the checksum
	targetOBD = 0x33
)

// slow says whether a protocol begins with five baud.
func (p spec) slow() bool { return p.family == k9141 || p.family == k14230slow }

// fits says whether key words belong to a protocol.
func (p spec) fits(keys [2]byte) bool {
	iso := keys == [2]byte{0x08, 0x08} || keys == [2]byte{0x94, 0x94}
	return iso == (p.family == k9141)
}

// kInit wakes the unit up. It gives errNoData if nobody answers as the
// protocol has it.
func (s *session) kInit(ctx context.Context, p spec) error {
	k := s.opts.KLine
	wait := fastWake + s.c.responseTime()
	if p.slow() {
		wait = idle9141 + fiveBaud + slowKeys
	}
	if err := s.listening(ctx, wait); err != nil {
		return err
	}
	s.wakings++
	if k == nil || s.wakings <= k.Deaf || p.slow() && !k.Slow || p.family == k14230fast && !k.Fast {
		return errNoData
	}
	s.c.kline = klineState{keys: k.Keys}
	if p.slow() && !p.fits(k.Keys) {
		return errNoData
	}
	s.c.kline.open, s.c.kline.last = true, time.Now()
	return nil
}

// tryK searches on the K-line. One slow initialisation finds both protocols
// that begin so.
func (s *session) tryK(ctx context.Context, p spec) (spec, error) {
	err := s.kInit(ctx, p)
	if errors.Is(err, errNoData) && p.family == k9141 && s.opts.KLine != nil && s.opts.KLine.Slow {
		p = find(specs, 4)
		s.c.protocol.number = p.number
		s.c.kline.open, s.c.kline.last = true, time.Now()
		err = nil
	}
	if err == nil {
		s.joined = true
	}
	return p, err
}

// kRequest asks on the K-line, after an initialisation if there is no session.
func (s *session) kRequest(ctx context.Context, p spec, data []byte) error {
	if s.c.kline.open && time.Since(s.c.kline.last) > p3Max {
		s.c.kline.open = false
	}
	if !s.c.kline.open {
		if err := s.busInit(ctx, p); err != nil {
			return err
		}
	}
	return s.kExchange(ctx, p, data)
}

// busInit tells of an initialisation: BUS INIT: OK.
func (s *session) busInit(ctx context.Context, p spec) error {
	text := "BUS INIT: "
	if s.model.dots {
		text += "..."
	}
	if err := s.write(ctx, text); err != nil {
		return err
	}
	err := s.kInit(ctx, p)
	word := okay
	switch {
	case errors.Is(err, errNoData):
		word = "ERROR"
	case err != nil:
		return errors.Join(s.write(ctx, s.end()), err)
	}
	if word == okay {
		return s.say(ctx, word)
	}
	if err := s.say(ctx, word); err != nil {
		return err
	}
	if err := s.prompt(ctx); err != nil {
		return err
	}
	return errTold
}

func (s *session) kExchange(ctx context.Context, p spec, data []byte) error {
	k := s.opts.KLine
	sent := time.Duration(len(data)+kHeaders) * kByte
	target := byte(targetOBD)
	if s.c.header.set {
		target = s.c.header.bytes[2]
	}
	var answers [][]byte
	if k.Answer != nil {
		answers = k.Answer(target, data)
	}
	if err := s.listening(ctx, sent); err != nil {
		return err
	}
	for _, a := range answers {
		if err := s.listening(ctx, k.Latency+time.Duration(len(a)+kHeaders)*kByte); err != nil {
			return err
		}
		if err := s.say(ctx, s.kText(p, k.Address, a)); err != nil {
			return err
		}
	}
	wait := s.c.responseTime()
	s.c.kline.last = time.Now()
	if err := s.listening(ctx, wait); err != nil {
		return err
	}
	s.note(func(l *Ledger) { l.Silences++; l.Silence += wait })
	if len(answers) == 0 {
		return errNoData
	}
	return nil
}

// kText is the line of an answer: with headers on they and the checksum stand
// around the data.
func (s *session) kText(p spec, from byte, data []byte) string {
	if !s.c.headers {
		return s.c.spelled(data)
	}
	whole := append([]byte{0x48, 0x6B, from}, data...)
	if p.family != k9141 {
		whole = append([]byte{0x80 | byte(len(data)&0x3F), s.c.tester, from}, data...)
	}
	sum := byte(0)
	for _, b := range whole {
		sum += b
	}
	return s.c.spelled(append(whole, sum))
}

func (s *session) keyWords(arg string) string {
	switch {
	case arg == "0" || arg == "1":
		return okay
	case arg != "":
		return unknown
	case !s.c.kline.open:
		return "1:-- 2:--"
	}
	return fmt.Sprintf("1:%02X 2:%02X", s.c.kline.keys[0], s.c.kline.keys[1])
}

func (s *session) slowInit(ctx context.Context, arg string) error {
	return s.initBy(ctx, arg, spec.slow)
}

func (s *session) fastInit(ctx context.Context, arg string) error {
	return s.initBy(ctx, arg, func(p spec) bool { return p.family == k14230fast })
}

func (s *session) initBy(ctx context.Context, arg string, fits func(spec) bool) error {
	p, known := s.c.spec()
	if arg != "" || !known || !fits(p) {
		return s.answer(ctx, unknown)
	}
	s.joined = true
	return s.conclude(ctx, s.busInit(ctx, p))
}

// setKeepMessage is ATWM.
func (s *session) setKeepMessage(arg string) string {
	b, ok := unhex(arg)
	if !ok || len(b) == 0 || len(b) > kNormal-1 {
		return unknown
	}
	s.c.keep.message = b
	return okay
}

// keepAlive fires when the K-line wants to hear something.
func (s *session) keepAlive() (<-chan time.Time, func()) {
	if !s.c.kline.open || s.c.keep.every == 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(max(time.Until(s.c.kline.last.Add(s.c.keep.every)), 0))
	return timer.C, func() { timer.Stop() }
}

// sayAlive sends the message that keeps a session open; its answers are not
// printed.
func (s *session) sayAlive(ctx context.Context) error {
	if err := pause(ctx, (kHeaders+1)*kByte); err != nil {
		return err
	}
	s.c.kline.last = time.Now()
	return nil
}

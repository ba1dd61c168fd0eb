package velm

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// ask is a request and how its answers are waited for.
type ask struct {
	frames []can.Frame   // one after the other; more than one: by the receiver's flow control
	wait   time.Duration // for each answer; 0: as ATST and ATAT say
	count  int           // answers after which nothing more is waited for; 0: until nothing comes
	whole  bool          // answers are messages, not frames
	deaf   bool          // no answer is waited for
	hears  bool          // monitoring: nothing was sent, and nothing is answered
	hidden bool          // answers are not printed
	all    bool          // filters do not count
}

// exchange is an ask at work.
type exchange struct {
	*session
	ask
	p    spec
	w    *wire
	ear  *ear
	kept []can.Rx // came while something was sent

	begin    time.Time // when the request was out
	last     time.Time // when something came, or begin
	deadline time.Time
	got      int
	lines    int
	printed  int // bytes of them
	parts    map[uint32]*part
}

// converse sends a request on CAN and prints what comes.
func (s *session) converse(ctx context.Context, p spec, a ask) error {
	return s.conclude(ctx, s.exchange(ctx, p, a))
}

// conclude prints the outcome of an exchange and the prompt.
func (s *session) conclude(ctx context.Context, outcome error) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	switch {
	case outcome == nil:
		return s.prompt(ctx)
	case errors.Is(outcome, errTold):
		return nil
	case isWord(outcome):
		return s.answer(ctx, outcome.Error())
	}
	return outcome
}

// isWord says whether an outcome is told to the host.
func isWord(outcome error) bool {
	return slices.ContainsFunc(words, func(w error) bool { return errors.Is(outcome, w) })
}

// exchange is converse without the outcome's word.
func (s *session) exchange(ctx context.Context, p spec, a ask) error {
	if err := s.join(ctx, p, a.hears && s.silently()); err != nil {
		return err
	}
	x := &exchange{session: s, ask: a, p: p, w: s.wire, parts: map[uint32]*part{}}
	x.ear = x.w.listen()
	defer x.hush()
	if !a.hears {
		if err := x.request(ctx); err != nil {
			return err
		}
	}
	if a.deaf {
		return s.say(ctx, okay)
	}
	x.begin = time.Now()
	x.last, x.deadline = x.begin, x.begin.Add(x.window())
	for {
		err := x.step(ctx)
		if err != nil || x.count > 0 && x.got >= x.count {
			return err
		}
		if !x.hears && !time.Now().Before(x.deadline) {
			return x.silence()
		}
	}
}

// window is how long the next frame may take.
func (x *exchange) window() time.Duration {
	if x.wait > 0 {
		return x.wait
	}
	return x.c.patience()
}

func (x *exchange) hush() {
	if x.ear != nil {
		x.w.hush(x.ear)
		x.ear = nil
	}
}

// silence is the end of a wait in which nothing came.
func (x *exchange) silence() error {
	d := time.Since(x.last)
	x.note(func(l *Ledger) { l.Silences++; l.Silence += d })
	if x.lines > 0 {
		return nil
	}
	x.c.learned = 0
	return errNoData
}

// step waits for a frame, a character of the host or the end of the wait.
func (x *exchange) step(ctx context.Context) error {
	if len(x.kept) > 0 {
		rx := x.kept[0]
		x.kept = x.kept[1:]
		return x.frame(ctx, rx)
	}
	select {
	case a, ok := <-x.in: // before frames that wait too, lest two runs differ
		if err := x.arrived(a, ok); err != nil {
			return err
		}
	default:
	}
	if len(x.rest) > 0 {
		return x.brokenOff()
	}
	timer := time.NewTimer(max(time.Until(x.deadline), 0))
	defer timer.Stop()
	due := timer.C
	if x.hears {
		due = nil
	}
	select {
	case rx := <-x.ear.frames:
		return x.frame(ctx, rx)
	case a, ok := <-x.in:
		if err := x.arrived(a, ok); err != nil {
			return err
		}
		return x.brokenOff()
	case <-due:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// brokenOff ends monitoring as it should, and a request as it should not.
func (x *exchange) brokenOff() error {
	if x.hears {
		x.note(func(l *Ledger) { l.Stops++ })
		x.rest, x.early = x.rest[1:], false
		return errStopped
	}
	return x.interrupted()
}

// interrupted is what any character does; it is thrown away.
func (s *session) interrupted() error {
	s.violated(RuleEarly, string(s.rest[:1]))
	s.rest, s.early = s.rest[1:], false
	return errStopped
}

// frame takes what came from the bus.
func (x *exchange) frame(ctx context.Context, rx can.Rx) error {
	f := &rx.Frame
	switch {
	case f.Is(can.Error):
		return x.bad(ctx, rx)
	case rx.Own, f.Is(can.FD):
		return nil
	case !x.all && !x.heeds(f):
		return nil
	case x.hears:
		return x.print(ctx, f)
	}
	x.c.learn(rx.Time.Sub(x.last))
	x.last = time.Now()
	x.deadline = x.last.Add(x.window())
	return x.answerFrame(ctx, f)
}

// heeds says whether the filters and the extended address pass a frame.
func (x *exchange) heeds(f *can.Frame) bool {
	if x.hears {
		return !x.c.filtered() || x.c.accepts(x.p, f)
	}
	if !x.c.accepts(x.p, f) {
		return false
	}
	if !x.c.extended.set {
		return true
	}
	want := x.c.tester
	if x.c.extendedRx.set {
		want = x.c.extendedRx.value
	}
	return f.Len > 0 && f.Data[0] == want
}

// bad is a controller's report.
func (x *exchange) bad(ctx context.Context, rx can.Rx) error {
	if rx.Frame.ID&can.ErrBusOff != 0 {
		x.hush()
		x.leave()
		return errCAN
	}
	if !x.hears || rx.Frame.ID&(can.ErrProtocol|can.ErrBusError) == 0 {
		return nil
	}
	return x.garbled(ctx)
}

// silently says whether monitoring does without acknowledges.
func (s *session) silently() bool {
	switch {
	case s.model.silent:
		return true
	case s.c.acknowledges:
		return false
	}
	return s.c.silent
}

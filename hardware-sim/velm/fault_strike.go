package velm

import (
	"context"
	"strings"
	"time"
)

// The faults that take a word.
const (
	sayWord   = "word"
	sayAsleep = "sleeps"
)

// sayings are the words that they may say.
var sayings = map[string][]string{
	sayWord: {
		"BUS BUSY", "BUS ERROR", "FB ERROR", "CAN ERROR", "DATA ERROR", "NO DATA", "UNABLE TO CONNECT",
		"BUS INIT: ERROR", "BUFFER FULL", "STOPPED", "?",
	},
	sayAsleep: {"LP ALERT", "ACT ALERT"},
}

// strikes are the faults that strike when a command has come. done says that
// this was all.
var strikes = map[string]func(f *injury, ctx context.Context, s *session, line string) (done bool, err error){
	"lock-up":       (*injury).lockUp,
	"lv-reset":      (*injury).sag,
	"second-client": (*injury).intrude,
	"late-reply":    (*injury).delay,
	sayWord:         (*injury).say,
	"err94":         (*injury).fatal,
	sayAsleep:       (*injury).sleep,
}

// strike happens when a command has come.
func (f *injury) strike(ctx context.Context, s *session, line string) (done bool, err error) {
	if f == nil {
		return false, nil
	}
	if isRequest(line) {
		f.requests++
	}
	if strike := strikes[f.name]; strike != nil {
		return strike(f, ctx, s, line)
	}
	return false, nil
}

func isRequest(line string) bool {
	return line != "" && isHexText(line) || strings.HasPrefix(line, "STPX")
}

// due says whether a request is one of those that are struck.
func (f *injury) due(line string) bool { return isRequest(line) && f.requests%requestsLeft == 0 }

// first is due, but only the first time.
func (f *injury) first(line string) bool {
	if f.happened || !f.due(line) {
		return false
	}
	f.happened = true
	return true
}

func (f *injury) lockUp(_ context.Context, s *session, line string) (bool, error) {
	s.c.dead = strings.HasPrefix(line, f.command)
	return s.c.dead, nil
}

func (f *injury) sag(ctx context.Context, s *session, line string) (bool, error) {
	if !f.due(line) {
		return false, nil
	}
	s.lose()
	return true, s.answer(ctx, "LV RESET")
}

// intrude is what somebody else sends, in front of our own command.
func (f *injury) intrude(ctx context.Context, s *session, line string) (bool, error) {
	if !f.due(line) {
		return false, nil
	}
	for _, line := range []string{"ATE0", "ATH0", "ATAR", "ATSH7DF", "010C"} {
		if err := s.dispatch(ctx, line); err != nil {
			return false, err
		}
	}
	return false, nil
}

const lateness = 2 * time.Second

// delay keeps the chip from its work, and from hearing that it is broken off.
func (f *injury) delay(ctx context.Context, s *session, line string) (bool, error) {
	struck := f.command != "" && strings.HasPrefix(line, f.command) || f.command == "" && f.now(f.name)
	if !struck {
		return false, nil
	}
	return false, s.work(ctx, lateness)
}

func (f *injury) say(ctx context.Context, s *session, line string) (bool, error) {
	if !f.due(line) {
		return false, nil
	}
	return true, s.answer(ctx, f.word)
}

// fatal is a controller that could not be brought back but by a reset of the
// whole chip.
func (f *injury) fatal(ctx context.Context, s *session, line string) (bool, error) {
	if !f.first(line) {
		return false, nil
	}
	s.lose()
	s.c.fatal = true
	return true, s.answer(ctx, errFatal.Error())
}

func (f *injury) sleep(ctx context.Context, s *session, line string) (bool, error) {
	if !f.first(line) {
		return false, nil
	}
	s.leave()
	s.c.asleep = true
	return true, s.answer(ctx, f.word)
}

const hesitation = 100 * time.Millisecond

// hesitate is the time between a reply and its prompt.
func (f *injury) hesitate(ctx context.Context) error {
	if !f.is("slow-prompt") {
		return nil
	}
	return pause(ctx, hesitation)
}

// forsaken fires when the line is to end because nobody says anything.
func (f *injury) forsaken() (<-chan time.Time, func()) {
	if !f.is("idle-drop") {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Duration(f.limit) * time.Second)
	return timer.C, func() { timer.Stop() }
}

// legible is a name as it is printed at another speed.
func (f *injury) legible(name string) string {
	if !f.is("garbled-speed") {
		return name
	}
	b := []byte(name)
	for i := range b {
		b[i] ^= 0x02
	}
	return string(b)
}

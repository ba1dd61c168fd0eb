package velm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one thing that goes wrong with a dongle.
type Fault struct {
	Name    string
	Summary string
}

// faults, by name. An argument may follow behind a colon.
var faults = []Fault{
	{"chunked-reads", "bytes come in pieces of one to three with pauses between them"},
	{"swallowed-prompt", "now and then a reply has no prompt"},
	{"lost-line", "now and then a line of an answer is missing"},
	{"swapped-lines", "now and then two lines of an answer change places"},
	{"nuls", "NUL bytes between the others"},
	{"numeric-echo", "requests are echoed although the echo is off"},
	{"buffer-full", "now and then a line ends in BUFFER FULL, and so does the answer"},
	{"rx-error", "now and then a line of an answer is damaged and says so"},
	{"lv-reset", "after some requests the supply sags and all settings are lost"},
	{"reset-in-the-middle", "a watchdog resets the chip in the middle of an answer, once"},
	{"lock-up", "no reaction any more after a command, ATSP or the argument, until it is unplugged"},
	{"disconnect", "the line ends after some bytes, 400 or the argument"},
	{"half-open", "after some bytes, 400 or the argument, nothing comes and nothing is heard, and the line stays"},
	{"second-client", "somebody else uses the dongle too: his commands take effect and their answers come here"},
}

// Faults lists what can go wrong.
func Faults() []Fault { return slices.Clone(faults) }

// injury is a fault at work. A nil injury does nothing.
type injury struct {
	name     string
	command  string // of lock-up
	limit    int    // of bytes
	chance   *rand.Rand
	requests int
	happened bool
	held     string // the line to swap
}

const (
	bytesBefore  = 400
	oneIn        = 12 // lines or replies between two strikes, about
	requestsLeft = 5  // before lv-reset and second-client strike
)

// errPulled ends a session whose line was cut by a fault.
var errPulled = errors.New("velm: line cut")

// injure reads name or name:argument; nothing for an empty text.
func injure(text string, seed uint64) (*injury, error) {
	if text == "" {
		return nil, nil
	}
	name, arg, _ := strings.Cut(text, ":")
	var known []string
	for _, f := range faults {
		known = append(known, f.Name)
	}
	if !slices.Contains(known, name) {
		return nil, fmt.Errorf("velm: no fault is called %q; there are %s", name, strings.Join(known, ", "))
	}
	f := &injury{name: name, command: "ATSP", limit: bytesBefore, chance: rand.New(rand.NewPCG(seed, 1))}
	return f, f.argument(arg)
}

func (f *injury) argument(arg string) error {
	switch {
	case arg == "":
		return nil
	case f.name == "lock-up":
		f.command = strings.ToUpper(strings.ReplaceAll(arg, " ", ""))
		return nil
	case f.name == "disconnect" || f.name == "half-open":
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 {
			return fmt.Errorf("velm: fault %s after %q bytes", f.name, arg)
		}
		f.limit = n
		return nil
	}
	return fmt.Errorf("velm: fault %s takes no argument", f.name)
}

func (f *injury) is(name string) bool { return f != nil && f.name == name }

// now and then.
func (f *injury) now(name string) bool { return f.is(name) && f.chance.IntN(oneIn) == 0 }

// write passes text on, or what becomes of it.
func (f *injury) write(ctx context.Context, s *session, text string) error {
	switch {
	case f.is("nuls"):
		text = f.sprinkle(text)
	case f.is("chunked-reads"):
		return f.chop(ctx, s, text)
	case f.is("disconnect") && s.sent+len(text) > f.limit:
		_ = s.put(ctx, text[:max(f.limit-s.sent, 0)])
		return errPulled
	case f.is("half-open") && s.sent+len(text) > f.limit:
		err := s.put(ctx, text[:max(f.limit-s.sent, 0)])
		s.muted = true
		return err
	}
	return s.put(ctx, text)
}

func (f *injury) sprinkle(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if f.chance.IntN(oneIn) == 0 {
			b.WriteByte(0)
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func (f *injury) chop(ctx context.Context, s *session, text string) error {
	for text != "" {
		n := min(1+f.chance.IntN(3), len(text))
		if err := s.put(ctx, text[:n]); err != nil {
			return err
		}
		text = text[n:]
		if err := pause(ctx, time.Duration(1+f.chance.IntN(8))*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (f *injury) prompt(ctx context.Context, s *session) error {
	if f.now("swallowed-prompt") {
		return nil
	}
	return s.write(ctx, prompt)
}

// strike happens when a command has come; done says that this was all.
func (f *injury) strike(ctx context.Context, s *session, line string) (done bool, err error) {
	request := line != "" && isHexText(line)
	if f == nil {
		return false, nil
	}
	if request {
		f.requests++
	}
	switch {
	case f.name == "lock-up" && strings.HasPrefix(line, f.command):
		s.c.dead = true
		return true, nil
	case f.name == "lv-reset" && request && f.requests%requestsLeft == 0:
		s.lose()
		return true, s.answer(ctx, "LV RESET")
	case f.name == "second-client" && request && f.requests%requestsLeft == 0:
		return false, f.intrude(ctx, s)
	}
	return false, nil
}

// intrude is what somebody else sends, in front of our own command.
func (f *injury) intrude(ctx context.Context, s *session) error {
	for _, line := range []string{"ATE0", "ATH0", "ATAR", "ATSH7DF", "010C"} {
		if err := s.dispatch(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// lines changes a line of an answer: none, one or several come of it.
func (f *injury) lines(text string) []string {
	switch {
	case f.now("lost-line"):
		return nil
	case f.now("rx-error"):
		return []string{text[:len(text)/2] + " <RX ERROR"}
	case f.is("swapped-lines") && f.held != "":
		held := f.held
		f.held = ""
		return []string{text, held}
	case f.now("swapped-lines"):
		f.held = text
		return nil
	}
	return []string{text}
}

// last is a line that waited for another one, which never came.
func (f *injury) last() string {
	if f == nil {
		return ""
	}
	held := f.held
	f.held = ""
	return held
}

// midst strikes between the lines of an answer.
func (f *injury) midst(ctx context.Context, x *exchange) error {
	if !f.is("reset-in-the-middle") || f.happened || f.requests < requestsLeft {
		return nil
	}
	f.happened = true
	x.hush()
	x.lose()
	if err := pause(ctx, x.model.warm); err != nil {
		return err
	}
	if err := x.banner(ctx); err != nil {
		return err
	}
	return errTold
}

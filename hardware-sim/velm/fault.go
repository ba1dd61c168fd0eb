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
	{"slow-prompt", "the prompt comes a while after the reply"},
	{"late-reply", "now and then, or after the argument's command, nothing comes for two seconds, and then the reply"},
	{sayWord, "now and then a word in place of an answer, BUS BUSY or the argument"},
	{"err94", "a fatal CAN error, once: the settings are lost, and no request goes out before ATPC or a reset"},
	{sayAsleep, "after some requests it says LP ALERT, or the argument, and sleeps until a character wakes it, once"},
	{"idle-drop", "the line ends when the host has said nothing for some seconds, 20 or the argument"},
	{"lacks", "commands are answered with ?: FCSH,FCSD,FCSM or the argument's"},
	{"stale-warm-start", "ATWS tells the name and keeps all settings"},
	{"garbled-speed", "what it says at another speed than its own is not legible"},
}

// Faults lists what can go wrong.
func Faults() []Fault { return slices.Clone(faults) }

// injury is a fault at work. A nil injury does nothing.
type injury struct {
	name     string
	command  string   // of lock-up and late-reply
	lacks    []string // commands
	word     string
	limit    int // of bytes, of seconds
	chance   *rand.Rand
	requests int
	happened bool
	held     string // the line to swap
}

const (
	oneIn        = 12 // lines or replies between two strikes, about
	requestsLeft = 5  // before what strikes at a request does
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
	f := &injury{name: name, chance: rand.New(rand.NewPCG(seed, 1))}
	if arg == "" {
		arg = usual[name]
	}
	return f, f.argument(arg)
}

// usual are the arguments of those faults that have one, where none is given.
var usual = map[string]string{
	"lock-up": "ATSP", "disconnect": "400", "half-open": "400", "idle-drop": "20",
	sayWord: "BUS BUSY", sayAsleep: "LP ALERT", "lacks": "FCSH,FCSD,FCSM",
}

func (f *injury) argument(arg string) error {
	arg = strings.ToUpper(arg)
	switch f.name {
	case "lock-up", "late-reply":
		f.command = strings.ReplaceAll(arg, " ", "")
		return nil
	case "lacks":
		f.lacks = strings.Split(arg, ",")
		return nil
	case sayWord, sayAsleep:
		f.word = arg
		if !slices.Contains(sayings[f.name], arg) {
			return fmt.Errorf("velm: fault %s: %q is none of %s", f.name, arg, strings.Join(sayings[f.name], ", "))
		}
		return nil
	case "disconnect", "half-open", "idle-drop":
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 {
			return fmt.Errorf("velm: fault %s after %q", f.name, arg)
		}
		f.limit = n
		return nil
	}
	if arg != "" {
		return fmt.Errorf("velm: fault %s takes no argument", f.name)
	}
	return nil
}

func (f *injury) is(name string) bool { return f != nil && f.name == name }

// hides says whether a command is one that the dongle lacks.
func (f *injury) hides(name string) bool { return f != nil && slices.Contains(f.lacks, name) }

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

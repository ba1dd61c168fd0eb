package velm

import (
	"context"
	"strconv"
	"strings"
)

// command is one of AT or ST. Either of its functions is set.
type command struct {
	name  string
	since version
	reply func(s *session, arg string) string // one line or, between line feeds, several
	run   func(s *session, ctx context.Context, arg string) error
}

const (
	okay    = "OK"
	unknown = "?"
)

// command finds the longest name that text begins with and obeys.
func (s *session) command(ctx context.Context, table []command, text string) error {
	var best *command
	for i := range table {
		c := &table[i]
		if strings.HasPrefix(text, c.name) && (best == nil || len(c.name) > len(best.name)) {
			best = c
		}
	}
	if best == nil || !s.model.knows(best.name, best.since) || s.fault.hides(best.name) {
		return s.answer(ctx, unknown)
	}
	s.named(best.name)
	arg := text[len(best.name):]
	if best.run != nil {
		return best.run(s, ctx, arg)
	}
	return s.answer(ctx, strings.Split(best.reply(s, arg), "\n")...)
}

// okIf is what a command says that was understood, or was not.
func okIf(understood bool) string {
	if understood {
		return okay
	}
	return unknown
}

// toggle reads 0 or 1.
func toggle(at func(s *session) *bool) func(*session, string) string {
	return func(s *session, arg string) string {
		if arg != "0" && arg != "1" {
			return unknown
		}
		*at(s) = arg == "1"
		return okay
	}
}

// told is a command without an argument.
func told(text func(s *session) string) func(*session, string) string {
	return func(s *session, arg string) string {
		if arg != "" {
			return unknown
		}
		return text(s)
	}
}

// made is a command without an argument that does something at once.
func made(do func(s *session)) func(*session, string) string {
	return told(func(s *session) string {
		do(s)
		return okay
	})
}

// octet reads two digits.
func octet(take func(s *session, b byte)) func(*session, string) string {
	return func(s *session, arg string) string {
		n, err := strconv.ParseUint(arg, 16, 8)
		if err != nil || len(arg) != 2 {
			return unknown
		}
		take(s, byte(n))
		return okay
	}
}

// heeded takes a command with digits whose effect is not seen on a simulated
// car.
func heeded(digits ...int) func(*session, string) string {
	return func(_ *session, arg string) string {
		for _, n := range digits {
			if len(arg) == n && isHexText(arg) {
				return okay
			}
		}
		return unknown
	}
}

// unhex reads pairs of digits.
func unhex(text string) ([]byte, bool) {
	if len(text)%2 != 0 || !isHexText(text) {
		return nil, false
	}
	b := make([]byte, len(text)/2)
	for i := range b {
		n, err := strconv.ParseUint(text[2*i:2*i+2], 16, 8)
		if err != nil {
			return nil, false
		}
		b[i] = byte(n)
	}
	return b, true
}

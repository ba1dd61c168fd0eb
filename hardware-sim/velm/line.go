package velm

import (
	"context"
	"strings"
)

// take is one byte from the host while no command is under way.
func (s *session) take(ctx context.Context, b byte) error {
	switch {
	case s.c.dead || s.muted:
		return nil
	case s.c.asleep:
		return s.wake(ctx)
	case s.early:
		s.early = false
		if s.excuses(b) {
			return nil
		}
		s.violated(s.tooEarly(), string(b))
	}
	if s.c.echo {
		if err := s.echo(ctx, b); err != nil {
			return err
		}
	}
	if b != '\r' {
		s.append(b)
		return nil
	}
	line := string(s.line)
	s.line = s.line[:0]
	s.idle.Store(false)
	if s.echoesAnyway(line) {
		if err := s.write(ctx, line+s.end()); err != nil {
			return err
		}
	}
	return s.execute(ctx, line)
}

// excuses says whether a character was to end monitoring that has ended by
// itself just then. The chip does not mind a blank.
func (s *session) excuses(b byte) bool {
	meant := s.overtaken && b == ' ' && len(s.rest) == 0
	s.overtaken = s.overtaken && !meant
	return meant
}

// tooEarly is what a byte before the prompt is: a chip that keeps it makes a
// command of it.
func (s *session) tooEarly() Rule {
	if s.model.pipelines {
		return RulePipelined
	}
	return RuleEarly
}

// echoesAnyway says that a request comes back in spite of ATE0.
func (s *session) echoesAnyway(line string) bool {
	return (s.model.echoes || s.fault.is("numeric-echo")) && !s.c.echo && line != "" && isHexText(line)
}

// append adds a byte to the command. Spaces and what is no character do not
// count.
func (s *session) append(b byte) {
	if b <= ' ' {
		return
	}
	if len(s.line) <= s.model.receive { // one too many: execute refuses it
		s.line = append(s.line, b)
	}
}

func (s *session) echo(ctx context.Context, b byte) error {
	if b == '\r' {
		return s.write(ctx, s.end())
	}
	return s.write(ctx, string([]byte{b}))
}

// execute is what a carriage return starts.
func (s *session) execute(ctx context.Context, line string) error {
	line = strings.ToUpper(line)
	s.overtaken = false
	behind := len(s.rest) > 0
	if behind {
		s.violated(RulePipelined, line)
	}
	if line == "" {
		s.violated(RuleBare, "")
		line = s.c.last
	}
	s.c.last = line
	if err := s.work(ctx, s.model.command); err != nil {
		return err
	}
	if done, err := s.fault.strike(ctx, s, line); done || err != nil {
		return err
	}
	if err := s.dispatch(ctx, line); err != nil {
		return err
	}
	return s.trailing(ctx, behind)
}

func (s *session) dispatch(ctx context.Context, line string) error {
	switch {
	case len(line) > s.model.receive:
		return s.answer(ctx, "?")
	case strings.HasPrefix(line, "AT"):
		s.note(func(l *Ledger) { l.Commands++ })
		return s.command(ctx, atCommands, line[2:])
	case strings.HasPrefix(line, "ST") && s.model.stn != "":
		s.note(func(l *Ledger) { l.Commands++ })
		return s.command(ctx, stCommands, line[2:])
	case line != "" && isHexText(line):
		s.note(func(l *Ledger) { l.Requests++ })
		return s.request(ctx, line)
	}
	return s.answer(ctx, "?")
}

// trailing deals with what came while a command was at work: its first byte
// breaks off what is no more there.
func (s *session) trailing(ctx context.Context, behind bool) error {
	if s.model.pipelines || s.c.dead || s.c.asleep {
		return nil
	}
	if len(s.rest) == 0 {
		select {
		case a, ok := <-s.in:
			if err := s.arrived(a, ok); err != nil {
				return err
			}
			behind = a.early
		default:
		}
	}
	if !behind || len(s.rest) == 0 {
		return nil
	}
	first := s.rest[0]
	s.early, s.rest = false, s.rest[1:]
	if s.excuses(first) {
		return nil
	}
	s.violated(RuleEarly, string(first))
	return s.answer(ctx, "STOPPED")
}

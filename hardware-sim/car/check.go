package car

import (
	"errors"
	"fmt"
	"slices"

	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/uds"
)

// check gives the first thing that makes no sense.
func (s *Scenario) check() error {
	switch {
	case s.ID == "" || s.Title == "":
		return errors.New("id and title are needed")
	case s.Bitrate < 10_000 || s.Bitrate > 1_000_000:
		return fmt.Errorf("bitrate %d is out of range", s.Bitrate)
	case !slices.Contains([]Ignition{Off, On, Ready}, s.Ignition):
		return fmt.Errorf("ignition %q is not off, on or ready", s.Ignition)
	case s.Supply < 0 || s.Supply > 0xFFFF || s.Speed < 0 || s.Speed > 0xFF:
		return errors.New("supply or speed is out of range")
	case s.Sleep.Controllers < 0 || s.Sleep.Units < s.Sleep.Controllers:
		return errors.New("units cannot wake before their controllers")
	case len(s.Units) == 0:
		return errors.New("a car needs units")
	}
	for i := range s.Units {
		if err := s.checkUnit(&s.Units[i]); err != nil {
			return fmt.Errorf("unit %q: %w", s.Units[i].Name, err)
		}
	}
	return s.checkBackground()
}

func (s *Scenario) checkUnit(u *Unit) error {
	switch first := s.Unit(u.Name); {
	case u.Name == "":
		return errors.New("a name is needed")
	case first != u:
		return errors.New("the name is there twice")
	case u.Address.IsZero() || u.Address.Functional():
		return errors.New("a physical address is needed")
	case (len(u.Script) > 0) == (len(u.Answers) > 0):
		return errors.New("either answers or a script is needed")
	case min(u.Latency, u.Jitter, u.STmin, u.Br, u.P2, u.P2Star) < 0 || min(u.Waits, u.MaxRequest) < 0:
		return errors.New("a time or a number is negative")
	case !slices.Contains([]vecu.Dialect{"", vecu.UDS, vecu.KWP}, u.Dialect):
		return fmt.Errorf("dialect %q is not uds or kwp", u.Dialect)
	}
	return errors.Join(s.checkAddress(u), s.checkGateway(u), u.checkGroups(), u.checkSessions(), u.checkStates(), u.checkAnswers())
}

func (s *Scenario) checkAddress(u *Unit) error {
	for i := range s.Units {
		if o := &s.Units[i]; o != u && o.Address.TX == u.Address.TX && o.Address.TXAE == u.Address.TXAE {
			return fmt.Errorf("it is asked at the same address as %q", o.Name)
		}
	}
	return nil
}

func (s *Scenario) checkGateway(u *Unit) error {
	if g := s.Unit(u.Behind); u.Behind != "" && (g == nil || g.Gateway == nil) {
		return fmt.Errorf("%q is no gateway", u.Behind)
	}
	if u.Gateway == nil {
		return nil
	}
	for _, name := range u.Gateway.Routes {
		if r := s.Unit(name); r == nil || r.Behind != u.Name {
			return fmt.Errorf("a route to %q, which is not behind it", name)
		}
	}
	for _, r := range u.Gateway.Refuses {
		if len(r.Request.Data) == 0 {
			return errors.New("a refusal of nothing")
		}
	}
	return nil
}

func (u *Unit) checkGroups() error {
	for _, a := range u.Functional {
		if !a.Functional() {
			return fmt.Errorf("%s is not a functional address", a)
		}
	}
	return nil
}

func (u *Unit) checkSessions() error {
	for _, s := range u.Sessions {
		if !positive(s.Response.Data, uds.ServiceSessionControl) {
			return fmt.Errorf("session %02X has no positive answer", byte(s.ID))
		}
	}
	return nil
}

func positive(msg []byte, service byte) bool {
	return len(msg) > 0 && msg[0] == service+uds.ResponseOffset
}

func (u *Unit) hasState(name string) bool {
	return slices.ContainsFunc(u.States, func(s State) bool { return s.Name == name })
}

func (u *Unit) checkStates() error {
	for _, s := range u.States {
		switch {
		case s.Name == "" || s.Lasts < 0 || s.Silence < 0:
			return errors.New("a state without a name, or with a negative time")
		case (s.Lasts > 0) != (s.Next != "") || s.Next != "" && !u.hasState(s.Next):
			return fmt.Errorf("state %q: lasts and next belong together, and next is a state", s.Name)
		}
	}
	return nil
}

func (u *Unit) checkAnswers() error {
	for i := range u.Answers {
		if err := u.checkAnswer(&u.Answers[i]); err != nil {
			return fmt.Errorf("answer to %q: %w", u.Answers[i].Request, err)
		}
	}
	return nil
}

func (u *Unit) checkAnswer(a *Answer) error {
	msg := a.Response.Data
	switch {
	case len(a.Request.Data) == 0:
		return errors.New("no request")
	case a.Latency < 0 || a.Silence < 0:
		return errors.New("a negative time")
	case len(msg) > 0 && !positive(msg, a.Request.Data[0]) && !negative(msg, a.Request.Data[0]):
		return errors.New("the response is to another service")
	case a.Next != "" && !u.hasState(a.Next):
		return fmt.Errorf("no state %q", a.Next)
	}
	for _, name := range a.State {
		if !u.hasState(name) {
			return fmt.Errorf("no state %q", name)
		}
	}
	return nil
}

func negative(msg []byte, service byte) bool {
	return len(msg) == 3 && msg[0] == uds.ServiceNegativeResponse && msg[1] == service
}

// checkBackground keeps other traffic off the identifiers of diagnosis.
func (s *Scenario) checkBackground() error {
	used := s.diagnostic()
	for _, b := range s.Background {
		switch {
		case len(b.IDs) == 0 || b.Share <= 0 || b.Share > 1:
			return errors.New("background needs identifiers and a share above 0 and at most 1")
		case slices.ContainsFunc(b.Data, func(d vecu.Bytes) bool { return len(d.Data) > 8 }):
			return errors.New("background of more than 8 bytes")
		}
		for _, id := range b.IDs {
			if used[id] {
				return fmt.Errorf("background on %X, where units are asked or answer", id.Value)
			}
		}
	}
	return nil
}

// diagnostic are the identifiers on which units are asked or answer.
func (s *Scenario) diagnostic() map[ID]bool {
	used := map[ID]bool{}
	for i := range s.Units {
		a := s.Units[i].Address
		used[ID{a.TX, a.Extended}], used[ID{a.RX, a.Extended}] = true, true
		for _, g := range s.Units[i].Functional {
			used[ID{g.TX, g.Extended}] = true
		}
	}
	return used
}

package doctor

import (
	"cmp"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics/message"
)

// limits are what an adapter is known to be unable to carry. The same code
// refuses when an inspection tries.
type limits struct {
	// carries says why not, for a request of so many bytes; nil: no limit.
	carries func(a transport.Address, request int) error
	// reaches reports whether the link can go to other pins than the usual
	// ones; nil: it cannot.
	reaches func(pins string, bitrate int) bool
}

// obstacle finds why a unit with its requests is out of reach; whole: all of
// it is, not just its longest request.
func (l limits) obstacle(u profiles.Unit) (why Obstacle, whole bool) {
	if n := u.Network; n.Pins != "" && n.Pins != transport.UsualPins && (l.reaches == nil || !l.reaches(n.Pins, n.Bitrate)) {
		return OtherPins, true
	}
	if l.carries == nil {
		return "", false
	}
	err := l.carries(u.Address, 0)
	if err == nil {
		err = l.carries(u.Address, longest(u.Reads))
	}
	switch {
	case errors.Is(err, transport.ErrLength):
		return LongRequest, false
	case err != nil:
		return OddForm, true
	}
	return "", false
}

func longest(reads []profiles.Read) (n int) {
	for i := range reads {
		n = max(n, len(reads[i].Request))
	}
	return n
}

// makes judges each make of the profiles, and of those others whose units'
// addresses are known.
func makes(set *profiles.Set, l limits, say *message.Printer) (all []Make) {
	covered := map[string]bool{}
	for _, p := range set.All() {
		for _, name := range p.Makes {
			covered[name] = true
		}
		all = append(all, judged(Make{Makes: p.Makes, Profile: p.ID}, p.Units, l, say))
	}
	others := map[string][]profiles.Unit{}
	for _, u := range set.Candidates("", profiles.Network{}) {
		_, names, _ := set.Roles(u.Address)
		for _, name := range names {
			if !covered[name] {
				others[name] = append(others[name], u)
			}
		}
	}
	for name, units := range others {
		all = append(all, judged(Make{Makes: []string{name}}, units, l, say))
	}
	slices.SortFunc(all, func(a, b Make) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), slices.Compare(a.Makes, b.Makes)) })
	return all
}

// rank puts profiles first and the one for every other car last.
func (m Make) rank() int {
	switch {
	case len(m.Makes) == 0:
		return 2
	case m.Profile == "":
		return 1
	}
	return 0
}

func judged(m Make, units []profiles.Unit, l limits, say *message.Printer) Make {
	m.Makes = list(m.Makes)
	out := 0
	for _, u := range units {
		why, whole := l.obstacle(u)
		if whole {
			out++
		}
		m.Units = append(m.Units, Unit{
			Name: u.Name, Role: string(u.Role), Address: u.Address.String(), Pins: u.Network.Pins, Bitrate: u.Network.Bitrate,
			Can: !whole, Why: why, Summary: obstacleText(say, why, u),
		})
	}
	m.Units = list(m.Units)
	switch out {
	case 0:
		m.Reach = All
	case len(units):
		m.Reach = Nobody
	default:
		m.Reach = Some
	}
	return m
}

func obstacleText(say *message.Printer, why Obstacle, u profiles.Unit) string {
	switch why {
	case OddForm:
		return say.Text(message.ObstacleForm, u.Address.String())
	case LongRequest:
		return say.Text(message.ObstacleLength, longest(u.Reads))
	case OtherPins:
		return say.Text(message.ObstaclePins, u.Network.Pins)
	}
	return ""
}

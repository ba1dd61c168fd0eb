package telematics

import "slices"

// roleTelematics is the role of the units that Summarise looks at.
const roleTelematics = "telematics"

// Telematics answers first what an inspection is made for. Fitted is yes, no or
// unknown; Services active, inactive or unknown; Network registered,
// not-registered or unknown.
type Telematics struct {
	Fitted   string   `json:"fitted"`
	Services string   `json:"services"`
	Network  string   `json:"network"`
	Units    []string `json:"units"` // names of the telematics units that answered
}

// Summarise takes the worst of all telematics units that answered: one that is
// active makes the car active, else one that does not say makes it unknown.
// Another unit that knows the services to be active counts too, but none can
// stand for a telematics unit that does not say that they are off. Silence is
// never a no: only another unit's coding makes Fitted no.
func Summarise(units []Unit, signals []Signal) Telematics {
	t := Telematics{Fitted: Unknown, Services: Unknown, Network: Unknown, Units: []string{}}
	for _, u := range units {
		if u.Role == roleTelematics && u.Answered {
			t.Units = append(t.Units, u.Name)
		}
	}
	t.Services = worst(t.Units, signals, ConnectedServices, Active, Inactive)
	t.Network = worst(t.Units, signals, NetworkRegistration, Registered, NotRegistered)
	t.Fitted = fitted(t.Units, signals)
	return t
}

// worst is bad if any unit says so, good if every telematics unit does.
func worst(telematics []string, signals []Signal, name SignalName, bad, good string) string {
	said := map[string][]string{}
	for _, s := range signals {
		if s.Name != name {
			continue
		}
		value := binary(s.Value)
		if value == bad {
			return bad
		}
		said[s.Unit] = append(said[s.Unit], value)
	}
	for _, unit := range telematics {
		off := func(value string) bool { return value == good }
		if len(said[unit]) == 0 || !all(said[unit], off) {
			return Unknown
		}
	}
	if len(telematics) == 0 {
		return Unknown
	}
	return good
}

func all(values []string, is func(string) bool) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !is(v) })
}

// binary leaves of a network registration whether the network knows the modem.
func binary(value string) string {
	switch value {
	case Roaming:
		return Registered
	case Searching, Denied:
		return NotRegistered
	}
	return value
}

func fitted(telematics []string, signals []Signal) string {
	if len(telematics) > 0 {
		return Yes
	}
	coded := Unknown
	for _, s := range signals {
		switch {
		case s.Name != TelematicsFitted:
		case s.Value == Yes:
			return Yes
		case s.Value == No:
			coded = No
		}
	}
	return coded
}

package car

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Scenario is a car as its file describes it. Messages are literal bytes in
// the form of vecu.Bytes, addresses those that a tester uses.
type Scenario struct {
	ID         string       `yaml:"id"`
	Title      string       `yaml:"title"`
	Comment    string       `yaml:"comment"`
	Bitrate    int          `yaml:"bitrate"` // bit/s at the socket
	Ignition   Ignition     `yaml:"ignition"`
	Supply     int          `yaml:"supply"` // mV
	Speed      int          `yaml:"speed"`  // km/h
	Sleep      Sleep        `yaml:"sleep"`
	Background []Background `yaml:"background"`
	Units      []Unit       `yaml:"units"`
}

// Ignition is the position of the key.
type Ignition string

// The positions.
const (
	Off   Ignition = "off"
	On    Ignition = "on"
	Ready Ignition = "ready" // the engine runs, or an electric car could drive
)

// Sleep is how the car sleeps. A sleeping car does not acknowledge; a frame
// wakes it, first the controllers, which acknowledge, then the units, which
// have missed what came in between.
type Sleep struct {
	Asleep      bool          `yaml:"asleep"`      // at the start
	Controllers time.Duration `yaml:"controllers"` // until they acknowledge
	Units       time.Duration `yaml:"units"`       // until they answer
}

// Background is traffic between other units.
type Background struct {
	IDs   []ID         `yaml:"ids"`
	Share float64      `yaml:"share"` // of the wire's time
	Data  []vecu.Bytes `yaml:"data"`  // payloads in turn; none: random bytes
}

// Unit is one control unit.
type Unit struct {
	Name       string              `yaml:"name"`
	Address    transport.Address   `yaml:"address"`
	Functional []transport.Address `yaml:"functional"`
	Dialect    vecu.Dialect        `yaml:"dialect"` // empty: uds
	Pad        Pad                 `yaml:"pad"`
	BS         uint8               `yaml:"bs"`    // what it asks of a tester
	STmin      time.Duration       `yaml:"stmin"` // likewise
	Br         time.Duration       `yaml:"br"`    // how long it takes to give flow control
	Waits      int                 `yaml:"waits"` // wait frames before it takes a long request
	MaxRequest int                 `yaml:"max_request"`
	P2         time.Duration       `yaml:"p2"`
	P2Star     time.Duration       `yaml:"p2_star"`
	Latency    time.Duration       `yaml:"latency"`
	Jitter     time.Duration       `yaml:"jitter"`
	Ignition   bool                `yaml:"ignition"` // it has no power without
	Behind     string              `yaml:"behind"`   // the gateway in front of it
	Gateway    *Gateway            `yaml:"gateway"`  // it is one
	Sessions   []Session           `yaml:"sessions"`
	States     []State             `yaml:"states"`
	Answers    []Answer            `yaml:"answers"`
	Script     []Cue               `yaml:"script"` // instead of answers: literal frames
}

// Gateway is what a gateway lets through.
type Gateway struct {
	Routes  []string  `yaml:"routes"`  // units; the others behind it cannot be reached
	Refuses []Refusal `yaml:"refuses"` // requests that it keeps from any of them
}

// Refusal is a request that does not get through, by its first bytes.
type Refusal struct {
	Request vecu.Pattern `yaml:"request"`
	Code    *Byte        `yaml:"code"` // the negative response; none: silence
}

// Session, State and Answer are those of vecu.Sheet.
type (
	// Session is a session and the answer to its request.
	Session struct {
		ID       Byte       `yaml:"id"`
		Response vecu.Bytes `yaml:"response"`
		From     []Byte     `yaml:"from"`
	}

	// State is a condition of the unit's own.
	State struct {
		Name    string        `yaml:"name"`
		Lasts   time.Duration `yaml:"lasts"`
		Next    string        `yaml:"next"`
		Silence time.Duration `yaml:"silence"`
	}

	// Answer is a response to a request.
	Answer struct {
		Request  vecu.Pattern  `yaml:"request"`
		Response vecu.Bytes    `yaml:"response"`
		Latency  time.Duration `yaml:"latency"`
		Session  []Byte        `yaml:"session"`
		State    []string      `yaml:"state"`
		Next     string        `yaml:"next"`
		Silence  time.Duration `yaml:"silence"`
	}
)

// Cue and Line are those of vecu.Script, with frames as candump writes them.
type (
	// Cue says which frames are played after a frame.
	Cue struct {
		On   Frame  `yaml:"on"`
		Once bool   `yaml:"once"`
		Play []Line `yaml:"play"`
	}

	// Line is a frame to be played.
	Line struct {
		After time.Duration `yaml:"after"`
		Frame Frame         `yaml:"frame"`
	}
)

// Unit gives the unit of a name, nil if there is none.
func (s *Scenario) Unit(name string) *Unit {
	for i := range s.Units {
		if s.Units[i].Name == name {
			return &s.Units[i]
		}
	}
	return nil
}

// Params is how the unit itself talks ISO-TP.
func (u *Unit) Params() transport.Params {
	return transport.Params{BS: u.BS, STmin: u.STmin, Pad: u.Pad.Padding(), Timers: transport.Timers{Br: u.Br}}
}

func (u *Unit) sheet() vecu.Sheet {
	s := vecu.Sheet{Dialect: u.Dialect, Latency: u.Latency, Jitter: u.Jitter}
	for _, x := range u.Sessions {
		s.Sessions = append(s.Sessions, vecu.Session{ID: byte(x.ID), Response: x.Response, From: plain(x.From)})
	}
	for _, x := range u.States {
		s.States = append(s.States, vecu.State(x))
	}
	for _, x := range u.Answers {
		s.Answers = append(s.Answers, vecu.Answer{
			Request: x.Request, Response: x.Response, Latency: x.Latency, Session: plain(x.Session),
			State: x.State, Next: x.Next, Silence: x.Silence,
		})
	}
	return s
}

func plain(bytes []Byte) (out []byte) {
	for _, b := range bytes {
		out = append(out, byte(b))
	}
	return out
}

func (u *Unit) cues() (out []vecu.Cue) {
	for _, c := range u.Script {
		cue := vecu.Cue{On: can.Frame(c.On), Once: c.Once}
		for _, l := range c.Play {
			cue.Play = append(cue.Play, vecu.Line{After: l.After, Frame: can.Frame(l.Frame)})
		}
		out = append(out, cue)
	}
	return out
}

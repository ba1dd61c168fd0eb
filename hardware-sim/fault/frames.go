package fault

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vbus"
)

// lateFrame is longer than a tester waits for an answer at first (P2, 250 ms).
const lateFrame = 400 * time.Millisecond

// lossFaults are frames between tester and units that are lost, doubled or late.
func lossFaults() []Fault {
	return group{
		{Name: "answer-lost", Text: "One answer in the middle of the inspection is lost on the wire.", prepare: func(in *Injection) {
			in.frame = in.once(func(t *telegram) bool { return t.answer && t.begins() && in.asked == middle+1 }, lost)
		}},
		{Name: "request-lost", Text: "One request in the middle of the inspection does not reach the unit.", prepare: func(in *Injection) {
			in.frame = in.once(func(t *telegram) bool { return !t.answer && t.begins() && in.asked == middle+1 }, lost)
		}},
		{Name: "every-fifth-answer-lost", Text: "Every fifth answer of a unit is lost on the wire.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return answered(t) && t.begins() && t.nth%5 == 0 }, lost)
		}},
		{Name: "frames-lost-at-random", Text: "Five frames in a hundred are lost, whosesoever they are.", prepare: func(in *Injection) {
			in.frame = in.each(func(*telegram) bool { return in.random.Float64() < 0.05 }, lost)
		}},
		{Name: "flow-control-lost", Text: "The tester's flow control does not reach the unit.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return t.victim && !t.answer && t.is(flowControl) }, lost)
		}},
		{Name: "frames-doubled", Text: "A unit sends each of its frames twice.", prepare: func(in *Injection) {
			in.frame = in.each(answered, func(*telegram) vbus.Fate { return vbus.Fate{Duplicate: true} })
		}},
		{Name: "answers-held-up", Text: "Every third answer of a unit waits in its controller until the tester has given up.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return answered(t) && t.begins() && t.nth%3 == 2 }, func(*telegram) vbus.Fate {
				return vbus.Fate{Delay: lateFrame}
			})
		}},
	}.at(Frame)
}

// errorFaults are frames that are destroyed on the wire.
func errorFaults() []Fault {
	return group{
		{Name: "frame-corrupted", Text: "A bit flips in one frame of an answer; the controller sends it again.", prepare: func(in *Injection) {
			in.frame = in.once(func(t *telegram) bool { return t.answer && in.asked >= middle }, corrupted)
		}},
		{Name: "frames-corrupted", Text: "A bit flips in every third frame; the controllers send them again.", prepare: func(in *Injection) {
			n := 0
			in.frame = in.each(func(t *telegram) bool { n++; return t.Number == 0 && n%3 == 0 }, corrupted)
		}},
		{Name: "error-burst", Text: "A burst of interference destroys twelve frames in a row, whoever sends them.", prepare: burst},
		{Name: "tester-error-passive", Text: "Frames of the tester's are destroyed until its controller is error-passive.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return !t.answer && in.asked >= middle && in.injected < failsUntilPassive }, corrupted)
		}},
		{Name: "tester-bus-off", Text: "Every frame of the tester's is destroyed from then on, until its controller is bus-off.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return !t.answer && in.asked >= middle }, corrupted)
		}},
	}.at(Frame)
}

// failsUntilPassive is after how many failures in a row a sender's error
// counter, 8 each, is above 127.
const failsUntilPassive = 16

// burstLength in a row is too short to silence a controller.
const burstLength = 12

type group []Fault

// at sets the level of all of them.
func (g group) at(l Level) []Fault {
	for i := range g {
		g[i].Level = l
	}
	return g
}

func lost(*telegram) vbus.Fate { return vbus.Fate{Drop: true} }

func corrupted(*telegram) vbus.Fate { return vbus.Fate{Corrupt: true} }

func answered(t *telegram) bool { return t.answer && t.victim }

// each strikes whenever a condition holds.
func (in *Injection) each(when func(*telegram) bool, fate func(*telegram) vbus.Fate) func(*telegram) vbus.Fate {
	return func(t *telegram) vbus.Fate {
		if !when(t) {
			return vbus.Fate{}
		}
		in.hit()
		return fate(t)
	}
}

// once strikes a frame of the victim's, or to it, and then never again.
func (in *Injection) once(when func(*telegram) bool, fate func(*telegram) vbus.Fate) func(*telegram) vbus.Fate {
	return in.each(func(t *telegram) bool { return in.injected == 0 && t.victim && when(t) }, fate)
}

// burst destroys what is sent next from the middle on.
func burst(in *Injection) {
	ruin := func() vbus.Fate {
		if in.asked < middle || in.injected == burstLength {
			return vbus.Fate{}
		}
		in.hit()
		return vbus.Fate{Corrupt: true}
	}
	in.frame = func(*telegram) vbus.Fate { return ruin() }
	in.others = func(vbus.Attempt) vbus.Fate { return ruin() }
}

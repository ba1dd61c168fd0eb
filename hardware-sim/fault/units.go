package fault

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/uds"
)

// unitFaults are units that are silent, slow, or refuse.
func unitFaults() []Fault {
	return group{
		{Name: "unit-silent", Text: "A unit never says anything.", prepare: func(in *Injection) {
			in.reply = in.always(func(c *call) { c.reply = vecu.Reply{} })
		}},
		{Name: "unit-dies", Text: "A unit falls silent in the middle of the inspection, for good.", prepare: func(in *Injection) {
			in.reply = in.from(middle, func(c *call) { c.reply = vecu.Reply{} })
		}},
		{Name: "pending-for-ever", Text: "A unit asks for more time (78) and never answers.", prepare: func(in *Injection) {
			in.reply = in.from(middle, func(c *call) { c.serve(); c.reply.Latency = time.Hour })
		}},
		{Name: "pending-storm", Text: "A unit asks for more time (78) fifty times a second and never answers.", prepare: func(in *Injection) {
			in.config = func(c *vecu.Config) { c.P2Star = 23 * time.Millisecond }
			in.reply = in.from(middle, func(c *call) { c.serve(); c.reply.Latency = time.Hour })
		}},
		{Name: "pending-long", Text: "A unit asks for more time (78) four times before it answers, which is legal.", prepare: func(in *Injection) {
			in.config = func(c *vecu.Config) { c.P2Star = time.Second }
			in.reply = in.during(middle, 2, func(c *call) { c.serve(); c.reply.Latency = 3 * time.Second })
		}},
		{Name: "busy-for-ever", Text: "A unit is busy (21) whenever it is asked.", prepare: func(in *Injection) {
			in.reply = in.from(middle, refusing(uds.BusyRepeatRequest))
		}},
		{Name: "busy-at-first", Text: "A unit is busy (21) twice before it answers.", prepare: func(in *Injection) {
			in.reply = in.during(middle, 2, refusing(uds.BusyRepeatRequest))
		}},
		{Name: "unit-late", Text: "A unit takes 0.4 s for each answer and does not ask for more time.", prepare: func(in *Injection) {
			in.reply = in.always(func(c *call) {
				c.serve()
				c.reply.Latency, c.reply.Unannounced = lateFrame, true
			})
		}},
		{Name: "session-refused", Needs: NeedsSessions, Text: "A unit refuses every diagnostic session, and answers in none but those.", prepare: func(in *Injection) {
			in.reply = in.always(refusing(uds.ServiceNotSupportedInSession))
		}},
		{Name: "session-lost", Needs: NeedsSessions, Text: "A unit loses its diagnostic session again and again, and refuses (7F) until it is opened anew.", prepare: sessionLost},
		{Name: "refuses-security", Text: "A unit refuses everything for want of security access (33).", prepare: func(in *Injection) {
			in.reply = in.always(refusing(uds.SecurityAccessDenied))
		}},
		{Name: "refuses-service", Text: "A unit refuses everything as services that it does not know (11).", prepare: func(in *Injection) {
			in.reply = in.always(refusing(uds.ServiceNotSupported))
		}},
		{Name: "unit-restarts", Text: "A unit restarts in the middle of a long answer and is away for six seconds.", prepare: restart},
	}.at(Unit)
}

// always spoils what the victim does with each request.
func (in *Injection) always(do func(*call)) func(*call) { return in.from(0, do) }

// from spoils what the victim does from its nth request on.
func (in *Injection) from(nth int, do func(*call)) func(*call) { return in.during(nth, 1<<30, do) }

// during spoils so many requests in a row.
func (in *Injection) during(nth, many int, do func(*call)) func(*call) {
	served := 0
	return func(c *call) {
		if c.victim {
			served++
		}
		if !c.victim || served < nth || served >= nth+many {
			c.serve()
			return
		}
		in.hit()
		do(c)
	}
}

// quick is how long a unit takes for an answer that costs no thought.
const quick = 5 * time.Millisecond

func refusing(code uds.NRC) func(*call) {
	return func(c *call) {
		c.reply = vecu.Reply{Data: []byte{uds.ServiceNegativeResponse, c.req.Data[0], byte(code)}, Latency: quick}
	}
}

// sessionLost makes each fifth request one to a unit that was just started,
// and one that answers reads in no session but one that was asked for.
func sessionLost(in *Injection) {
	asleep := false
	in.reply = func(c *call) {
		control := c.req.Data[0] == uds.ServiceSessionControl
		switch {
		case !c.victim:
			c.serve()
			return
		case control:
			asleep = false
		case in.asked >= middle && in.asked%5 == 0:
			asleep = true
			in.hit()
		}
		if asleep {
			refusing(uds.ServiceNotSupportedInSession)(c)
			return
		}
		c.serve()
	}
}

// restart cuts the first long answer from the middle on, and all that follows.
func restart(in *Injection) {
	const away = 6 * time.Second
	var until time.Time
	fresh := false
	in.frame = func(t *telegram) vbus.Fate {
		if !t.victim {
			return vbus.Fate{}
		}
		if until.IsZero() && t.answer && t.is(consecutive) && t.part == 2 {
			until = t.Start.Add(away)
			fresh = true
			in.hit()
		}
		return vbus.Fate{Drop: t.Start.Before(until)}
	}
	in.reply = func(c *call) {
		if c.victim && fresh {
			c.req.Restarted, fresh = true, false
		}
		c.serve()
	}
}

// answerFaults are answers that are not those to the request.
func answerFaults() []Fault {
	return group{
		{Name: "wrong-identifier", Text: "A unit answers every third request about another identifier than the one asked for.", prepare: onAnswer(func(d []byte) []byte {
			d[echoOf(d)] ^= 0x15
			return d
		})},
		{Name: "wrong-service", Text: "A unit answers every third request as if it had been another service.", prepare: onAnswer(func(d []byte) []byte {
			d[0] ^= 0x08
			return d
		})},
		{Name: "answer-cut", Text: "Every third answer of a unit ends before its data.", prepare: onAnswer(func(d []byte) []byte { return d[:1+echoOf(d)] })},
		{Name: "answer-with-extra", Text: "Every third answer of a unit has two bytes more than it should.", prepare: onAnswer(func(d []byte) []byte { return append(d, 0, 0) })},
		{Name: "answer-of-one-byte", Text: "Every third answer of a unit is the service alone.", prepare: onAnswer(func(d []byte) []byte { return d[:1] })},
		{Name: "refusal-without-code", Text: "Every third answer of a unit is a refusal (7F) without a code.", prepare: onAnswer(func(d []byte) []byte {
			return []byte{uds.ServiceNegativeResponse, d[0] - uds.ResponseOffset}
		})},
		{Name: "stale-answers", Text: "A unit says its last answer again before each new one.", prepare: stale},
		{Name: "one-answer-behind", Text: "A unit answers each request when it hears the next.", prepare: behind},
		{Name: "two-speakers", Text: "Two units share the identifier of their answers: both answer.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return answered(t) && t.begins() && t.Number == 0 && t.nth > 1 }, func(t *telegram) vbus.Fate {
				other := t.unit.answer(0x04, 0x62, 0xFF, 0x0B, 0x01)
				return vbus.Fate{Instead: &other, Then: []vbus.Follower{{Frame: t.Frame, After: time.Millisecond}}}
			})
		}},
		{Name: "answers-from-elsewhere", Text: "A unit answers on an identifier that is not its own.", prepare: func(in *Injection) {
			in.frame = in.each(answered, func(t *telegram) vbus.Fate {
				f := t.Frame
				f.ID ^= 0x40
				return vbus.Fate{Instead: &f}
			})
		}},
	}.at(Unit)
}

// echoOf is how many bytes of the request a positive answer repeats.
func echoOf(d []byte) int {
	if d[0] == uds.ServiceReadData+uds.ResponseOffset {
		return min(2, len(d)-1)
	}
	return min(1, len(d)-1)
}

// onAnswer spoils every third positive answer of the victim that has data,
// beginning with the second; sessions are left alone.
func onAnswer(spoil func(d []byte) []byte) func(*Injection) {
	return func(in *Injection) {
		n := 0
		in.reply = func(c *call) {
			c.serve()
			if !c.victim || len(c.reply.Data) < 3 || !positive(c.reply.Data) {
				return
			}
			if n++; n%3 == 2 {
				in.hit()
				c.reply.Data = spoil(append([]byte(nil), c.reply.Data...))
			}
		}
	}
}

// positive reports whether an answer is one with data to a read.
func positive(d []byte) bool {
	switch d[0] {
	case uds.ServiceNegativeResponse, uds.ServiceSessionControl + uds.ResponseOffset, uds.ServiceTesterPresent + uds.ResponseOffset:
		return false
	}
	return true
}

// stale puts the last short answer, frame by frame, before each new one.
func stale(in *Injection) {
	var last *can.Frame
	in.frame = func(t *telegram) vbus.Fate {
		if !answered(t) || !t.begins() || t.Number > 0 {
			return vbus.Fate{}
		}
		before := last
		if t.is(single) {
			f := t.Frame
			last = &f
		}
		if before == nil {
			return vbus.Fate{}
		}
		in.hit()
		return vbus.Fate{Instead: before, Then: []vbus.Follower{{Frame: t.Frame, After: time.Millisecond}}}
	}
}

// behind keeps each answer until the next request.
func behind(in *Injection) {
	var kept vecu.Reply
	in.reply = in.always(func(c *call) {
		c.serve()
		kept, c.reply = c.reply, kept
		c.reply.Latency = quick
	})
}

package fault

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vbus"
)

// isotpFaults are what a unit does wrong when it cuts its answers into frames.
// They strike every second long answer, so that others are whole, and begin
// with the first: some units have only one.
func isotpFaults() []Fault {
	return group{
		{Name: "isotp-frame-missing", Text: "A consecutive frame of a long answer is missing.", prepare: onPart(1, lost)},
		{Name: "isotp-frames-swapped", Text: "Two consecutive frames of a long answer come in the wrong order.", prepare: swapped},
		{Name: "isotp-frame-repeated", Text: "A consecutive frame of a long answer comes twice.", prepare: onPart(1, func(*telegram) vbus.Fate {
			return vbus.Fate{Duplicate: true}
		})},
		{Name: "isotp-wrong-number", Text: "A consecutive frame of a long answer has the wrong sequence number.", prepare: onPart(2, func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { d[0] = 0x20 | (d[0]+5)&0xF })
		})},
		{Name: "isotp-length-too-long", Text: "The first frame of a long answer promises more than there is.", prepare: onFirst(func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { d[1] += 20 })
		})},
		{Name: "isotp-length-too-short", Text: "The first frame of a long answer tells a length that would fit a single frame.", prepare: onFirst(func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { d[0], d[1] = 0x10, 5 })
		})},
		{Name: "isotp-empty-single-frame", Text: "The single frame of an answer says that it holds nothing.", prepare: onSingle(func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { d[0] = 0 })
		})},
		{Name: "isotp-single-frame-too-long", Text: "The single frame of an answer says that it holds more than fits.", prepare: onSingle(func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { d[0] = 0x0F })
		})},
		{Name: "isotp-frame-cut", Text: "The first frame of a long answer is shorter than a first frame may be.", prepare: onFirst(func(t *telegram) vbus.Fate {
			f := t.Frame
			f.Len = 6
			return vbus.Fate{Instead: &f}
		})},
		{Name: "isotp-overflow", Text: "In place of an answer comes flow control that says overflow.", prepare: onSingle(func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { d[0], d[1], d[2] = 0x32, 0, 0 })
		})},
		{Name: "isotp-wait-for-ever", Text: "In place of an answer comes flow control that says wait, again and again.", prepare: onSingle(waiting)},
		{Name: "isotp-first-frame-only", Text: "After the first frame of a long answer nothing comes.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return answered(t) && t.is(consecutive) }, lost)
		}},
		{Name: "isotp-stray-frame", Text: "A consecutive frame that belongs to nothing comes behind an answer.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return answered(t) && t.is(single) }, func(t *telegram) vbus.Fate {
				stray := t.changed(func(d []byte) { d[0] = 0x21 })
				return vbus.Fate{Then: []vbus.Follower{{Frame: *stray}}}
			})
		}},
		{Name: "isotp-begins-again", Text: "In the middle of a long answer comes the first frame of another.", prepare: onPart(1, func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { copy(d, []byte{0x10, 0x14, 0x62, 0xFF, 0x0A, 0, 0, 0}) })
		})},
		{Name: "isotp-reserved-type", Text: "A consecutive frame of a long answer has a type that the standard does not know.", prepare: onPart(1, func(t *telegram) vbus.Fate {
			return t.spoil(func(d []byte) { d[0] |= 0x70 })
		})},
		{Name: "isotp-frame-too-late", Text: "A consecutive frame of a long answer comes after a second and a half.", prepare: onPart(1, func(*telegram) vbus.Fate {
			return vbus.Fate{Delay: 1500 * time.Millisecond}
		})},
		{Name: "isotp-pause", Text: "In the middle of each long answer is a pause of 0.9 s, which is just allowed.", prepare: func(in *Injection) {
			in.frame = in.each(func(t *telegram) bool { return answered(t) && t.is(consecutive) && t.part == 1 }, func(*telegram) vbus.Fate {
				return vbus.Fate{Delay: 900 * time.Millisecond}
			})
		}},
	}.at(ISOTP)
}

// onFirst strikes the first frame of every second long answer of the victim.
func onFirst(fate func(*telegram) vbus.Fate) func(*Injection) { return onPart(0, fate) }

// onPart strikes one consecutive frame of every second long answer.
func onPart(part int, fate func(*telegram) vbus.Fate) func(*Injection) {
	return func(in *Injection) {
		long := 0
		in.frame = in.each(func(t *telegram) bool {
			if !answered(t) || t.Number > 0 {
				return false
			}
			if t.is(first) {
				long++
			}
			return long%2 == 1 && t.part == part && (t.is(first) || t.is(consecutive))
		}, fate)
	}
}

// onSingle strikes every third short answer of the victim, refusals too,
// beginning with the second.
func onSingle(fate func(*telegram) vbus.Fate) func(*Injection) {
	return func(in *Injection) {
		short := 0
		in.frame = in.each(func(t *telegram) bool {
			if !answered(t) || !t.is(single) || t.Number > 0 {
				return false
			}
			short++
			return short%3 == 2
		}, fate)
	}
}

// swapped holds a consecutive frame back until the next has gone.
func swapped(in *Injection) {
	onPart(1, lost)(in)
	var held vbus.Follower
	drop := in.frame
	in.frame = func(t *telegram) vbus.Fate {
		fate := drop(t)
		switch {
		case fate.Drop:
			held.Frame = t.Frame
		case held.Frame.Len > 0 && answered(t) && t.part == 2:
			fate.Then = []vbus.Follower{held}
			held = vbus.Follower{}
		}
		return fate
	}
}

// waiting asks the tester to wait ten times a second, for three seconds.
func waiting(t *telegram) vbus.Fate {
	wait := t.changed(func(d []byte) { d[0], d[1], d[2] = 0x31, 0, 0 })
	fate := vbus.Fate{Instead: wait}
	for i := 1; i <= 30; i++ {
		fate.Then = append(fate.Then, vbus.Follower{Frame: *wait, After: time.Duration(i) * 100 * time.Millisecond})
	}
	return fate
}

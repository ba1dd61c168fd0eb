package fault

import (
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
)

// telegram is a frame between the tester and one of the units, taken apart.
type telegram struct {
	vbus.Attempt
	answer bool // of the unit; else the tester's
	unit   *Station
	victim bool // it is between the tester and the victim
	nth    int  // of the victim's messages, from 1
	part   int  // consecutive frame of that message, from 1; 0: its first or only frame
}

// Kinds of frame, the high half of the PCI byte.
const (
	single byte = iota
	first
	consecutive
	flowControl
)

func (t *telegram) at() int { return t.unit.at() }

func (t *telegram) kind() byte { return t.Frame.Data[t.at()] >> 4 }

// begins reports whether the frame is the first or only one of a message.
func (t *telegram) begins() bool { return t.kind() == single || t.kind() == first }

func (t *telegram) is(kind byte) bool { return t.kind() == kind }

// changed is a copy of the frame after something was done to it from its PCI on.
func (t *telegram) changed(change func(pci []byte)) *can.Frame {
	f := t.Frame
	change(f.Data[t.at():f.Len])
	return &f
}

// spoil makes a fate of a change.
func (t *telegram) spoil(change func(pci []byte)) vbus.Fate {
	return vbus.Fate{Instead: t.changed(change)}
}

// parse finds out between whom a frame is.
func (in *Injection) parse(a *vbus.Attempt) (t telegram, ours bool) {
	t.Attempt = *a
	if a.From == in.site.Tester {
		return t, in.parseRequest(&t)
	}
	for i := range in.site.Units {
		if u := &in.site.Units[i]; u.Name == a.From && u.says(&a.Frame) && int(a.Frame.Len) > u.at() {
			t.answer, t.unit, t.victim = true, u, i == in.site.Victim
			in.count(&t)
			return t, true
		}
	}
	return t, false
}

// parseRequest gives a functional request to the victim, if that is of the group.
func (in *Injection) parseRequest(t *telegram) bool {
	if v := in.victim(); v.asks(&t.Frame) && int(t.Frame.Len) > v.at() {
		t.unit, t.victim = v, true
		return true
	}
	for i := range in.site.Units {
		if u := &in.site.Units[i]; u.asks(&t.Frame) && int(t.Frame.Len) > u.at() {
			t.unit = u
			return true
		}
	}
	return false
}

// count numbers the victim's messages and their parts.
func (in *Injection) count(t *telegram) {
	if !t.victim {
		return
	}
	if t.Number == 0 {
		switch t.kind() {
		case single, first:
			in.nth, in.part = in.nth+1, 0
		case consecutive:
			in.part++
		}
	}
	t.nth, t.part = in.nth, in.part
}

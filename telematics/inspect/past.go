package inspect

import (
	"errors"
	"maps"
	"slices"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// memory is what a recording has of one unit, or of a group.
type memory struct {
	asked   bool     // one request at least
	wanted  bool     // by the car's profile: it should have been asked
	tells   bool     // its role is telematics
	lacking []string // requests that are not there, in the order of asking
}

// remember notes whether a request to the unit was ever made, and gives false
// if a recording does not have it. Of a car it was made; what we refused
// ourselves is no matter of a recording.
func (t *talk) remember(req []byte, err error) bool {
	known := !errors.Is(err, tape.ErrNeverAsked)
	t.lacks = t.lacks || !known
	t.asked = t.asked || spoke(err) || silence(err)
	if t.silent || known && !t.asked {
		return known
	}
	if t.p.inMemory(t.unit.Name, req, err) && t.unit.Role == profiles.Telematics {
		t.p.asksTelematics(t.unit.Name)
	}
	return known
}

// blank: a recording answers, and so far it has nothing of this unit.
func (t *talk) blank() bool { return t.lacks && !t.asked }

// inMemory reports whether a request was ever made, and notes it.
func (p *pass) inMemory(name string, req []byte, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.remembered(name)
	if !errors.Is(err, tape.ErrNeverAsked) {
		m.asked = true
		return true
	}
	if request := profiles.Hex(req).String(); !slices.Contains(m.lacking, request) {
		m.lacking = append(m.lacking, request)
	}
	return false
}

func (p *pass) asksTelematics(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remembered(name).tells = true
}

// remembered runs under p.mu.
func (p *pass) remembered(name string) *memory {
	if p.memory[name] == nil {
		p.memory[name] = &memory{}
	}
	return p.memory[name]
}

// recall makes the inspection that of a recording, if one answered.
func (p *pass) recall(h *adapter.History) {
	if h == nil {
		return
	}
	p.out.Started, p.out.DurationMS = h.Began, h.Took.Milliseconds()
	if h.Remarks > 0 {
		p.find(telematics.RecordingLine, "", h.Remarks, h.First.Line)
	}
	if h.Full() {
		p.find(telematics.RecordingFull, "")
	}
	p.suffered(adapter.Health{}, h.Health())
	if p.redacted {
		p.find(telematics.RecordingRedacted, "")
	}
	p.recallLacking()
}

// recallLacking tells what was not asked of units that were asked, and of
// those of the car's profile. Others were not asked because there was no
// reason to.
func (p *pass) recallLacking() {
	p.recallWanted()
	var lacking []string
	telematicsAsked := false
	for _, name := range slices.SortedFunc(maps.Keys(p.memory), p.byUnit()) {
		m := p.memory[name]
		telematicsAsked = telematicsAsked || m.tells
		if m.asked || m.wanted {
			for _, request := range m.lacking {
				lacking = append(lacking, name+" "+request)
			}
		}
	}
	if len(lacking) > 0 {
		p.find(telematics.NotRecorded, "", len(lacking), lacking[0])
	}
	if !telematicsAsked {
		p.find(telematics.NothingAsked, "")
	}
}

// recallWanted marks the units of the car's profile, and the OBD groups if
// none of them was asked: one is enough.
func (p *pass) recallWanted() {
	for _, u := range p.knownUnits() {
		p.remembered(u.Name).wanted = p.choice.Profile.ID != profiles.GenericID
	}
	asked := func(r obdRoad) bool { return p.remembered(r.group()).asked }
	if slices.ContainsFunc(obdRoads, asked) {
		return
	}
	for _, r := range obdRoads {
		p.remembered(r.group()).wanted = true
	}
}

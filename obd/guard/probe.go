package guard

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Probes is what a probing may ask besides what any may: the ranges in which
// cars of all makes have their units.
type Probes struct {
	Known []transport.Address // where a profile has a unit; only the request side counts
	Bench bool                // 000-5FF too: units on a bench; refused where there is other traffic
}

// Probing asks many addresses whether anybody is there, with tester present
// only. It is safe for use by several goroutines.
type Probing struct {
	link    *Link
	segment *segment
	inner   transport.Probing
	known   map[request]bool
	bench   bool
	hear    func(transport.Heard)
	began   time.Time

	mu      sync.Mutex
	traffic map[identifier]bool // others were heard sending with it
	foreign bool                // any of it before the first probe
	asked   bool
}

type identifier struct {
	id       uint32
	extended bool
}

// request is the side of an address that says where a request goes.
type request struct {
	identifier
	fd, hasAE bool
	ae        byte
}

func requestOf(a transport.Address) request {
	r := request{identifier: identifier{a.TX, a.Extended}, fd: a.FD, hasAE: a.HasAE}
	if a.HasAE {
		r.ae = a.TXAE
	}
	return r
}

// listening is how long the bus is heard before the first probe.
const listening = time.Second

// Probe begins a probing; hear is as for transport.Prober. A link that cannot
// probe gives an error that matches errors.ErrUnsupported.
func (g *Link) Probe(o Probes, hear func(transport.Heard)) (*Probing, error) {
	prober, ok := g.inner.(transport.Prober)
	if !ok {
		return nil, &transport.OpError{Op: "probe", Sent: transport.SentNo, Err: errors.ErrUnsupported}
	}
	p := &Probing{
		link: g, segment: g.current(), bench: o.Bench, hear: hear, began: time.Now(),
		known: map[request]bool{}, traffic: map[identifier]bool{},
	}
	for _, a := range o.Known {
		p.known[requestOf(a)] = true
	}
	inner, err := prober.Probe(p.note)
	if err != nil {
		return nil, err
	}
	p.inner = inner
	return p, nil
}

// note learns whose identifiers are in use, and passes on what was heard.
func (p *Probing) note(h transport.Heard) {
	if f := &h.Frame; h.Err == nil && h.Dropped == 0 && !h.Own && !f.Is(can.Error) {
		p.overhear(identifier{f.ID, f.Is(can.Extended)})
	}
	p.hear(h)
}

func (p *Probing) overhear(id identifier) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.traffic[id] = true
	if !p.asked {
		p.foreign = true
	}
}

// Send asks in one dialect. What must not be asked gives a *DeniedError and the
// link is not touched.
func (p *Probing) Send(ctx context.Context, d Dialect, q transport.Probe) error {
	q.Message = slices.Clone(q.Message) // what is judged is what is sent
	if rule := p.judge(d, q); rule != "" {
		return &DeniedError{Address: q.Address, Dialect: d, Request: head(q.Message), Rule: rule}
	}
	return p.inner.Send(ctx, q)
}

// Close ends the probing, not the link.
func (p *Probing) Close() error { return p.inner.Close() }

// present are the forms of tester present that ask for an answer and change
// nothing.
var present = map[Dialect][]string{
	UDS:   {"\x3E\x00"},
	KWP:   {"\x3E", "\x3E\x01"},
	GMLAN: {"\x3E"},
}

// judge gives the rule against a probe; empty if there is none, and then it
// counts as asked.
func (p *Probing) judge(d Dialect, q transport.Probe) string {
	obstacle := p.obstacle(q.Address)
	p.mu.Lock()
	defer p.mu.Unlock()
	rule := p.rule(d, q, obstacle)
	if rule == "" {
		p.asked = true
	}
	return rule
}

func (p *Probing) rule(d Dialect, q transport.Probe, obstacle string) string {
	r := requestOf(q.Address)
	switch {
	case !slices.Contains(present[d], string(q.Message)):
		return rulePresent
	case group(q.Address):
		return ruleGroup
	case p.began.Add(listening).After(time.Now()):
		return ruleListen
	case p.traffic[r.identifier]:
		return RuleTraffic
	}
	if obstacle != "" || p.known[r] {
		return obstacle
	}
	return p.place(d, r)
}

// place gives the rule against asking at an address that no profile knows.
func (p *Probing) place(d Dialect, r request) string {
	if d == GMLAN && !r.isGM() {
		return ruleDialect
	}
	if r.isUsual() || r.isGM() {
		return ""
	}
	if !p.bench || !r.isPlain() {
		return rulePlace
	}
	if p.foreign {
		return RuleBench
	}
	return ""
}

const lastOfBench = 0x5FF

// isPlain says: classic, 11 bits, no address byte.
func (r request) isPlain() bool { return !r.extended && !r.fd && !r.hasAE }

func (r request) isGM() bool { return r.isPlain() && 0x240 <= r.id && r.id <= 0x25F }

// isUsual reports whether a unit of any make may be there.
func (r request) isUsual() bool {
	switch {
	case r.fd:
		return false
	case r.extended:
		return !r.hasAE && r.id&^0xFF00 == 0x18DA00F1
	case r.hasAE:
		return r.id == 0x6F1 || r.id == 0x750
	}
	return r.id > lastOfBench
}

// current is the segment that the link is on.
func (g *Link) current() *segment {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.here
}

// obstacle is the rule against a probe that lies with the link: where it is, and
// who else uses it. Empty if there is none.
func (p *Probing) obstacle(a transport.Address) string {
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	switch {
	case !p.link.isAt(p.segment):
		return ruleElsewhere
	case p.segment.converses(a):
		return ruleBusy
	}
	return ""
}

// converses reports whether anybody sends to the unit there, or waits for it.
func (s *segment) converses(a transport.Address) bool {
	for other, s := range s.states {
		if requestOf(other) == requestOf(a) && s.busy() {
			return true
		}
	}
	return false
}

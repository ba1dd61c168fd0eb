package guard

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/transport"
)

// Reaches reports whether Switch can go to pins at a bit rate, as
// transport.Pins.
func (g *Link) Reaches(pins string, bitrate int) bool {
	l, ok := g.inner.(transport.Pins)
	return ok && l.Reaches(pins, bitrate)
}

// Switch goes to other pins of the connector, as transport.Pins, if agree says
// that somebody agreed: it is asked once for each pair of pins, and not for the
// way back. Without that, or while a conversation is under way, it gives a
// *DeniedError. Conns of the segment that is left are denied everything until
// the link is back there. Pins that the link cannot reach give an error that
// matches errors.ErrUnsupported.
func (g *Link) Switch(ctx context.Context, pins string, bitrate int, agree func(ctx context.Context, pins string) bool) error {
	l, ok := g.inner.(transport.Pins)
	if !ok || !l.Reaches(pins, bitrate) {
		return &transport.OpError{Op: "switch", Sent: transport.SentNo, Err: errors.ErrUnsupported}
	}
	there := g.segmentAt(pins)
	if !g.hasAgreed(there) && (agree == nil || !agree(ctx, pins)) {
		return &DeniedError{Rule: ruleAgreed}
	}
	if !g.depart(there) {
		return &DeniedError{Rule: ruleOccupied}
	}
	err := l.Switch(ctx, pins, bitrate)
	g.arrive(there, err)
	return err
}

func (g *Link) segmentAt(pins string) *segment {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at(pins)
}

func (g *Link) hasAgreed(s *segment) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return s.agreed
}

// depart notes the agreement and leaves the segment, unless somebody sends
// there, or waits, or is about to.
func (g *Link) depart(there *segment) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	there.agreed = true
	if g.away || g.dialling > 0 {
		return false
	}
	for _, s := range g.here.states {
		if s.busy() {
			return false
		}
	}
	g.away = true
	return true
}

// arrive ends a switch. One that failed has gone nowhere.
func (g *Link) arrive(there *segment, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.away = false
	if err == nil {
		g.here = there
	}
}

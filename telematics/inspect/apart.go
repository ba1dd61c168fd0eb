package inspect

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// isApart reports whether a network is at other pins than those that we are on.
// In a recording everything is in one place.
func (p *pass) isApart(n profiles.Network) bool {
	return p.bitrate != 0 && n.Pins != transport.UsualPins
}

// askApart asks the profile's units at other pins, network by network, if the
// adapter can go there and somebody agreed. In the end it is back.
func (p *pass) askApart(ctx context.Context) error {
	for len(p.apart) > 0 {
		network := p.apart[0].Network
		var here, later []target
		for _, t := range p.apart {
			if t.Network == network {
				here = append(here, t)
			} else {
				later = append(later, t)
			}
		}
		p.apart = later
		if err := p.askAt(ctx, network, here); err != nil {
			return err
		}
	}
	return nil
}

// askAt asks the units of one network. The way back is tried whatever happens
// there: what is left for later must find the adapter where it was.
func (p *pass) askAt(ctx context.Context, n profiles.Network, units []target) error {
	if there, err := p.goTo(ctx, n, units); err != nil || !there {
		return err
	}
	var err error
	for _, g := range byAddress(units) {
		for _, u := range g {
			p.declare(u.Unit)
		}
		if err = p.askUnit(ctx, g); err != nil {
			break
		}
	}
	back := p.link.Switch(context.WithoutCancel(ctx), transport.UsualPins, p.bitrate, nil)
	return errors.Join(err, back)
}

// goTo switches to a network and reports whether that was done. Each unit that
// is not asked is told of.
func (p *pass) goTo(ctx context.Context, n profiles.Network, units []target) (there bool, err error) {
	if !p.link.Reaches(n.Pins, n.Bitrate) {
		p.notAsked(telematics.PinsUnreachable, units)
		return false, nil
	}
	agree := func(ctx context.Context, pins string) bool {
		return p.o.OtherPins != nil && p.o.OtherPins(ctx, units[0].Name, pins)
	}
	err = p.link.Switch(ctx, n.Pins, n.Bitrate, agree)
	if errors.Is(err, guard.ErrDenied) {
		p.notAsked(telematics.OtherPins, units)
		return false, nil
	}
	return err == nil, err
}

// estranged tells of units that are at the pins where we are, at a bit rate that
// the car does not have there: then the profile is not about this car.
func (p *pass) estranged(units []target) {
	for _, g := range byAddress(units) {
		u := g[0]
		p.find(telematics.OtherBitrate, u.Name, u.Network.Bitrate, p.bitrate)
		p.list(listed(u.Unit))
	}
}

func (p *pass) notAsked(id telematics.FindingID, units []target) {
	for _, g := range byAddress(units) {
		u := g[0]
		p.find(id, u.Name, u.Network.Pins)
		p.list(listed(u.Unit))
	}
}

package elm327

import (
	"context"
	"errors"
	"strconv"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/transport"
)

// The bit rates that every chip has a protocol for: the first with 11 bits,
// the second with 29.
var protocols = map[int][2]string{
	500_000: {"6", "7"},
	250_000: {"8", "9"},
}

// The protocols of an STN whose bit rate can be set (STPBR), in the same order.
var adjustable = [2]string{"33", "34"}

// Join gives a link at a bit rate; a former one is closed. Other rates than
// those of ISO 15765-4 only an STN has; else *adapter.FixedBitrateError.
func (d *Dongle) Join(ctx context.Context, bitrate int) (adapter.CarriedLink, error) {
	if err := d.leave(); err != nil {
		return nil, err
	}
	if err := d.take(ctx); err != nil {
		return nil, err
	}
	defer d.letGo()
	for _, s := range []setpoint{{regAdaptive, "0"}, {regLong, "1"}, {regSilent, acknowledge}} {
		if err := d.optional(ctx, s.r, s.value); err != nil {
			return nil, err
		}
	}
	at := segment{transport.UsualPins, bitrate}
	if err := d.protocol(ctx, at, false); err != nil {
		return nil, err
	}
	return d.attach(&link{dongle: d, at: at}), nil
}

// attach makes a link the one of the dongle.
func (d *Dongle) attach(l *link) *link {
	l.habits, l.pads = habits{}, map[transport.Address]bool{}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.link = l
	return l
}

// protocol brings the chip to a segment, with 11 or 29 bits.
func (d *Dongle) protocol(ctx context.Context, at segment, wide bool) error {
	i := 0
	if wide {
		i = 1
	}
	if at.pins == secondPins {
		return d.stn(ctx, secondary[i], at.rate)
	}
	if p, usual := protocols[at.rate]; usual {
		d.plain()
		return d.set(ctx, regProtocol, p[i])
	}
	refused := &adapter.FixedBitrateError{Bitrate: 500_000, Wanted: at.rate}
	if d.chip.caps.STN != Yes {
		return refused
	}
	err := d.stn(ctx, adjustable[i], at.rate)
	if _, lacks := errors.AsType[*UnsupportedError](err); lacks {
		return refused
	}
	return err
}

// stn brings an STN to one of its own protocols.
func (d *Dongle) stn(ctx context.Context, protocol string, bitrate int) error {
	delete(d.chip.regs.want, regProtocol)
	delete(d.chip.regs.have, regProtocol)
	if !d.chip.regs.has(regSTN, protocol) {
		delete(d.chip.regs.have, regRate) // it starts with the usual one
	}
	return d.sets(ctx, []setpoint{{regSTN, protocol}, {regRate, strconv.Itoa(bitrate)}})
}

// plain forgets a protocol of an STN, which that of ATTP takes the place of.
func (d *Dongle) plain() {
	if _, set := d.chip.regs.want[regSTN]; !set {
		return
	}
	for _, r := range []register{regSTN, regRate} {
		delete(d.chip.regs.want, r)
		delete(d.chip.regs.have, r)
	}
	delete(d.chip.regs.have, regProtocol)
}

// leave closes the former link.
func (d *Dongle) leave() error {
	d.mu.Lock()
	l := d.link
	d.link = nil
	d.mu.Unlock()
	if l == nil {
		return nil
	}
	return l.Close()
}

package elm327

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// settings lead to an address: protocol, format, header and filter.
func (x *exchange) settings(ctx context.Context, a transport.Address, raw bool) error {
	d := x.conn.link.dongle
	priority, rest := header(a.TX, a.Extended)
	list := []setpoint{{regHeader, rest}}
	if a.Extended && (priority != priorityUsual || !d.untouched(regPriority)) {
		list = append(list, setpoint{regPriority, priority})
	}
	return x.lead(ctx, a, raw, list...)
}

// lead leads to an address, with what says where requests go.
func (x *exchange) lead(ctx context.Context, a transport.Address, raw bool, to ...setpoint) error {
	d, format := x.conn.link.dongle, "1"
	if raw {
		format = "0"
	}
	d.chip.regs.want[regFormat] = format // a change of protocol gives it then, not the former one
	if err := d.protocol(ctx, x.conn.at, a.Extended); err != nil {
		return err
	}
	for _, r := range []register{regFormat, regFlow} {
		if err := d.formats(ctx, r, format); err != nil {
			return err
		}
	}
	return d.sets(ctx, append(append(to, x.sieved(a)...), filterOf(a).settings(&d.chip.caps)...))
}

// sieved has the chip pass answers of a group by their address byte too: their
// identifiers are so many that others have some of them. It puts the byte in
// front of requests then.
func (x *exchange) sieved(a transport.Address) []setpoint {
	d := x.conn.link.dongle
	switch {
	case x.sieves():
		return []setpoint{{regExtended, hexOf([]byte{a.TXAE})}}
	case d.untouched(regExtended):
		return nil
	}
	return []setpoint{{regExtended, ""}}
}

func (x *exchange) sieves() bool { return x.conn.addr.Functional() && x.conn.addr.HasAE }

// formats has the chip make frames and flow control, or leave both to us. One
// that lacks the commands makes them always.
func (d *Dongle) formats(ctx context.Context, r register, value string) error {
	if value == "1" {
		return d.optional(ctx, r, value)
	}
	return d.set(ctx, r, value)
}

// untouched reports whether a setting is still what a reset gives it.
func (d *Dongle) untouched(r register) bool {
	_, set := d.chip.regs.want[r]
	return !set && d.chip.first != ""
}

// flow has the chip send flow control to the unit. Identifier and content come
// before the mode that uses them.
func (x *exchange) flow(ctx context.Context) error {
	d, a := x.conn.link.dongle, x.conn.addr
	hasty := flowByDefault(a) && !x.conn.careful && d.chip.caps.Raw != No // the unit may send as fast as it can
	if a.Functional() || d.chip.caps.FlowControl != Yes || hasty {
		if d.untouched(regFlowMode) {
			return nil
		}
		return d.optional(ctx, regFlowMode, "0")
	}
	return d.sets(ctx, []setpoint{
		{regFlowID, can.FormatID(a.TX, a.Extended)},
		{regFlowData, clearance(x.params().STmin)},
		{regFlowMode, "1"},
	})
}

// setpoint is what a register shall have.
type setpoint struct {
	r     register
	value string
}

func (d *Dongle) sets(ctx context.Context, list []setpoint) error {
	for _, s := range list {
		if err := d.set(ctx, s.r, s.value); err != nil {
			return err
		}
	}
	return nil
}

// optional gives the chip a setting that it may not have.
func (d *Dongle) optional(ctx context.Context, r register, value string) error {
	err := d.set(ctx, r, value)
	if _, lacks := errors.AsType[*UnsupportedError](err); lacks {
		return nil
	}
	return err
}

func (d *Dongle) set(ctx context.Context, r register, value string) error {
	for _, other := range displaced[r] {
		delete(d.chip.regs.want, other)
		delete(d.chip.regs.have, other)
	}
	return d.chip.set(ctx, r, value)
}

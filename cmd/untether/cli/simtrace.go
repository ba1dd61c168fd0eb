package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/passive"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// noUnitError is a recording in which nobody asks a unit anything.
type noUnitError struct{ path string }

func (e *noUnitError) Error() string { return e.path + ": no conversation with a unit" }

// traced is a recorded car that answers on frames: each unit that the
// recording has a conversation with says what it said there. Other traffic is
// not repeated.
type traced struct {
	info  adapter.Info
	seg   *vbus.Segment
	units []*vecu.Server
}

var _ adapter.Controller = (*traced)(nil)

// tracedBitrate is the usual one; a recording does not tell its own.
const tracedBitrate = 500_000

// openTrace makes a car of a recording. unasked is told of each request that
// the recording does not hold, once, while the car answers.
func openTrace(ctx context.Context, path string, unasked func(*tape.NeverAskedError)) (adapter.Controller, error) {
	ad, err := replay.Open(ctx, adapter.URI{
		Text: "replay:" + path, Scheme: "replay", Target: path, Query: url.Values{"mode": {"passive"}},
	})
	if err != nil {
		return nil, err
	}
	rec, ok := ad.(adapter.Recording)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%s is no recording of frames", path), ad.Close())
	}
	car, err := trace(ctx, rec, path, unasked)
	return car, errors.Join(err, rec.Close())
}

func trace(ctx context.Context, rec adapter.Recording, path string, unasked func(*tape.NeverAskedError)) (adapter.Controller, error) {
	addresses, err := conversations(ctx, rec)
	if err != nil {
		return nil, err
	}
	if len(addresses) == 0 {
		return nil, &noUnitError{path}
	}
	recorded, err := tape.Read(ctx, rec.Frames)
	if err != nil {
		return nil, err
	}
	cast := &cast{tape: recorded, unasked: unasked, told: map[string]bool{}, groups: map[transport.Address]*group{}}
	parts := make([]*part, len(addresses))
	for i, a := range addresses {
		if parts[i], err = cast.part(ctx, a); err != nil {
			return nil, err
		}
	}
	return play(path, parts), nil
}

// play puts the parts on a segment.
func play(path string, parts []*part) *traced {
	description := fmt.Sprintf("recording %s, units that answer: %d", filepath.Base(path), len(parts))
	c := &traced{
		info: adapter.Info{URI: "replay:" + path, Kind: adapter.KindCAN, Description: description},
		seg:  vbus.New(vbus.Config{Bitrate: tracedBitrate}),
	}
	for _, p := range parts {
		name := p.address.String()
		c.units = append(c.units, vecu.Serve(c.seg.Attach(name), vecu.Config{
			Name: name, Address: p.address, Functional: p.functional(), Handler: p,
		}))
	}
	return c
}

// conversations are the addresses of the units that somebody asked and that
// answered.
func conversations(ctx context.Context, rec adapter.Recording) ([]transport.Address, error) {
	l := passive.NewListener()
	for rx, err := range rec.Frames() {
		if _, remark := errors.AsType[*adapter.RemarkError](err); remark {
			continue
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		l.Observe(&rx)
	}
	var found []transport.Address
	for _, u := range l.Units() {
		if u.Heard == passive.BothSides {
			found = append(found, u.Address)
		}
	}
	return found, nil
}

func (c *traced) Info() adapter.Info { return c.info }

func (c *traced) OpenBus(_ context.Context, b adapter.BusConfig) (can.Bus, error) {
	var o []vbus.Option
	if b.Bitrate != 0 {
		o = append(o, vbus.Bitrate(b.Bitrate))
	}
	if b.ListenOnly {
		o = append(o, vbus.ListenOnly())
	}
	return c.seg.Attach("tester", o...), nil
}

func (c *traced) Close() error {
	var errs []error
	for _, u := range c.units {
		errs = append(errs, u.Close())
	}
	return errors.Join(append(errs, c.seg.Close())...)
}

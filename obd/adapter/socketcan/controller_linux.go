package socketcan

import (
	"errors"
	"math"
	"os"

	"go.einride.tech/can/pkg/candevice"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// controller is the hardware behind an interface, which netlink shows and sets.
type controller struct {
	dev   *candevice.Device
	found state // before we changed anything
	moved bool  // we have changed something
}

// state is how a controller is set.
type state struct {
	up      bool
	bitrate int // bit/s; 0: not known
	listens bool
}

// newController gives nil for an interface without hardware, and for hardware
// of which netlink says nothing: such an interface is taken as it is.
func newController(name string) *controller {
	dev, err := candevice.New(name)
	if err != nil {
		return nil
	}
	c := &controller{dev: dev}
	info, err := dev.Info()
	if err != nil || info.Type != candevice.CanLinkType {
		return nil
	}
	if c.found, err = c.state(); err != nil {
		return nil
	}
	return c
}

func (c *controller) state() (state, error) {
	up, err := c.dev.IsUp()
	if err != nil {
		return state{}, err
	}
	info, err := c.dev.Info()
	s := state{up: up, bitrate: int(info.BitTiming.Bitrate), listens: info.CtrlMode.Flags&unix.CAN_CTRLMODE_LISTENONLY != 0}
	if info.BitTiming.Bitrate == math.MaxUint32 { // slcan's CAN_BITRATE_UNKNOWN: set by somebody else's program
		s.bitrate = 0
	}
	return s, err
}

// mayChange tries the right to change it, by what changes nothing.
func (c *controller) mayChange() error {
	if c.found.up {
		return allowed(c.dev.SetUp())
	}
	return allowed(c.dev.SetDown())
}

// allowed names the capability that an error is for want of.
func allowed(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return &PermissionError{Capability: "CAP_NET_ADMIN", Err: unix.EPERM}
	}
	return err
}

// follow sets the controller for a bus, as far as the URI lets it.
func (c *controller) follow(uri int, b adapter.BusConfig) error {
	now, err := c.state()
	if errors.Is(err, unix.ENODEV) {
		return ErrNoInterface
	}
	if err != nil {
		return err
	}
	rate := b.Bitrate
	switch {
	case uri == asIs:
		return now.suits(b)
	case uri != anyRate && rate != 0 && rate != uri:
		return &adapter.FixedBitrateError{Bitrate: uri, Wanted: rate}
	case uri != anyRate:
		rate = uri
	case rate == 0:
		rate = now.bitrate
	}
	return c.reach(now, state{up: true, bitrate: rate, listens: b.ListenOnly}, uri == anyRate)
}

// suits says why a controller that nobody may set is of no use for a bus.
func (s state) suits(b adapter.BusConfig) error {
	switch {
	case !s.up:
		return can.ErrDown
	case b.Bitrate != 0 && s.bitrate != 0 && b.Bitrate != s.bitrate:
		return &adapter.FixedBitrateError{Bitrate: s.bitrate, Wanted: b.Bitrate}
	case s.listens && !b.ListenOnly:
		return ErrListens
	}
	return nil
}

// reach sets what differs. Where a bit rate is only tried the controller has
// to listen: a wrong one would disturb the car.
func (c *controller) reach(now, want state, trying bool) error {
	if now == want {
		return nil
	}
	err := c.set(now, want)
	if errors.Is(err, ErrNoListening) && !trying {
		want.listens = false
		err = c.set(now, want)
	}
	if !errors.Is(err, os.ErrPermission) || !now.up {
		return err
	}
	if now.bitrate != want.bitrate {
		return &BitrateError{Is: now.bitrate, Wanted: want.bitrate, Err: err}
	}
	return now.suits(adapter.BusConfig{ListenOnly: want.listens})
}

func (c *controller) set(now, want state) error {
	if err := allowed(c.dev.SetDown()); err != nil {
		return err
	}
	c.moved = true
	if want.bitrate != 0 && want.bitrate != now.bitrate {
		if err := c.dev.SetBitrate(uint32(want.bitrate)); err != nil {
			return errors.Join(&BitrateError{Is: now.bitrate, Wanted: want.bitrate, Err: err}, c.lift(now))
		}
	}
	if want.listens != now.listens {
		if err := c.dev.SetListenOnlyMode(want.listens); err != nil {
			return errors.Join(ErrNoListening, c.lift(now))
		}
	}
	return c.lift(want)
}

// lift switches it on again, if it shall be.
func (c *controller) lift(s state) error {
	if !s.up {
		return nil
	}
	return c.dev.SetUp()
}

// restore puts back what we have changed.
func (c *controller) restore() error {
	if !c.moved {
		return nil
	}
	now, err := c.state()
	if errors.Is(err, unix.ENODEV) {
		return nil // it is gone, and what we changed with it
	}
	if err != nil {
		return err
	}
	c.moved = false
	return c.set(now, c.found)
}

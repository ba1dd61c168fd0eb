package cli

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics/message"
)

// Keys of a dongle's listening URI.
const (
	keyDongle = "dongle"
	keyLink   = "link"
)

// onTerminal is the place where a dongle is met as on a serial port.
const onTerminal = "pty"

// dongle is one that is not there, in front of a car.
type dongle interface {
	Line() vserial.Options
	Serve(ctx context.Context, conn vserial.Conn) error
}

// standIn is a dongle in the socket of a simulated car, as a listener: on a
// pseudo-terminal, or behind TCP as a Wi-Fi one.
type standIn struct {
	uri    string
	dongle dongle
	socket *socketOfCar

	terminal *vserial.Terminal // nil: behind TCP
	port     *tunnel.Listener  // nil: on a terminal
}

// socketOfCar is where a dongle is plugged in. The car comes to it later.
type socketOfCar struct{ car adapter.Controller }

func (s *socketOfCar) open(ctx context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
	return s.car.OpenBus(ctx, adapter.BusConfig{Bitrate: bitrate, ListenOnly: listenOnly})
}

// plugIn makes a dongle that can be met at SCHEME:pty or SCHEME:HOST:PORT.
func plugIn(ctx context.Context, u adapter.URI, s *standIn) (listener, error) {
	var err error
	if u.Target == onTerminal {
		err = u.Allow(keyDongle, keyFault, keyLink)
	} else {
		err = u.Allow(keyDongle, keyFault)
	}
	if err != nil {
		return nil, err
	}
	if u.Target == onTerminal {
		return s.onTerminal(u)
	}
	s.port, err = tunnel.Listen(ctx, adapter.URI{Text: u.Text, Scheme: "tcp", Target: u.Target})
	if err != nil {
		return nil, err
	}
	s.uri = u.Scheme + "://" + s.port.Addr().String()
	return s, nil
}

func (s *standIn) onTerminal(u adapter.URI) (listener, error) {
	var err error
	if s.terminal, err = vserial.PTY(u.Query.Get(keyLink), s.dongle.Line()); err != nil {
		return nil, &terminalError{u, err}
	}
	s.uri = u.Scheme + ":" + s.terminal.Name()
	return s, nil
}

// terminalError is a pseudo-terminal that could not be made.
type terminalError struct {
	uri adapter.URI
	err error
}

func (e *terminalError) Error() string { return e.uri.Text + ": " + e.err.Error() }
func (e *terminalError) Unwrap() error { return e.err }

func (a *app) aboutTerminal(e *terminalError) string {
	if errors.Is(e, fs.ErrExist) {
		return a.say.Text(message.FileExists, e.uri.Query.Get(keyLink))
	}
	if errors.Is(e, errors.ErrUnsupported) {
		return a.say.Text(message.NoTerminals, e.uri.Scheme)
	}
	return a.say.Text(message.CannotOpen, e.uri.Text, e.err.Error())
}

func (s *standIn) URI() string { return s.uri }

// Serve ends with ctx. On a terminal nobody notices who comes and goes; and
// once the dongle was pulled, which is one of its faults, it is over.
func (s *standIn) Serve(ctx context.Context, car adapter.Controller, watch func(tunnel.Event)) error {
	s.socket.car = car
	if s.terminal != nil {
		return ended(ctx, errors.Join(s.dongle.Serve(ctx, s.terminal), s.terminal.Close()))
	}
	err := vserial.Serve(ctx, s.port, vserial.TurnedAway, s.dongle.Line(), func(ctx context.Context, conn vserial.Conn) {
		watch(tunnel.Event{Kind: tunnel.Joined})
		_ = s.dongle.Serve(ctx, conn) // the dongle's own trouble is what its clients see
		watch(tunnel.Event{Kind: tunnel.Left})
	})
	return ended(ctx, errors.Join(err, s.port.Close()))
}

// ended is the error of something that was not simply told to end.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// oneOf gives the value of a key, or a *choiceError that names those there are.
func oneOf(u adapter.URI, key, usual string, valid []string) (string, error) {
	value := u.Query.Get(key)
	switch {
	case !u.Query.Has(key):
		return usual, nil
	case !slices.Contains(valid, value):
		return "", &choiceError{flag: u.Text + ": " + key, value: value, valid: strings.Join(valid, ", ")}
	}
	return value, nil
}

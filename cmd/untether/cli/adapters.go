package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/adapter/socketcand"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/obd/can"
)

// registry says which adapters the program knows.
var registry = adapter.Registry{
	"elm327": elm327.Open, "sim": openSim, "replay": replay.Open, "slcan": slcan.Open, "socketcan": socketcan.Open, "socketcand": socketcand.Open, "tcp": tunnel.Open, "unix": tunnel.Open,
}

// probing opens dongles so that what is known of them from earlier is not
// believed.
func probing() adapter.Registry {
	r := maps.Clone(registry)
	r["elm327"] = elm327.OpenAnew
	return r
}

// reserved are schemes that will name adapters one day.
var reserved = []string{"doip", "hsfz"}

func openAdapter(ctx context.Context, from adapter.Registry, text string) (adapter.Adapter, error) {
	if scheme, _, _ := strings.Cut(text, ":"); slices.Contains(reserved, strings.ToLower(scheme)) {
		return nil, &notYetError{scheme}
	}
	return from.Open(ctx, text)
}

// notYetError is a scheme that is reserved and opens nothing yet.
type notYetError struct{ scheme string }

func (e *notYetError) Error() string { return fmt.Sprintf("%s: not yet", e.scheme) }

// simulated is a car that is not there, at the OBD socket of which we are.
type simulated struct {
	uri   adapter.URI
	title string
	car   *car.Car
}

func openSim(_ context.Context, u adapter.URI) (adapter.Adapter, error) {
	if err := u.Allow(keyFault); err != nil {
		return nil, err
	}
	options, err := faulty(u)
	if err != nil {
		return nil, err
	}
	scenario, err := car.Load(u.Target)
	if err != nil {
		return nil, err
	}
	c, err := car.Start(scenario, options)
	if err != nil {
		return nil, err
	}
	return &simulated{uri: u, title: scenario.Title, car: c}, nil
}

func (s *simulated) Info() adapter.Info {
	return adapter.Info{URI: s.uri.Text, Kind: adapter.KindCAN, Description: s.title}
}

func (s *simulated) Close() error { return s.car.Close() }

func (s *simulated) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	return s.car.Connect(c.Bitrate, c.ListenOnly)
}

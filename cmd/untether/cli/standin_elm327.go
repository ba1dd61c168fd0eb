package cli

import (
	"context"
	"strings"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter"
)

const usualELM = "elm-2.2"

// listenELM327 puts an ELM327 or STN dongle before a car.
func listenELM327(ctx context.Context, u adapter.URI) (listener, error) {
	name, err := oneOf(u, keyDongle, usualELM, velm.Names())
	if err != nil {
		return nil, err
	}
	if err := knownELMFault(u); err != nil {
		return nil, err
	}
	socket := &socketOfCar{}
	d, err := velm.New(name, socket.open, velm.Options{
		Supply: socket.supply, Ignition: socket.ignition, Fault: u.Query.Get(keyFault),
	})
	if err != nil {
		return nil, &adapter.URIError{Text: u.Text, Reason: err.Error()}
	}
	return plugIn(ctx, u, &standIn{dongle: d, socket: socket})
}

// knownELMFault checks the name in front of a fault's argument.
func knownELMFault(u adapter.URI) error {
	var names []string
	for _, f := range velm.Faults() {
		names = append(names, f.Name)
	}
	name, _, _ := strings.Cut(u.Query.Get(keyFault), ":")
	if !u.Query.Has(keyFault) {
		return nil
	}
	plain := u
	plain.Query = map[string][]string{keyFault: {name}}
	_, err := oneOf(plain, keyFault, "", names)
	return err
}

// usualSupply is that of a car that does not tell, in mV.
const usualSupply = 12_600

func (s *socketOfCar) supply() int {
	if c, ok := s.car.(*simulated); ok {
		return c.car.Voltage()
	}
	return usualSupply
}

func (s *socketOfCar) ignition() bool {
	c, ok := s.car.(*simulated)
	return !ok || c.car.Ignited()
}

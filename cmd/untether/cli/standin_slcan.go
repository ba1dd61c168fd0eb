package cli

import (
	"context"

	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
)

const usualSLCAN = "lawicel"

// listenSLCAN puts an SLCAN dongle before a car.
func listenSLCAN(ctx context.Context, u adapter.URI) (listener, error) {
	name, err := oneOf(u, keyDongle, usualSLCAN, vslcan.Names())
	if err != nil {
		return nil, err
	}
	fault, err := oneOf(u, keyFault, "", vslcan.Faults())
	if err != nil {
		return nil, err
	}
	socket := &socketOfCar{}
	d, err := vslcan.New(socket.open, vslcan.Options{Name: name, Fault: fault})
	if err != nil {
		return nil, err
	}
	return plugIn(ctx, u, &standIn{dongle: d, socket: socket})
}

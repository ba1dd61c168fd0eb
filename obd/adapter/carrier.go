package adapter

import (
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// Carrier is a Controller that has an ISO-TP of its own, to be used in place
// of an isotp.Link.
type Carrier interface {
	Controller
	// Carry puts a link upon a bus that OpenBus gave, or upon what wraps that.
	// Closing the link closes the bus; if there is an error it stays open.
	Carry(bus can.Bus) (CarriedLink, error)
}

// CarriedLink is a link that also tells what it has seen of the bus.
type CarriedLink interface {
	transport.Link
	Stats() isotp.Stats
}

package car

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/uds"
)

// gatewayLatency is how long a gateway takes to refuse.
const gatewayLatency = 5 * time.Millisecond

// gate puts the unit's gateway in front of it.
func (c *Car) gate(u *Unit, unit vecu.Handler) vecu.Handler {
	if u.Behind == "" || len(c.scenario.Unit(u.Behind).Gateway.Refuses) == 0 {
		return unit
	}
	refuses := c.scenario.Unit(u.Behind).Gateway.Refuses
	return vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
		for i := range refuses {
			if refuses[i].Request.Begins(r.Data) {
				return refuses[i].reply(r.Data[0])
			}
		}
		return unit.Serve(r)
	})
}

func (f *Refusal) reply(service byte) vecu.Reply {
	if f.Code == nil {
		return vecu.Reply{}
	}
	return vecu.Reply{Data: []byte{uds.ServiceNegativeResponse, service, byte(*f.Code)}, Latency: gatewayLatency}
}

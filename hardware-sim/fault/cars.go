package fault

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/uds"
)

// Supply voltages below the limits at which a tester warns and stops, in mV.
const (
	lowSupply   = 12_000
	emptySupply = 11_500
	usualSpeed  = 30 // km/h
)

// carFaults happen to the car as a whole, most of them in the middle.
func carFaults() []Fault {
	return group{
		{Name: "car-falls-asleep", Text: "The car falls asleep in the middle of the inspection; the next frame wakes it.", prepare: striking(func(h Hands) { h.Sleep(0) })},
		{Name: "car-hard-to-wake", Text: "The car is asleep, and a frame must be repeated for four seconds until it wakes.", prepare: func(in *Injection) {
			in.begin = func(_ *vbus.Segment, h Hands) error {
				in.did()
				h.Sleep(4 * time.Second)
				return nil
			}
		}},
		{Name: "supply-sags", Needs: NeedsSupply, Text: "The supply falls to 12.0 V in the middle of the inspection.", prepare: striking(func(h Hands) { h.Supply(lowSupply) })},
		{Name: "supply-collapses", Needs: NeedsSupply, Text: "The supply falls to 11.5 V in the middle of the inspection.", prepare: striking(func(h Hands) { h.Supply(emptySupply) })},
		{Name: "ignition-off", Needs: NeedsIgnition, Text: "Somebody switches the ignition off in the middle of the inspection.", prepare: striking(Hands.IgnitionOff)},
		{Name: "gateway-refuses", Needs: NeedsGateway, Text: "The gateway closes in the middle of the inspection and refuses (33) for the units behind it.", prepare: func(in *Injection) {
			in.reply = in.shut(refusing(uds.SecurityAccessDenied))
		}},
		{Name: "gateway-swallows", Needs: NeedsGateway, Text: "The gateway closes in the middle of the inspection and swallows what goes to the units behind it.", prepare: func(in *Injection) {
			in.reply = in.shut(func(c *call) { c.reply = vecu.Reply{} })
		}},
		{Name: "car-drives-off", Needs: NeedsSpeed, Text: "The car starts to move in the middle of the inspection.", prepare: striking(func(h Hands) { h.Drive(usualSpeed) })},
		{Name: "socket-pulled", Text: "The plug is pulled out of the OBD socket in the middle of the inspection.", prepare: striking(Hands.Isolate)},
		{Name: "adapter-unplugged", Text: "The adapter is pulled out of the computer in the middle of the inspection.", prepare: striking(Hands.Unplug)},
	}.at(Car)
}

// striking does something once, in the middle.
func striking(do func(Hands)) func(*Injection) {
	return func(in *Injection) { in.strike = do }
}

// shut spoils what units behind a gateway do, from the middle on.
func (in *Injection) shut(do func(*call)) func(*call) {
	return func(c *call) {
		if !c.unit.Behind || in.asked < middle {
			c.serve()
			return
		}
		in.hit()
		do(c)
	}
}

package elm327

import "github.com/untether-obd/untether/obd/adapter"

// Lacks has the driver take its dongle for one that lacks frames of our making,
// and an STN's commands.
func (d *Dongle) Lacks() {
	d.chip.caps.Raw, d.chip.caps.Messages = No, No
}

// Unheard says that nothing was heard after the last request of a link.
func Unheard(l adapter.CarriedLink) bool { return l.(*link).unheard }

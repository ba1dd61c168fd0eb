package elm327

// Lacks has the driver take its dongle for one that lacks frames of our making,
// and an STN's commands.
func (d *Dongle) Lacks() {
	d.chip.caps.Raw, d.chip.caps.Messages = No, No
}

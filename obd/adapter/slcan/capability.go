package slcan

import "context"

// Capabilities is what a dongle showed of itself when it was opened.
type Capabilities struct {
	Name         string // what it calls itself
	Acknowledges bool   // it answers each command, so that what is lost is noticed
	FD           bool   // it has CAN FD
}

// Capabilities gives what was learned of the dongle.
func (d *Dongle) Capabilities() Capabilities {
	return Capabilities{Name: d.device.name, Acknowledges: d.device.acks, FD: d.device.fd}
}

// Ping asks the dongle for its version, of which the car hears nothing. It
// gives what it said, and how many bytes that took on the line, both ways.
func (d *Dongle) Ping(ctx context.Context) (said string, bytes int, err error) {
	w, err := d.dialogue.ask(ctx, "V", kindVersion|kindText)
	if err != nil {
		return "", 0, err
	}
	return w.text, len("V\r") + len(w.text) + len("\r"), nil
}

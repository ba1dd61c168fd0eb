package elm327

import "context"

// Ping asks the chip for its name, of which the car hears nothing. It gives
// what the chip said, and how many bytes that took on the line, both ways.
func (d *Dongle) Ping(ctx context.Context) (said string, bytes int, err error) {
	if err := d.take(ctx); err != nil {
		return "", 0, err
	}
	defer d.letGo()
	const command = "ATI"
	r, err := d.chip.do(ctx, command, wait{})
	if err != nil {
		return "", 0, err
	}
	bytes = len(command) + len("\r\r>")
	for i := range r.lines {
		bytes += len(r.lines[i].text) + len("\r")
	}
	return r.text(), bytes, nil
}

package elm327

import (
	"context"
	"fmt"
)

// Said has the chip obey a command, which no driver sends by itself, and gives
// what it printed: lines of data as data, all else as text.
func (d *Dongle) Said(ctx context.Context, command string) (data, texts []string, err error) {
	if err := d.take(ctx); err != nil {
		return nil, nil, err
	}
	defer d.letGo()
	r, err := d.chip.do(ctx, command, wait{})
	for _, l := range r.lines {
		if l.kind == kindData {
			data = append(data, fmt.Sprintf("%03X % X", l.id, l.data))
		} else {
			texts = append(texts, l.text)
		}
	}
	return data, texts, err
}

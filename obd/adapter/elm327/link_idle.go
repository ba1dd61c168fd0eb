package elm327

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// idleLimit is how long a dongle behind a network may be left alone: some end
// the connection, and one that has gone tells nobody.
const idleLimit = 10 * time.Second

// attend asks a dongle behind a network for its voltage now and then, as long
// as nobody else asks it anything. The car hears nothing of it.
func (d *Dongle) attend(ctx context.Context) {
	t := time.NewTicker(idleLimit)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		select {
		case d.wire <- struct{}{}:
		default:
			continue // it is in use
		}
		_, err := d.chip.do(ctx, "ATRV", wait{})
		d.letGo()
		if err = d.gone(err); err != nil {
			d.lose(err)
			return
		}
	}
}

// gone gives err if the dongle is of no use any more, else nil. Behind a
// network a chip that answers nothing cannot be told from one that has gone.
func (d *Dongle) gone(err error) error {
	var locked *LockedUpError
	switch {
	case !gone(err):
		return nil
	case d.baud == 0 && errors.As(err, &locked):
		return &serialport.LostError{Port: d.opts.URI, Err: err}
	}
	return err
}

// lose ends the link.
func (d *Dongle) lose(err error) {
	d.mu.Lock()
	l := d.link
	d.mu.Unlock()
	if l != nil {
		l.end(err)
	}
}

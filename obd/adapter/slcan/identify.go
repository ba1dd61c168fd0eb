package slcan

import (
	"context"
	"errors"
	"strings"
)

// device is what was learned of a dongle.
type device struct {
	name    string // what it calls itself
	acks    bool   // it answers commands
	canable bool   // it knows M and not L, and has CANable's bit rates
	fd      bool   // it knows d, D, b, B and Y
}

// identify leaves the bus that a former user may have left open, and learns
// who is there. The first C may only complete a line that somebody began; the
// second is a command for sure.
func identify(ctx context.Context, d *dialogue) (*device, error) {
	dev := &device{}
	for range 2 {
		w, err := d.first(ctx, "C", kindDone)
		if err != nil {
			return nil, err
		}
		dev.acks = dev.acks || w.kind != 0
	}
	if err := dev.version(ctx, d); err != nil {
		return nil, err
	}
	d.barrier = dev.name != ""
	if dev.acks {
		w, err := d.first(ctx, "N", kindText)
		if err != nil {
			return nil, err
		}
		dev.name = strings.TrimSpace(dev.name + " " + w.text)
	}
	return dev, nil
}

// version asks V, and once more where nothing comes.
func (dev *device) version(ctx context.Context, d *dialogue) error {
	var w word
	for range 2 {
		var err error
		if w, err = d.first(ctx, "V", kindVersion|kindText); err != nil {
			return err
		}
		if w.kind != 0 {
			break
		}
	}
	text := strings.ToLower(w.text)
	switch {
	case w.kind == 0, w.foul: // or the port has another speed
		return ErrSilent
	case !dev.acks && !strings.Contains(text, "can"):
		return &ForeignError{Said: w.text}
	}
	dev.name = w.text
	dev.canable = strings.Contains(text, "canable") || strings.Contains(text, "cantact")
	dev.fd = strings.Contains(text, "canable2") || strings.Contains(text, "canable-2")
	return nil
}

// first asks somebody who may not know us: no answer is a word of no kind, and
// words that no SLCAN dongle says are a *ForeignError.
func (d *dialogue) first(ctx context.Context, command string, kinds kind) (word, error) {
	if err := d.take(ctx); err != nil {
		return word{}, err
	}
	defer d.leave()
	w, err := d.exchange(append([]byte(command), cr), kinds|kindText)
	for err == nil && w.kind == kindText {
		if strings.ContainsAny(w.text, "?>") {
			return word{}, &ForeignError{Said: w.text}
		}
		if kinds&kindText != 0 {
			break
		}
		w, err = d.await(kinds | kindText)
	}
	d.late = false
	if errors.Is(err, errMissing) {
		return word{}, ctx.Err()
	}
	return w, err
}

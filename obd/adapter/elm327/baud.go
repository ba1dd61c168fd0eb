package elm327

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// usualBauds is the order in which dongles are looked for.
var usualBauds = []int{38400, 9600, 115200, 230400, 57600, 500000, 2000000}

// How long a chip is looked for: 600 ms at the first speed, 250 ms at each of
// seven others, or twice 900 ms where the port has no speed.
const (
	firstLimit  = 300 * time.Millisecond
	callLimit   = 250 * time.Millisecond
	slowLimit   = 900 * time.Millisecond
	rubbishEnds = 100 * time.Millisecond // after the last byte that made no sense
)

// bauds is the order for one dongle: what the user named, at which it was
// found, at which an interrupted session may have left it, the usual ones.
func bauds(named int, kept record) []int {
	order := make([]int, 0, len(usualBauds)+3)
	for _, b := range append([]int{named, kept.Baud, kept.Fast}, usualBauds...) {
		if b > 0 && !slices.Contains(order, b) {
			order = append(order, b)
		}
	}
	return order[:min(len(order), 8)]
}

// hunt finds the speed at which the chip answers.
func (c *chip) hunt(ctx context.Context, order []int) error {
	if c.port.Baud() == 0 {
		order = nil
	}
	none := &NoDongleError{Seen: SeenNothing, Bauds: order}
	for i := range max(len(order), 1) {
		limit, calls := callLimit, 1
		if i == 0 {
			limit, calls = firstLimit, 2 // the first may end what an earlier session left
		}
		if len(order) == 0 {
			limit = slowLimit
		} else if err := c.port.SetBaud(ctx, order[i]); err != nil {
			return err
		}
		for range calls {
			found, err := c.call(ctx, limit, none)
			if found && err == nil {
				err = c.hush(ctx, newTurn(time.Now(), 0, wait{})) // it may answer an earlier call too
			}
			if found || err != nil {
				return err
			}
		}
	}
	return none
}

// call sends what no chip knows and looks whether one says so. What it sees
// otherwise is noted in none.
func (c *chip) call(ctx context.Context, limit time.Duration, none *NoDongleError) (bool, error) {
	c.in = lines{}
	if err := c.write(ctx, junk); err != nil {
		return false, err
	}
	begin := time.Now()
	t := newTurn(begin, c.serial(len(junk)+1), wait{quiet: limit, total: limit})
	var heard heard
	for {
		l, err := c.next(ctx, t)
		switch {
		case errors.Is(err, errQuiet), errors.Is(err, errOver):
			heard.tell(none, c.in.bytes)
			return heard.unknown, nil // its prompt may have got lost
		case err != nil:
			return false, err
		case l.kind == kindPrompt && heard.sense:
			c.synced = heard.unknown
			return true, nil
		}
		heard.note(l)
		if c.in.bytes > 0 && !heard.sense {
			t.quiet = min(t.quiet, rubbishEnds)
		}
	}
}

// heard is what one call was answered with.
type heard struct {
	sense   bool // a word of a chip, a banner, a line of data
	unknown bool // `?`
	text    string
}

func (h *heard) note(l line) {
	if l.kind == kindWord || l.kind == kindBanner {
		h.sense = true
	}
	h.unknown = h.unknown || l.word == wordUnknown
	if h.text == "" && l.kind == kindText && !l.rubbish && len(l.text) > 2 {
		h.text = l.text
	}
}

// tell notes what was heard, the most telling of all speeds.
func (h *heard) tell(none *NoDongleError, bytes int) {
	switch {
	case h.text != "":
		none.Seen, none.Text = SeenOther, strings.TrimSpace(h.text)
	case bytes > 0 && none.Seen == SeenNothing:
		none.Seen = SeenGarbage
	}
}

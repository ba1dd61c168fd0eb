package inspect

import (
	"errors"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/telematics"
)

// errGone ends an inspection because nobody is on the bus any more: a result,
// told by a finding.
var errGone = errors.New("inspect: nobody acknowledges any more")

// goneAfter frames in a row that nobody acknowledged, each for a second, the
// car is gone.
const goneAfter = 3

// heed makes the last of several unacknowledged frames the end.
func (p *pass) heed(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case errors.Is(err, transport.ErrNoAck):
		p.unheard++
	case spoke(err), silence(err):
		p.unheard = 0
	}
	if p.unheard >= goneAfter {
		return errGone
	}
	return err
}

// What counts as a sick bus: errors of which there are many, or which took our
// own controller half out of service.
const manyErrors = 100

// full is the share of the wire above which answers come late.
const full = 0.7

// suffered tells what the bus went through since it was joined.
func (p *pass) suffered(before, after adapter.Health) {
	tell := func(id telematics.FindingID, n uint64, args ...any) {
		if n > 0 {
			p.find(id, "", args...)
		}
	}
	errs := after.Errors - before.Errors
	if errs >= manyErrors || after.Passive > before.Passive {
		tell(telematics.BusErrors, errs)
	} else {
		tell(telematics.FramesRepeated, errs, errs)
	}
	ignored := after.Ignored - before.Ignored
	tell(telematics.FramesIgnored, ignored, ignored)
	tell(telematics.AnotherTester, after.Testers-before.Testers)
	tell(telematics.FDTraffic, after.FD-before.FD)
	p.adapterSuffered(after.Resets-before.Resets, after.Overruns-before.Overruns, after.Garbled-before.Garbled)
	if !p.found(telematics.NotAcknowledged) {
		tell(telematics.FellAsleep, after.Unheard-before.Unheard)
	}
}

package replay

import (
	"context"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// player answers as the car in a recording did: it replays actively.
type player struct {
	recording *recording
	tape      *tape.Tape
	speed     float64
}

var _ adapter.Past = (*player)(nil)

func (p *player) Info() adapter.Info { return p.recording.Info() }

func (p *player) Close() error { return p.recording.Close() }

// OpenLink gives a link on which the recording answers. Each goes on where
// the last one stood.
func (p *player) OpenLink(context.Context) (transport.Link, error) {
	if p.recording.closed.Load() {
		return nil, can.ErrClosed
	}
	return &link{tape: p.tape, speed: p.speed, closed: make(chan struct{})}, nil
}

func (p *player) Past() adapter.History {
	f := p.tape.Facts()
	return adapter.History{
		Began: f.Began, Took: f.Took, Quiet: f.Quiet, Woken: f.Woken, Errors: f.Errors,
		Redacted: f.Redacted,
		Remarks:  f.Remarks, First: f.First, Full: p.tape.Full, Health: p.tape.Health,
		InUse: func(a transport.Address) bool {
			return p.tape.Heard(a.TX, a.Extended) || p.tape.Heard(a.RX, a.Extended)
		},
	}
}

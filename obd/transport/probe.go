package transport

import (
	"context"

	"github.com/untether-obd/untether/obd/can"
)

// Prober is the ability of a Link to ask many addresses without a Conn for
// each, and to hear whatever is on the bus meanwhile. A link to which frames
// are hidden does not have it.
type Prober interface {
	// Probe begins a probing; a link has one at a time. From then on hear is
	// told in order what the link notices, never by two goroutines at once,
	// and no more once Close has returned. It must neither block nor call the
	// Probing.
	Probe(hear func(Heard)) (Probing, error)
}

// Probing sends probes. It is safe for use by several goroutines.
type Probing interface {
	// Send returns when the probe is queued; that it is on the wire is heard,
	// as a frame that is Own. A failure is an *OpError.
	Send(ctx context.Context, p Probe) error

	// Close ends the probing, not the link. It may be called again.
	Close() error
}

// Probe is a request in a single frame.
type Probe struct {
	Address Address // what it says of the response does not matter
	Pad     Padding
	Message []byte
}

// Heard is what a link noticed: a frame of others, the confirmation of one of
// ours (Own) or a controller's report (flag Error); or, instead, that frames
// were lost or that the link has ended.
type Heard struct {
	can.Rx
	Dropped uint64 // frames lost because they were read too slowly
	Err     error  // why nothing more will be heard
}

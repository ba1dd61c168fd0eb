package guard

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/transport"
)

// Supply measures the voltage at the connector, as transport.Supply. The car is
// asked nothing. A link that cannot measure gives an error that matches
// errors.ErrUnsupported.
func (g *Link) Supply(ctx context.Context) (millivolts int, err error) {
	meter, ok := g.inner.(transport.Supply)
	if !ok {
		return 0, &transport.OpError{Op: "supply", Sent: transport.SentNo, Err: errors.ErrUnsupported}
	}
	return meter.Supply(ctx)
}

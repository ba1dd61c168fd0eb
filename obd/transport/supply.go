package transport

import "context"

// Supply is the ability of a Link to measure the car's supply voltage at the
// connector. What it says is only as good as the adapter: cheap ones are off by
// half a volt.
type Supply interface {
	// Supply measures. A failure is an *OpError.
	Supply(ctx context.Context) (millivolts int, err error)
}

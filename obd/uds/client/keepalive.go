package client

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const (
	// keepAliveIdle is how long a conversation rests before a 3E 80: well
	// within S3, and long enough to be in no message.
	keepAliveIdle = 2 * time.Second
	// keepAliveRetry follows a 3E 80 that could not be sent.
	keepAliveRetry = 500 * time.Millisecond
)

var testerPresent = []byte{uds.ServiceTesterPresent, 0x80}

// keepAlive sends 3E 80 whenever nothing was said for keepAliveIdle.
func (c *Client) keepAlive(ctx context.Context) {
	t := time.NewTimer(keepAliveIdle)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			t.Reset(c.beat(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// beat sends a 3E 80 if it is time and tells when to look again. A session
// that is lost after all is noticed by the next read.
func (c *Client) beat(ctx context.Context) time.Duration {
	select {
	case c.turn <- struct{}{}:
		defer c.leave()
	case <-ctx.Done():
		return keepAliveIdle
	}
	if left := keepAliveIdle - time.Since(c.quiet); left > 0 {
		return left
	}
	if err := c.conn.Send(ctx, testerPresent, transport.Want{}); err != nil {
		return keepAliveRetry
	}
	c.quiet = time.Now()
	return keepAliveIdle
}

package tunnel

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
	"github.com/untether-obd/untether/obd/can"
)

// tick is the least that a limit is passed or missed by.
const tick = time.Nanosecond

// bench is a Server whose controllers the test has in its hands.
type bench struct{ *remotetest.Bench[Event] }

func serving(t *testing.T) bench {
	t.Helper()
	b := bench{remotetest.NewBench[Event](func(context.Context, can.Frame) error { return nil })}
	b.Serve(t, (&Server{Title: "a bench", Open: b.Open, Watch: b.Watch}).Serve)
	return b
}

// client joins over a pipe.
func (b bench) client(t *testing.T) *Tunnel {
	t.Helper()
	c, err := join(t.Context(), b.Dial(t), "unix:bench")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// bus opens a bus and gives both ends.
func (b bench) bus(t *testing.T, c *Tunnel) (can.Bus, *remotetest.Controller) {
	t.Helper()
	bus, err := c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.NoError(t, err)
	return bus, <-b.Opens
}

// say writes a script from the other end, as a person with nc would.
func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := conn.Write([]byte(text))
	require.NoError(t, err)
}

// hear reads a line from the other end.
func hear(t *testing.T, in *inlet) line {
	t.Helper()
	l, err := in.next()
	require.NoError(t, err)
	return l
}

package car_test

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// drive runs a built-in car in virtual time.
func drive(t *testing.T, name string, run func(t *testing.T, c *car.Car)) {
	t.Helper()
	s, err := car.Load(name)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		c, err := car.Start(s, car.Options{Seed: 1})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		run(t, c)
	})
}

// tester is a good client at the socket.
type tester struct {
	t    *testing.T
	link *isotp.Link
}

func connect(t *testing.T, c *car.Car) *tester {
	t.Helper()
	bus, err := c.Connect(500_000, false)
	require.NoError(t, err)
	l := isotp.NewLink(bus)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return &tester{t, l}
}

// message is what a tester received, and how long it took.
type message struct {
	data  string
	after time.Duration
}

// p2Star is patient enough for every simulated unit.
const p2Star = 5 * time.Second

// exchange sends a request and gives everything that comes until the unit has
// said its last word.
func (x *tester) exchange(address, request string) (all []message) {
	x.t.Helper()
	conn, err := x.link.Dial(x.t.Context(), transport.MustAddress(address), transport.Params{})
	require.NoError(x.t, err)
	defer conn.Close()
	require.NoError(x.t, conn.Send(x.t.Context(), bytesOf(x.t, request), transport.Want{Answers: -1}))
	begin, wait := time.Now(), 250*time.Millisecond
	for {
		m, err := conn.Recv(x.t.Context(), wait)
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
			return all
		}
		require.NoError(x.t, err)
		all = append(all, message{strings.ToUpper(hex.EncodeToString(m.Data)), m.First.Sub(begin)})
		if len(m.Data) != 3 || m.Data[0] != 0x7F || m.Data[2] != 0x78 {
			wait = 250 * time.Millisecond
			if !transport.MustAddress(address).Functional() {
				return all
			}
			continue
		}
		wait = p2Star
	}
}

// ask gives the last word of a unit, as upper-case hex; empty: none.
func (x *tester) ask(address, request string) string {
	x.t.Helper()
	all := x.exchange(address, request)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].data
}

func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

// text is the hex of a text.
func text(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }

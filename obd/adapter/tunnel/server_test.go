package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
	"github.com/untether-obd/untether/obd/can"
)

func TestOneClientAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		for range 3 {
			c := b.client(t)
			require.Equal(t, adapter.Info{URI: "unix:bench", Kind: adapter.KindCAN, Description: "a bench"}, c.Info())
			_, controller := b.bus(t, c)
			require.NoError(t, c.Close())
			<-controller.Closed
		}
		require.Equal(t, []Event{{Kind: Joined}, {Kind: Left}, {Kind: Joined}, {Kind: Left}, {Kind: Joined}, {Kind: Left}}, b.Seen())
	})
}

func TestSecondClientIsTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		first := b.client(t)
		_, err := join(t.Context(), b.Dial(t), "unix:bench")
		require.ErrorIs(t, err, ErrBusy)
		b.bus(t, first)
		synctest.Wait()
		require.Equal(t, []Event{{Kind: Joined}, {Kind: TurnedAway}}, b.Seen())
	})
}

func TestClientThatGoesWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		conn := b.Dial(t)
		hear(t, newInlet(conn))
		say(t, conn, "open a 500000\n")
		controller := <-b.Opens
		require.NoError(t, conn.Close())
		<-controller.Closed
		synctest.Wait()
		require.Equal(t, []Event{{Kind: Joined}, {Kind: Left}}, b.Seen())
		b.client(t)
	})
}

// TestWhatAClientMayNotSay: it is told why, its bus is closed, and the next
// client is served.
func TestWhatAClientMayNotSay(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown word":         "hello\n",
		"an empty line":           "\n",
		"a line without end":      strings.Repeat("x", maxLine+1),
		"a server's word":         "opened a\n",
		"a frame":                 "(1732204044.540800123) a 123#00\n",
		"no bit rate":             "open a 9000000000000000000\n",
		"a frame without a bus":   "close a\nsend 1 123#00\n",
		"more than may wait":      strings.Repeat("send 1 123#00\n", window+2),
		"a frame that is invalid": "send 1 FFF#00\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := serving(t)
				b.Take = func(ctx context.Context, _ can.Frame) error {
					<-ctx.Done()
					return ctx.Err()
				}
				conn := b.Dial(t)
				in := newInlet(conn)
				require.Equal(t, greeting, hear(t, in).verb)
				say(t, conn, "open a 500000\n")
				require.Equal(t, opened, hear(t, in).verb)
				controller := <-b.Opens
				go func() { _, _ = conn.Write([]byte(text)) }() // the server need not read all of it
				last := hear(t, in)
				require.Equal(t, wrong, last.verb)
				require.NotEmpty(t, last.text)
				_, err := in.next()
				require.ErrorIs(t, err, io.EOF)
				<-controller.Closed
				synctest.Wait()
				require.Len(t, b.Seen(), 2)
				require.NotNil(t, b.Seen()[1].Err)
				b.bus(t, b.client(t))
			})
		})
	}
}

func TestAPersonCanReadIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		conn := b.Dial(t)
		in := newInlet(conn)
		require.Equal(t, line{verb: greeting, n: version, text: "a bench"}, hear(t, in))
		say(t, conn, "open a 250000 listen\r\n")
		require.Equal(t, line{verb: opened, bus: "a"}, hear(t, in))
		controller := <-b.Opens
		require.Equal(t, adapter.BusConfig{Bitrate: 250_000, ListenOnly: true}, controller.Config)
		say(t, conn, "send 5 123#0102\n")
		require.Equal(t, line{verb: sent, n: 5}, hear(t, in))
		controller.Reports <- remotetest.Report{Rx: can.Rx{Frame: can.NewFrame(0x123, 1), Time: at, Own: true}}
		require.Equal(t, line{verb: frame, bus: "a", rx: can.Rx{Frame: can.NewFrame(0x123, 1), Time: at, Own: true}}, hear(t, in))
		say(t, conn, "close b\nclose a\nbye\n")
		<-controller.Closed
		_, err := in.next()
		require.ErrorIs(t, err, io.EOF)
	})
}

// TestServeEnds with its context: the client loses its bus, and nothing runs on.
func TestServeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		bus, controller := b.bus(t, b.client(t))
		b.End()
		_, err := bus.Recv(t.Context())
		var lost *LostError
		require.ErrorAs(t, err, &lost)
		<-controller.Closed
		<-b.Closed
	})
}

func TestServeFailsWithItsListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := remotetest.NewBench[Event](nil)
		served := make(chan error, 1)
		server := &Server{Open: l.Open}
		go func() { served <- server.Serve(t.Context(), l) }()
		conn := l.Dial(t)
		in := newInlet(conn)
		hear(t, in)
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-served, net.ErrClosed)
		_, err := in.next()
		require.ErrorIs(t, err, io.EOF, "the client was hung up on")
	})
}

// FuzzServer holds a server to its bounds, whatever a client says: it ends
// with the connection, and no bus stays open.
func FuzzServer(f *testing.F) {
	f.Add("open a 500000\nsend 1 123#00\nclose a\nbye\n")
	f.Add("open a 1\nopen b 2 listen\nsend 1 123#00\nsend 2 123##000\n")
	f.Add("hello\n")
	f.Fuzz(func(t *testing.T, text string) {
		var open []*remotetest.Controller
		server := &Server{Open: func(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
			if c.Bitrate == 0 {
				return nil, errors.New("no")
			}
			open = append(open, remotetest.NewController(c, func(context.Context, can.Frame) error { return can.ErrDown }))
			return open[len(open)-1], nil
		}}
		mine, theirs := net.Pipe()
		over := make(chan struct{})
		go func() {
			server.serve(t.Context(), theirs)
			close(over)
		}()
		go func() { _, _ = io.Copy(io.Discard, mine) }()
		_, _ = fmt.Fprint(mine, text)
		require.NoError(t, mine.Close())
		<-over
		for _, c := range open {
			<-c.Closed
		}
	})
}

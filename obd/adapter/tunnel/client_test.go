package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
	"github.com/untether-obd/untether/obd/can"
)

func TestGreetingInTime(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		ok    bool
	}{"one tick before": {greetLimit - tick, true}, "one tick after": {greetLimit + tick, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mine, theirs := net.Pipe()
				var far sync.WaitGroup
				defer far.Wait()
				defer theirs.Close()
				far.Go(func() {
					time.Sleep(c.after)
					_, _ = theirs.Write([]byte("untether-bus 1 x\n"))
					_, _ = io.Copy(io.Discard, theirs)
				})
				tun, err := join(t.Context(), mine, "unix:x")
				if c.ok {
					require.NoError(t, err)
					require.NoError(t, tun.Close())
					return
				}
				var bad *ProtocolError
				require.ErrorAs(t, err, &bad)
				require.NoError(t, mine.Close())
			})
		})
	}
}

func TestGreetingWaitsAsLongAsItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, _ := net.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := join(ctx, mine, "unix:x")
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// TestGreetingsRefused: whoever is there, it is no server of ours.
func TestGreetingsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"another version":    "untether-bus 2 x\n",
		"another word":       "opened a\n",
		"another protocol":   "SSH-2.0-OpenSSH_9.6\r\n",
		"a line without end": strings.Repeat("x", maxLine+1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mine, theirs := net.Pipe()
				go func() { _, _ = theirs.Write([]byte(text)) }()
				_, err := join(t.Context(), mine, "unix:x")
				var bad *ProtocolError
				require.ErrorAs(t, err, &bad)
				require.NoError(t, mine.Close())
			})
		})
	}
}

// stranger is the other end of a tunnel, with a bus open, in the test's hands.
func stranger(t *testing.T) (theirs net.Conn, in *inlet, tun *Tunnel, b can.Bus) {
	t.Helper()
	mine, theirs := net.Pipe()
	go func() { _, _ = theirs.Write([]byte("untether-bus 1 x\n")) }()
	tun, err := join(t.Context(), mine, "unix:x")
	require.NoError(t, err)
	in = newInlet(theirs)
	go func() {
		if _, err := in.next(); err == nil {
			_, _ = theirs.Write([]byte("opened can1 echo\n"))
		}
	}()
	b, err = tun.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.NoError(t, err)
	synctest.Wait()
	t.Cleanup(func() {
		_ = theirs.Close()
		require.NoError(t, tun.Close())
	})
	return theirs, in, tun, b
}

func TestWhatAServerMayNotSay(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown word":       "hello\n",
		"a client's word":       "send 1 123#00\n",
		"a second greeting":     "untether-bus 1 x\n",
		"busy, too late":        "busy\n",
		"a line without end":    strings.Repeat("x", maxLine+1),
		"we are not understood": "error what\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				theirs, _, tun, b := stranger(t)
				go func() { _, _ = theirs.Write([]byte(text)) }()
				_, err := b.Recv(t.Context())
				var bad *ProtocolError
				require.ErrorAs(t, err, &bad)
				require.ErrorIs(t, err, net.ErrClosed)
				_, err = tun.OpenBus(t.Context(), adapter.BusConfig{})
				require.ErrorAs(t, err, &bad, "and so does everything after it")
			})
		})
	}
}

// TestLinesThatTellNothing: of other buses and other sends, or twice.
func TestLinesThatTellNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		theirs, _, _, b := stranger(t)
		text := "sent 99\nfailed 98 down\nopened can1\nopened can1\nrefused can9 down\n" +
			"(1.000000000) can9 123#09\ndropped can9 4\nended can9 down\n(1.000000000) can1 123#01\nended can1 down\nended can1 closed\n" +
			"(1.000000000) can1 123#02\ndropped can1 4\n"
		go func() { _, _ = theirs.Write([]byte(text)) }()
		rx, err := b.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, can.NewFrame(0x123, 1), rx.Frame)
		for range 2 {
			_, err = b.Recv(t.Context())
			require.Equal(t, can.ErrDown, err, "the last word, again and again")
		}
	})
}

// TestPeerVanishes: whoever waits is told at once.
func TestPeerVanishes(t *testing.T) {
	for name, wait := range map[string]func(ctx context.Context, tun *Tunnel, b can.Bus) error{
		"Recv": func(ctx context.Context, _ *Tunnel, b can.Bus) error { _, err := b.Recv(ctx); return err },
		"Send": func(ctx context.Context, _ *Tunnel, b can.Bus) error { return b.Send(ctx, can.NewFrame(1)) },
		"Send in a full window": func(ctx context.Context, _ *Tunnel, b can.Bus) error {
			for range window {
				short, cancel := context.WithTimeout(ctx, time.Millisecond)
				_ = b.Send(short, can.NewFrame(1))
				cancel()
			}
			return b.Send(ctx, can.NewFrame(1))
		},
		"OpenBus": func(ctx context.Context, tun *Tunnel, _ can.Bus) error {
			_, err := tun.OpenBus(ctx, adapter.BusConfig{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				theirs, in, tun, b := stranger(t)
				go func() { _, _ = io.Copy(io.Discard, in.in) }()
				ended := make(chan error, 1)
				go func() { ended <- wait(t.Context(), tun, b) }()
				time.Sleep(time.Second)
				require.Empty(t, ended)
				began := time.Now()
				require.NoError(t, theirs.Close())
				err := <-ended
				require.Zero(t, time.Since(began))
				var lost *LostError
				require.ErrorAs(t, err, &lost)
				require.ErrorIs(t, err, io.EOF)
				require.ErrorIs(t, err, net.ErrClosed)
				_, err = tun.OpenBus(t.Context(), adapter.BusConfig{})
				require.ErrorAs(t, err, &lost, "and later calls too")
			})
		})
	}
}

// TestPeerThatStalls: a context ends the waiting, Close waits for a second.
func TestPeerThatStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, tun, b := stranger(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.Send(ctx, can.NewFrame(1)), context.DeadlineExceeded)
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := tun.OpenBus(ctx, adapter.BusConfig{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		began := time.Now()
		require.NoError(t, tun.Close())
		require.Equal(t, byeLimit, time.Since(began))
		_, err = tun.OpenBus(t.Context(), adapter.BusConfig{})
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

func TestErrorsOfTheController(t *testing.T) {
	boom := fmt.Errorf("vbus: tester: %w: no", can.ErrFrame)
	for _, want := range []error{can.ErrBusOffState, can.ErrDown, boom, errors.New("controller only listens")} {
		t.Run(want.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := serving(t)
				b.Take = func(context.Context, can.Frame) error { return want }
				tun := b.client(t)
				bus, controller := b.bus(t, tun)
				controller.Reports <- remotetest.Report{Err: want}
				_, received := bus.Recv(t.Context())
				b.Fail = want
				_, opened := tun.OpenBus(t.Context(), adapter.BusConfig{})
				b.Fail = nil
				bus, _ = b.bus(t, tun)
				for _, err := range []error{received, opened, bus.Send(t.Context(), can.NewFrame(1))} {
					require.EqualError(t, err, want.Error())
					require.Equal(t, errors.Is(want, can.ErrFrame), errors.Is(err, can.ErrFrame))
				}
			})
		})
	}
}

func TestReopening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		tun := b.client(t)
		first, one := b.bus(t, tun)
		one.Reports <- remotetest.Report{Rx: can.Rx{Frame: can.NewFrame(0x111), Time: at}}
		second, two := b.bus(t, tun)
		<-one.Closed
		_, err := first.Recv(t.Context())
		require.ErrorIs(t, err, can.ErrClosed, "the former bus is closed")
		two.Reports <- remotetest.Report{Rx: can.Rx{Frame: can.NewFrame(0x222), Time: at}}
		rx, err := second.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, can.Rx{Frame: can.NewFrame(0x222), Time: at}, rx, "and its frames are its own")
	})
}

// TestSlowReader: frames that do not fit are counted, in their place, and so
// are those that the controller lost.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		bus, controller := b.bus(t, b.client(t))
		numbered := func(i int) can.Frame { return can.NewFrame(0x123, byte(i>>8), byte(i)) }
		for i := range inDepth + 10 {
			controller.Reports <- remotetest.Report{Rx: can.Rx{Frame: numbered(i), Time: at}}
		}
		controller.Reports <- remotetest.Report{Err: &can.DroppedError{Count: 7}}
		synctest.Wait()
		for i := range inDepth {
			rx, err := bus.Recv(t.Context())
			require.NoError(t, err)
			require.Equal(t, numbered(i), rx.Frame)
		}
		_, err := bus.Recv(t.Context())
		require.Equal(t, &can.DroppedError{Count: 17}, err)
		controller.Reports <- remotetest.Report{Rx: can.Rx{Frame: numbered(1), Time: at}}
		rx, err := bus.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, numbered(1), rx.Frame)
	})
}

// FuzzClient holds a client to its bounds, whatever a server says: every call
// ends with the connection.
func FuzzClient(f *testing.F) {
	f.Add("opened can1 echo\nsent 1\n(1.000000000) can1 123#01 T\ndropped can1 3\nended can1 down\n")
	f.Add("refused can1 other no\n")
	f.Add("ended can1 down\nended can1 down\nopened can1\nopened can1\nfailed 1 bus-off\n")
	f.Add("error what\n")
	f.Fuzz(func(t *testing.T, text string) {
		mine, theirs := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		go func() {
			_, _ = fmt.Fprint(theirs, "untether-bus 1 x\n", text)
			_ = theirs.Close()
		}()
		tun, err := join(t.Context(), mine, "unix:x")
		require.NoError(t, err)
		if b, err := tun.OpenBus(t.Context(), adapter.BusConfig{}); err == nil {
			_ = b.Send(t.Context(), can.NewFrame(0x123))
			for err == nil || errors.As(err, new(*can.DroppedError)) {
				_, err = b.Recv(t.Context())
			}
		}
		require.NoError(t, tun.Close())
	})
}

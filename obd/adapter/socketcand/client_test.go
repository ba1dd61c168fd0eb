package socketcand

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
	"github.com/untether-obd/untether/obd/can"
)

const uri = "socketcand://pi:29536/can0"

var pi = endpoint{host: "pi", port: "29536", bus: "can0"}

// wired dials the other end of a pipe.
func wired(conn net.Conn) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) { return conn, nil }
}

// stranger is a server in the test's hands, with a client that has joined.
func stranger(t *testing.T) (*peer, *client) {
	t.Helper()
	mine, theirs := net.Pipe()
	p := newPeer(t, theirs)
	go func() { _, _ = theirs.Write([]byte("< hi >< ok >< ok >")) }()
	c, err := reach(t.Context(), wired(mine), pi, uri)
	require.NoError(t, err)
	require.Equal(t, "< open can0 >< rawmode >", p.heard())
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return p, c
}

// using is stranger, with a bus open.
func using(t *testing.T) (*peer, *client, can.Bus) {
	t.Helper()
	p, c := stranger(t)
	b, err := c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.NoError(t, err)
	return p, c, b
}

// TestGreetings: whoever is there, what it says first decides.
func TestGreetings(t *testing.T) {
	var (
		remote *RemoteError
		bad    *ProtocolError
	)
	for _, c := range []struct {
		rule, says string
		is         error
		as         any
	}{
		{rule: "a server of ours that is busy", says: "< error another client is on >", is: ErrBusy},
		{rule: "a refusal", says: "< error go away >", as: &remote},
		{rule: "a bus that is not there", says: "< hi >< error could not open bus >", as: &remote},
		{rule: "no raw mode", says: "< hi >< ok >< error unknown command >", as: &remote},
		{rule: "a web server", says: "<html><body>", as: &bad},
		{rule: "no words", says: "< >", as: &bad},
		{rule: "more than a greeting", says: "< hi there >", as: &bad},
		{rule: "an ok of frames", says: "< hi >< frame 123 1.0 00 >", as: &bad},
		{rule: "a message without end", says: "<" + strings.Repeat("x", maxElement+1), as: &bad},
		{rule: "another protocol", says: "SSH-2.0-OpenSSH_9.6\r\n", is: errHungUp},
		{rule: "nobody any more", is: errHungUp},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mine, theirs := net.Pipe()
				p := newPeer(t, theirs)
				go func() {
					_, _ = theirs.Write([]byte(c.says))
					if errors.Is(c.is, errHungUp) {
						_ = theirs.Close()
					}
				}()
				_, err := reach(t.Context(), wired(mine), pi, uri)
				if c.as != nil {
					require.ErrorAs(t, err, c.as)
				} else {
					require.ErrorIs(t, err, c.is)
				}
				require.True(t, p.hungUp(), "nothing is left open")
			})
		})
	}
}

// TestOpenLimit: dialling, greeting and opening have one limit together.
func TestOpenLimit(t *testing.T) {
	for name, c := range map[string]struct {
		dial, greet time.Duration
		want        error
	}{
		"one tick before": {openLimit / 2, openLimit/2 - tick, nil},
		"one tick after":  {openLimit / 2, openLimit/2 + tick, ErrSilent},
		"no connection":   {openLimit + tick, 0, ErrSilent},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mine, theirs := net.Pipe()
				newPeer(t, theirs)
				dial := func(ctx context.Context) (net.Conn, error) {
					select {
					case <-time.After(c.dial):
					case <-ctx.Done():
						return nil, errors.Join(ctx.Err(), mine.Close())
					}
					time.AfterFunc(c.greet, func() { _, _ = theirs.Write([]byte("< hi >< ok >< ok >")) })
					return mine, nil
				}
				got, err := reach(t.Context(), dial, pi, uri)
				if c.want != nil {
					require.ErrorIs(t, err, c.want)
					time.Sleep(time.Second)
					return
				}
				require.NoError(t, err)
				require.NoError(t, got.Close())
			})
		})
	}
	t.Run("and who calls may have less patience", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			mine, theirs := net.Pipe()
			newPeer(t, theirs)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := reach(ctx, wired(mine), pi, uri)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	})
}

// TestSilence: an end that says nothing is asked, and lost if it does not
// answer.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, b := using(t)
		time.Sleep(idle - tick)
		require.Empty(t, p.heard())
		time.Sleep(2 * tick)
		require.Equal(t, "< echo >", p.heard())
		time.Sleep(echoLimit - 2*tick)
		p.say(t, "< echo >")
		time.Sleep(idle + tick)
		require.Equal(t, "< echo >", p.heard(), "it is alive")
		time.Sleep(echoLimit)
		_, err := b.Recv(t.Context())
		require.ErrorIs(t, err, ErrSilent)
		require.ErrorIs(t, err, net.ErrClosed)
		require.True(t, p.hungUp())
	})
}

// TestHowAConnectionEnds: everything after it tells the same.
func TestHowAConnectionEnds(t *testing.T) {
	var (
		bad    *ProtocolError
		remote *RemoteError
	)
	for _, c := range []struct {
		rule, says string
		as         any // nil: it simply hung up
	}{
		{rule: "hung up on"},
		{rule: "with a word why", says: "< error the bus is gone >", as: &remote},
		{rule: "a frame that is none", says: "< frame 123 1.0 0 >", as: &bad},
		{rule: "a message without end", says: "< frame " + strings.Repeat("0", maxElement), as: &bad},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, client, b := using(t)
				p.say(t, "< frame 123 1.0 01 >"+c.says)
				if c.as == nil || c.as == any(&remote) {
					require.NoError(t, p.Close())
				}
				rx, err := b.Recv(t.Context())
				require.NoError(t, err, "what came before it counts")
				require.Equal(t, can.NewFrame(0x123, 1), rx.Frame)
				_, recv := b.Recv(t.Context())
				_, open := client.OpenBus(t.Context(), adapter.BusConfig{})
				for _, err := range []error{recv, b.Send(t.Context(), can.NewFrame(1)), open} {
					var lost *LostError
					require.ErrorAs(t, err, &lost)
					require.ErrorIs(t, err, net.ErrClosed)
					require.Equal(t, uri, lost.URI)
					if c.as != nil {
						require.ErrorAs(t, err, c.as)
					} else {
						require.ErrorIs(t, err, io.EOF)
					}
				}
			})
		})
	}
}

// TestWhatTellsNothing is passed over, and what does is not lost beside it.
func TestWhatTellsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, b := using(t)
		p.say(t, "< stat 1 2 3 4 >< ok >noise\r\n< echo >< hi ><>< fdframe 123 1.0 00 >< error unknown command >< pdu 1.0 00 >")
		p.say(t, "< error 02")
		p.say(t, "0 1.0 >< frame 18DAF110 1.5 02 >")
		rx, err := b.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, can.Frame{ID: can.ErrAck, Flags: can.Error}, rx.Frame)
		rx, err = b.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, can.NewFrame(0x18DAF110, 2), rx.Frame)
		require.Equal(t, time.Now(), rx.Time, "it is our time")
	})
}

func TestListenOnlySendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c := stranger(t)
		b, err := c.OpenBus(t.Context(), adapter.BusConfig{ListenOnly: true})
		require.NoError(t, err)
		require.ErrorIs(t, b.Send(t.Context(), can.NewFrame(0x7DF, 1)), errListenOnly)
		require.Empty(t, p.heard())
		p.say(t, "< frame 123 1.0 01 >")
		_, err = b.Recv(t.Context())
		require.NoError(t, err)
	})
}

// TestAnotherBus: opening again takes the frames over from the one before.
func TestAnotherBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c, former := using(t)
		p.say(t, "< frame 123 1.0 01 >")
		b, err := c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 250_000})
		require.NoError(t, err)
		_, err = former.Recv(t.Context())
		require.ErrorIs(t, err, net.ErrClosed)
		p.say(t, "< frame 123 1.1 02 >")
		rx, err := b.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, can.NewFrame(0x123, 2), rx.Frame)
		require.NoError(t, b.Send(t.Context(), can.NewFrame(0x7E0, 2, 1)))
		require.Equal(t, "< send 7E0 2 2 1 >", p.heard())
		require.NoError(t, c.Close())
		_, err = c.OpenBus(t.Context(), adapter.BusConfig{})
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

// TestKnownBitRate: what the other end is set to is known where the user says
// it, and not chosen.
func TestKnownBitRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, theirs := net.Pipe()
		newPeer(t, theirs)
		go func() { _, _ = theirs.Write([]byte("< hi >< ok >< ok >")) }()
		known := pi
		known.bitrate = 125_000
		c, err := reach(t.Context(), wired(mine), known, uri)
		require.NoError(t, err)
		_, err = c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
		require.Equal(t, &adapter.FixedBitrateError{Bitrate: 125_000, Wanted: 500_000}, err)
		_, err = c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 125_000})
		require.NoError(t, err)
		require.NoError(t, c.Close())
	})
}

func TestSlowReaderIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, b := using(t)
		p.say(t, strings.Repeat("< frame 123 1.0 01 >", inDepth+3))
		for range inDepth {
			_, err := b.Recv(t.Context())
			require.NoError(t, err)
		}
		_, err := b.Recv(t.Context())
		var lost *can.DroppedError
		require.ErrorAs(t, err, &lost)
		require.Equal(t, uint64(3), lost.Count)
		p.say(t, "< frame 123 1.0 02 >")
		rx, err := b.Recv(t.Context())
		require.NoError(t, err, "the bus goes on")
		require.Equal(t, can.NewFrame(0x123, 2), rx.Frame)
	})
}

// TestServerThatReadsNothing: Send waits, as long as one likes.
func TestServerThatReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, theirs := net.Pipe()
		defer theirs.Close()
		go func() {
			_, _ = theirs.Write([]byte("< hi >"))
			_, _ = theirs.Read(make([]byte, 100))
			_, _ = theirs.Write([]byte("< ok >"))
			_, _ = theirs.Read(make([]byte, 100))
			_, _ = theirs.Write([]byte("< ok >"))
		}()
		c, err := reach(t.Context(), wired(mine), pi, uri)
		require.NoError(t, err)
		b, err := c.OpenBus(t.Context(), adapter.BusConfig{})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sent := 0
		for err == nil {
			err = b.Send(ctx, can.NewFrame(1))
			sent++
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, sent, 3*remote.OutDepth)
		require.NoError(t, c.Close(), "and its end waits no longer than it says")
	})
}

// halves is a pipe of which one direction can be closed, in name.
type halves struct{ net.Conn }

func (halves) CloseWrite() error { return nil }

// TestServerThatStays is hung up on when it has had its time.
func TestServerThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, theirs := net.Pipe()
		p := newPeer(t, theirs)
		go func() { _, _ = theirs.Write([]byte("< hi >< ok >< ok >")) }()
		c, err := reach(t.Context(), wired(halves{mine}), pi, uri)
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, c.Close())
		require.Equal(t, byeLimit, time.Since(began))
		require.True(t, p.hungUp())
	})
}

// FuzzServer lets anybody say anything to a client.
func FuzzServer(f *testing.F) {
	f.Add("< frame 123 23.424242 1A220344 >< frame 123 1.0 >")
	f.Add("< error 020 1.0 >< error what >< fr< frame")
	f.Fuzz(func(t *testing.T, text string) {
		synctest.Test(t, func(t *testing.T) {
			p, _, b := using(t)
			p.say(t, text)
			require.NoError(t, p.Close())
			for {
				rx, err := b.Recv(t.Context())
				if errors.Is(err, net.ErrClosed) {
					return
				}
				if err == nil {
					require.NoError(t, rx.Frame.Validate())
				}
			}
		})
	})
}

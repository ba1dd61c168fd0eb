package socketcand

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/remote"
	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
	"github.com/untether-obd/untether/obd/can"
)

var (
	at    = time.Unix(23, 424242000)
	ours  = can.Rx{Frame: can.NewFrame(0x123, 0x1A, 0x22, 0x03, 0x44), Time: at}
	named = "< frame 123 23.424242 1A220344 >"
)

// TestDialogues: what clients say, and what they are told.
func TestDialogues(t *testing.T) {
	const no = "< error unknown command >"
	for _, c := range []struct {
		rule, says, hears string
		fail              error
		over              bool // it is hung up on
	}{
		{rule: "as python-can does", says: "< open can0 >< rawmode >", hears: "< ok >< ok >"},
		{rule: "any name", says: "<open x>", hears: "< ok >"},
		{rule: "a name too long", says: "< open 12345678901234567 >", hears: "< error could not open bus >", over: true},
		{rule: "no name", says: "< open >", hears: "< error could not open bus >", over: true},
		{rule: "two names", says: "< open a b >", hears: "< error could not open bus >", over: true},
		{rule: "a bus that does not open", says: "< open can0 >", hears: "< error could not open bus >", fail: can.ErrDown, over: true},
		{rule: "a second open", says: "< open can0 >< open can1 >< echo >", hears: "< ok >" + no + "< echo >"},
		{rule: "before open", says: "< rawmode >< bcmmode >< send 123 0 >< echo >", hears: no + no + no + "< echo >"},
		{rule: "an interface's settings", says: "< can0 B 500000 0 0 0 0 0 0 0 >< can0 C 1 0 0 >", hears: no + no},
		{rule: "the broadcast manager", says: "< open can0 >< subscribe 0 0 123 >< add 1 0 123 0 >", hears: "< ok >" + no + no},
		{rule: "modes that are not served", says: "< open can0 >< isotpmode >< controlmode >", hears: "< ok >" + no + no},
		{rule: "raw mode and back", says: "< open can0 >< rawmode >< rawmode >< bcmmode >", hears: "< ok >< ok >< ok >< ok >"},
		{rule: "a send of no sense", says: "< open can0 >< send 123 9 >< echo >", hears: "< ok >< error syntax error in send command >< echo >"},
		{rule: "nothing", says: "< >", hears: no},
		{rule: "noise", says: "GET / HTTP/1.1\r\n\r\n< echo >", hears: "< echo >"},
		{rule: "a message without end", says: "<" + strings.Repeat("x", 3*maxElement) + "< echo >", hears: "< error command too long >< echo >"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := serving(t)
				b.Fail = c.fail
				p := b.connect(t)
				p.say(t, c.says)
				require.Equal(t, "< hi >"+c.hears, p.heard())
				require.Equal(t, c.over, p.hungUp())
			})
		})
	}
}

func TestSentFramesReachTheBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, bus := serving(t).join(t)
		p.say(t, "< send 7e0 2 2 1 >< rawmode >< send 18DA10F1 0 >")
		require.Equal(t, can.NewFrame(0x7E0, 2, 1), <-bus.sent)
		require.Equal(t, can.NewFrame(0x18DA10F1), <-bus.sent)
		require.Equal(t, "< ok >", p.heard(), "a frame that is sent is not confirmed")
	})
}

// TestWhatIsReported: what the protocol has a form for, of others, and in raw
// mode only.
func TestWhatIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, bus := serving(t).join(t)
		bus.report(ours)
		require.Empty(t, p.heard(), "not yet in raw mode")
		p.say(t, "< rawmode >< echo >")
		require.Equal(t, "< ok >< echo >", p.heard())
		bus.report(
			can.Rx{Frame: ours.Frame, Time: at, Own: true},
			can.Rx{Frame: can.Frame{ID: 1, Flags: can.Remote}, Time: at},
			can.Rx{Frame: can.Frame{ID: 1, Flags: can.FD, Len: 12}, Time: at},
		)
		bus.Reports <- remotetest.Report{Err: &can.DroppedError{Count: 3}}
		bus.report(can.Rx{Frame: can.Frame{ID: can.ErrAck, Flags: can.Error, Len: 8}, Time: at}, ours)
		require.Equal(t, "< error 020 23.424242 >"+named, p.heard())
		p.say(t, "< bcmmode >")
		bus.report(ours)
		require.Equal(t, "< ok >", p.heard())
	})
}

// TestAnOkStandsAlone: python-can reads it in one go.
func TestAnOkStandsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, bus := serving(t).join(t)
		p.say(t, "< rawmode >")
		bus.report(ours)
		time.Sleep(calm - tick)
		require.Equal(t, "< ok >", p.heard())
		time.Sleep(2 * tick)
		require.Equal(t, named, p.heard())
	})
	synctest.Test(t, func(t *testing.T) {
		p, bus := serving(t).join(t)
		p.say(t, "< rawmode >")
		bus.report(ours)
		p.say(t, "< send 123 0 >")
		require.Equal(t, "< ok >"+named, p.heard(), "who speaks has read it")
	})
}

// TestOneClientAfterAnother: the next one waits for who is leaving, not for
// who stays.
func TestOneClientAfterAnother(t *testing.T) {
	for name, c := range map[string]struct {
		after  time.Duration
		hears  string
		events []Event
	}{
		"one tick before": {remote.Patience - tick, "< hi >", []Event{Joined, Left, Joined}},
		"one tick after":  {remote.Patience + tick, "< error another client is on >", []Event{Joined, TurnedAway, Left}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := serving(t)
				first, bus := b.join(t)
				time.AfterFunc(c.after, func() { _ = first.Close() })
				second := b.connect(t)
				time.Sleep(remote.Patience + 2*tick)
				require.Equal(t, c.hears, second.heard())
				require.Equal(t, c.events, b.seen())
				<-bus.Closed
			})
		})
	}
}

func TestBusThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := serving(t).join(t)
		p.say(t, strings.Repeat("< send 123 0 >", queue+1))
		time.Sleep(sendLimit - tick)
		require.False(t, p.hungUp())
		time.Sleep(2 * tick)
		require.True(t, p.hungUp())
		require.Equal(t, "< error the bus takes no frames >", p.heard())
	})
}

func TestBusThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		p, bus := b.join(t)
		bus.Reports <- remotetest.Report{Err: can.ErrDown}
		require.True(t, p.hungUp())
		require.Equal(t, "< error the bus is gone >", p.heard())
		require.Equal(t, []Event{Joined, Left}, b.seen())
	})
}

// TestClientThatReadsNothing holds up itself alone, and not the end.
func TestClientThatReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := serving(t)
		mine := b.Dial(t)
		for range 2 * remote.OutDepth {
			_ = mine.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := mine.Write([]byte("< echo >")); err != nil {
				break // it is not read any more, either
			}
		}
		second := b.connect(t)
		time.Sleep(remote.Patience + tick)
		require.Equal(t, "< error another client is on >", second.heard())
		b.End()
		require.NoError(t, <-b.Ended)
		b.Ended <- nil
	})
}

func TestListenerThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := remotetest.NewBench[Event](nil)
		require.NoError(t, b.Close())
		require.ErrorIs(t, (&Server{Open: b.Open}).Serve(t.Context(), b), net.ErrClosed)
	})
}

// FuzzClient lets anybody say anything to a server: it answers or hangs up,
// and the next client finds it well.
func FuzzClient(f *testing.F) {
	f.Add("< open can0 >< rawmode >< send 123 1 ff >")
	f.Add("< open <<>> < send")
	f.Add("< open can0 >< send 123 8 1 2 3 4 5 6 7 8 >< bcmmode >< open >")
	f.Fuzz(func(t *testing.T, text string) {
		synctest.Test(t, func(t *testing.T) {
			b := serving(t)
			first := b.connect(t)
			go func() {
				select {
				case c := <-b.Opens:
					drain(&controller{c, b.sent})
				case <-b.Closed:
				}
			}()
			first.say(t, text)
			heard := first.heard()
			require.True(t, strings.HasPrefix(heard, "< hi >"))
			for _, w := range elements(t, heard) {
				require.Contains(t, []string{"hi", "ok", "echo", "error"}, w[0])
			}
			require.NoError(t, first.Close())
			synctest.Wait()
			second := b.connect(t)
			require.Equal(t, "< hi >", second.heard())
		})
	})
}

// drain takes what is sent until the bus is closed.
func drain(c *controller) {
	for {
		select {
		case <-c.sent:
		case <-c.Closed:
			return
		}
	}
}

var errTest = errors.New("told by the test")

func TestErrorsSayWhere(t *testing.T) {
	err := &LostError{URI: "socketcand://pi/can0", Err: fmt.Errorf("x: %w", errTest)}
	require.ErrorIs(t, err, errTest)
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorContains(t, err, "socketcand://pi/can0")
}

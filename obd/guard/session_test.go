package guard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

const (
	notOurs    = "we have not changed this unit's session"
	notIdle    = "idle for 2 s"
	notRefused = "has not refused"
	notStill   = "speed"
	notRole    = "telematics and head units only"
	notNamed   = "does not name this session"
	noFlashing = "programming session"
)

func udsUnit() guard.Unit {
	return guard.Unit{Address: telematics, Dialect: guard.UDS, Sessions: []byte{0x41}, MayChangeSession: true}
}

func kwpUnit() guard.Unit {
	return guard.Unit{Address: telematics, Dialect: guard.KWP, Sessions: []byte{0xC0, 0xFA}, MayChangeSession: true}
}

// inBubble runs a test of a guard in virtual time.
func inBubble(t *testing.T, name string, f func(t *tester), units ...guard.Unit) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTester(t, units...)
			x.answer("22 0000") // from now on the car keeps what it is sent
			f(x)
		})
	})
}

func TestSessionAfterRefusal(t *testing.T) {
	for code := range 0x100 {
		inBubble(t, "7F 22 "+show([]byte{byte(code)}), func(x *tester) {
			c := x.dial(telematics, guard.UDS)
			x.answer("22 F190", "7F 22 "+show([]byte{byte(code)}))
			x.denied(c, "10 03", notRefused)
			x.passes(c, "22 F190")
			x.denied(c, "10 03", notRefused)
			x.hear(c)
			switch code {
			case 0x7E, 0x7F, 0x31, 0x22, 0x33:
				x.passes(c, "10 03")
			default:
				x.denied(c, "10 03", notRefused)
			}
		}, udsUnit())
	}
}

func TestNoRefusal(t *testing.T) {
	for name, answer := range map[string]string{
		"positive":                       "62 F1 90 31",
		"of another service":             "7F 19 31",
		"without a code":                 "7F 22",
		"a positive one that looks like": "62 22 31",
		"nothing at all":                 "",
	} {
		inBubble(t, name, func(x *tester) {
			c := x.dial(telematics, guard.UDS)
			x.answer("22 F190", answer)
			x.ask(c, "22 F190")
			x.denied(c, "10 03", notRefused)
		}, udsUnit())
	}
	inBubble(t, "unasked", func(x *tester) {
		x.car.unasked = []string{"7F 22 31", "62 F1 90", "50 03"}
		c := x.dial(telematics, guard.UDS)
		for range x.car.unasked {
			x.hear(c)
		}
		x.denied(c, "10 03", notRefused)
		x.denied(c, "10 01", notOurs)
	}, udsUnit())
	inBubble(t, "an error, whatever comes with it", func(x *tester) {
		c := x.dial(telematics, guard.UDS)
		x.ask(c, "22 F190") // the fake's timeout carries 7F 22 31
		x.denied(c, "10 03", notRefused)
	}, udsUnit())
	inBubble(t, "of another unit", func(x *tester) {
		x.answer("22 F190", "7F 22 31")
		x.ask(x.dial(gateway, guard.UDS), "22 F190")
		x.denied(x.dial(telematics, guard.UDS), "10 03", notRefused)
	}, udsUnit())
}

func TestRefusalIsTheUnits(t *testing.T) {
	inBubble(t, "heard by another conversation", func(x *tester) {
		first, second := x.dial(telematics, guard.UDS), x.dial(telematics, guard.UDS)
		x.answer("22 F190", "7F 22 31")
		x.ask(first, "22 F190")
		x.passes(second, "10 03")
	}, udsUnit())
	inBubble(t, "given in another dialect", func(x *tester) {
		x.answer("1A 90", "7F 1A 31")
		x.ask(x.dial(telematics, guard.KWP), "1A 90")
		x.passes(x.dial(telematics, guard.UDS), "10 03")
	}, udsUnit())
	inBubble(t, "of a request without parameters", func(x *tester) {
		x.answer("13", "7F 13 7F")
		x.ask(x.dial(telematics, guard.KWP), "13")
		x.passes(x.dial(telematics, guard.UDS), "10 03")
	}, udsUnit())
	inBubble(t, "given to a group", func(x *tester) {
		group := transport.MustAddress("7DF/700-7DE")
		member := transport.MustAddress("754/75C")
		x.car.from["22F190"] = member
		x.answer("22 F190", "7F 22 7F")
		x.ask(x.dial(group, guard.UDS), "22 F190")
		x.passes(x.dial(telematics, guard.UDS), "10 03")
	}, udsUnit())
}

func TestSessionByRoleAndName(t *testing.T) {
	refused := func(x *tester, d guard.Dialect) *guard.Conn {
		c := x.dial(telematics, d)
		read := map[guard.Dialect]string{guard.UDS: "22 F190", guard.KWP: "1A 90"}[d]
		x.answer(read, "7F "+read[:2]+" 22")
		x.ask(c, read)
		return c
	}
	inBubble(t, "a stranger", func(x *tester) {
		x.denied(refused(x, guard.UDS), "10 03", notRole)
	})
	engine := udsUnit()
	engine.MayChangeSession = false
	inBubble(t, "another role", func(x *tester) {
		x.denied(refused(x, guard.UDS), "10 03", notRole)
	}, engine)
	inBubble(t, "UDS: extended or named", func(x *tester) {
		c := refused(x, guard.UDS)
		x.passes(c, "10 03")
		x.passes(c, "10 41")
		x.denied(c, "10 42", notNamed)
		x.denied(c, "10 81", notNamed)
		x.denied(c, "10 83", notNamed)
	}, udsUnit())
	inBubble(t, "KWP: named only", func(x *tester) {
		c := refused(x, guard.KWP)
		x.passes(c, "10 C0")
		x.passes(c, "10 FA")
		x.denied(c, "10 03", notNamed)
		x.denied(c, "10 01", notNamed)
	}, kwpUnit())
	bold := udsUnit()
	bold.Sessions = []byte{0x02, 0x82}
	boldKWP := kwpUnit()
	boldKWP.Sessions = []byte{0x02, 0x82}
	inBubble(t, "programming: never", func(x *tester) {
		for _, d := range []guard.Dialect{guard.UDS, guard.KWP} {
			c := refused(x, d)
			x.denied(c, "10 02", noFlashing)
			x.denied(c, "10 82", noFlashing)
		}
	}, bold, boldKWP)
}

func TestSessionWhileMoving(t *testing.T) {
	refused := func(x *tester) *guard.Conn {
		c := x.dial(telematics, guard.UDS)
		x.answer("22 F190", "7F 22 31")
		x.ask(c, "22 F190")
		return c
	}
	read := func(x *tester, a transport.Address, d guard.Dialect, req, answer string) {
		x.answer(req, answer)
		x.ask(x.dial(a, d), req)
	}
	for _, row := range []struct {
		name    string
		dialect guard.Dialect
		req     string
		answer  string
		moves   bool
	}{
		{"standing", guard.J1979, "01 0D", "41 0D 00", false},
		{"one km/h", guard.J1979, "01 0D", "41 0D 01", true},
		{"fast", guard.J1979, "01 0D", "41 0D FF", true},
		{"not supported", guard.J1979, "01 0D", "7F 01 12", false},
		{"silence", guard.J1979, "01 0D", "", false},
		{"another PID", guard.J1979, "01 0C", "41 0C 0D 10", false},
		{"first of several, standing", guard.J1979, "01 0D 0C", "41 0D 00 0C 0D 10", false},
		{"first of several, moving", guard.J1979, "01 0D 0C", "41 0D 07 0C 00 00", true},
		{"not first: cannot be told", guard.J1979, "01 0C 0D", "41 0C 00 00 0D 00", true},
		{"no value: cannot be told", guard.J1979, "01 0D", "41 0D", true},
		{"unasked", guard.J1979, "01 0C", "41 0D 05", true},
		{"J1979-2, standing", guard.UDS, "22 F40D", "62 F4 0D 00", false},
		{"J1979-2, moving", guard.UDS, "22 F40D", "62 F4 0D 20", true},
		{"J1979-2, not first: cannot be told", guard.UDS, "22 F40C F40D", "62 F4 0C 00 00 F4 0D 00", true},
	} {
		inBubble(t, row.name, func(x *tester) {
			c := refused(x)
			read(x, engine, row.dialect, row.req, row.answer)
			if row.moves {
				x.denied(c, "10 03", notStill)
			} else {
				x.passes(c, "10 03")
			}
		}, udsUnit())
	}
	inBubble(t, "stopped since", func(x *tester) {
		c := refused(x)
		read(x, engine, guard.J1979, "01 0D", "41 0D 20")
		read(x, engine, guard.J1979, "01 0D", "41 0D 00")
		x.passes(c, "10 03")
	}, udsUnit())
	inBubble(t, "moving since", func(x *tester) {
		c := refused(x)
		read(x, engine, guard.J1979, "01 0D", "41 0D 00")
		read(x, engine, guard.J1979, "01 0D", "41 0D 20")
		x.denied(c, "10 03", notStill)
	}, udsUnit())
	inBubble(t, "two units disagree", func(x *tester) {
		c := refused(x)
		x.car.from["010D"] = engine
		read(x, everybody, guard.J1979, "01 0D", "41 0D 20")
		x.car.from["010D"] = transport.MustAddress("7E1/7E9")
		read(x, everybody, guard.J1979, "01 0D", "41 0D 00")
		x.denied(c, "10 03", notStill)
		x.car.from["010D"] = engine
		read(x, everybody, guard.J1979, "01 0D", "41 0D 00")
		x.passes(c, "10 03")
	}, udsUnit())
	inBubble(t, "the way back stays open", func(x *tester) {
		c := refused(x)
		x.passes(c, "10 03")
		read(x, engine, guard.J1979, "01 0D", "41 0D 20")
		x.passes(c, "10 01")
	}, udsUnit())
}

// change leaves a refusal behind and sends a change of session.
func change(x *tester, d guard.Dialect, answers ...string) *guard.Conn {
	c := x.dial(telematics, d)
	x.answer("22 F190", "7F 22 31")
	x.answer("1A 90", "7F 1A 22")
	x.answer("10 03", answers...)
	x.answer("10 C0", answers...)
	read, req := "22 F190", "10 03"
	if d == guard.KWP {
		read, req = "1A 90", "10 C0"
	}
	x.ask(c, read)
	x.passes(c, req)
	for range answers {
		x.hear(c)
	}
	return c
}

func TestWayBack(t *testing.T) {
	for _, row := range []struct {
		name    string
		answers []string
		ours    bool
	}{
		{"granted", []string{"50 03 00 32 01 F4"}, true},
		{"granted after a while", []string{"7F 10 78", "50 03"}, true},
		{"pending", []string{"7F 10 78"}, true},
		{"refused", []string{"7F 10 22"}, false},
		{"refused after a while", []string{"7F 10 78", "7F 10 7E"}, false},
		{"answer lost", nil, true},
		{"another session granted", []string{"50 41"}, true},
		{"empty answer", []string{""}, true},
		{"answer without its session", []string{"50"}, true},
		{"refusal of something else", []string{"7F 22 31"}, true},
		{"late answer to a way back", []string{"50 01"}, true},
	} {
		inBubble(t, row.name, func(x *tester) {
			c := change(x, guard.UDS, row.answers...)
			if row.ours {
				x.passes(c, "10 01")
			} else {
				x.denied(c, "10 01", notOurs)
			}
		}, udsUnit())
	}
	inBubble(t, "nothing changed", func(x *tester) {
		x.denied(x.dial(telematics, guard.UDS), "10 01", notOurs)
		x.denied(x.dial(telematics, guard.KWP), "10 81", notOurs)
		x.denied(x.dial(telematics, guard.KWP), "20", notOurs)
	}, udsUnit(), kwpUnit())
}

func TestSecondChange(t *testing.T) {
	inBubble(t, "refused within a session that was granted", func(x *tester) {
		c := change(x, guard.UDS, "50 03")
		x.answer("10 41", "7F 10 12")
		x.ask(c, "10 41")
		x.passes(c, "10 01")
	}, udsUnit())
	inBubble(t, "refused after one whose answer was lost", func(x *tester) {
		c := change(x, guard.UDS)
		x.answer("10 41", "7F 10 12")
		x.ask(c, "10 41")
		x.passes(c, "10 01")
	}, udsUnit())
	inBubble(t, "after a refused one", func(x *tester) {
		c := change(x, guard.UDS, "7F 10 12")
		x.passes(c, "10 41")
		x.passes(c, "10 01")
	}, udsUnit())
}

func TestRestored(t *testing.T) {
	for _, row := range []struct {
		dialect     guard.Dialect
		req, answer string
		restored    bool
	}{
		{guard.UDS, "10 01", "50 01 00 32 01 F4", true},
		{guard.UDS, "10 01", "7F 10 22", false},
		{guard.UDS, "10 01", "7F 10 78", false},
		{guard.UDS, "10 01", "50 03", false},
		{guard.UDS, "10 01", "", false},
		{guard.KWP, "10 81", "50 81", true},
		{guard.KWP, "10 81", "7F 10 11", false},
		{guard.KWP, "10 81", "50", false},
		{guard.KWP, "20", "60", true},
		{guard.KWP, "20", "7F 20 11", false},
	} {
		inBubble(t, row.dialect.String()+" "+row.req+" "+row.answer, func(x *tester) {
			granted := map[guard.Dialect]string{guard.UDS: "50 03", guard.KWP: "50 C0"}[row.dialect]
			c := change(x, row.dialect, granted)
			x.answer(row.req, row.answer)
			x.ask(c, row.req)
			if row.restored {
				x.denied(c, row.req, notOurs)
			} else {
				x.passes(c, row.req)
			}
		}, udsUnit(), kwpUnit())
	}
	inBubble(t, "changed again, without another refusal", func(x *tester) {
		c := change(x, guard.UDS, "50 03")
		x.answer("10 01", "50 01")
		x.ask(c, "10 01")
		x.ask(c, "10 03")
		x.passes(c, "10 01")
	}, udsUnit())
	inBubble(t, "a read changes nothing", func(x *tester) {
		c := change(x, guard.UDS, "50 03")
		x.answer("3E 00", "7E 00")
		x.ask(c, "3E 00")
		x.passes(c, "10 01")
	}, udsUnit())
}

func TestChangeNotSent(t *testing.T) {
	broken := errors.New("unplugged")
	for _, row := range []struct {
		name string
		err  error
		ours bool
	}{
		{"not sent", &transport.OpError{Op: "send", Sent: transport.SentNo, Err: broken}, false},
		{"perhaps sent", &transport.OpError{Op: "send", Sent: transport.SentUnknown, Err: broken}, true},
		{"sent", &transport.OpError{Op: "send", Sent: transport.SentYes, Err: broken}, true},
		{"who knows", broken, true},
	} {
		inBubble(t, row.name, func(x *tester) {
			c := x.dial(telematics, guard.UDS)
			x.answer("22 F190", "7F 22 31")
			x.ask(c, "22 F190")
			x.car.fail["1003"] = row.err
			require.ErrorIs(x, c.Send(x.Context(), unhex("10 03"), transport.Want{}), broken)
			if row.ours {
				x.passes(c, "10 01")
			} else {
				x.denied(c, "10 01", notOurs)
			}
		}, udsUnit())
	}
	inBubble(t, "a second one not sent leaves the first", func(x *tester) {
		c := change(x, guard.UDS, "50 03")
		x.car.fail["1041"] = &transport.OpError{Op: "send", Sent: transport.SentNo, Err: broken}
		require.ErrorIs(x, c.Send(x.Context(), unhex("10 41"), transport.Want{}), broken)
		x.passes(c, "10 01")
	}, udsUnit())
}

const tick = time.Nanosecond

func TestKeepAlive(t *testing.T) {
	inBubble(t, "no session of ours", func(x *tester) {
		c := x.dial(telematics, guard.UDS)
		time.Sleep(time.Hour)
		x.denied(c, "3E 80", notOurs)
	}, udsUnit())
	inBubble(t, "before the answer", func(x *tester) {
		c := change(x, guard.UDS)
		time.Sleep(2*time.Second + tick)
		x.passes(c, "3E 80")
	}, udsUnit())
	inBubble(t, "restored", func(x *tester) {
		c := change(x, guard.UDS, "50 03")
		x.answer("10 01", "50 01")
		x.ask(c, "10 01")
		time.Sleep(time.Hour)
		x.denied(c, "3E 80", notOurs)
	}, udsUnit())
	for name, act := range map[string]func(x *tester, c *guard.Conn){
		"after a request":               func(x *tester, c *guard.Conn) { x.passes(c, "22 F191") },
		"after an answer":               func(x *tester, c *guard.Conn) { x.hear(c) },
		"after an answer that was none": func(x *tester, c *guard.Conn) { x.hear(c); x.hear(c) },
		"after another keep-alive":      func(x *tester, c *guard.Conn) { x.passes(c, "3E 80") },
		"after another conversation's request": func(x *tester, _ *guard.Conn) {
			x.passes(x.dial(telematics, guard.KWP), "1A 90")
		},
		"after an answer to a group": func(x *tester, _ *guard.Conn) {
			x.car.from["22F802"] = telematics
			x.answer("22 F802", "62 F8 02")
			x.ask(x.dial(everybody, guard.UDS), "22 F802")
		},
	} {
		for wait, want := range map[time.Duration]bool{2*time.Second - tick: false, 2*time.Second + tick: true} {
			inBubble(t, name+" and "+wait.String(), func(x *tester) {
				c := change(x, guard.UDS, "50 03")
				x.answer("22 F190", "62 F1 90")
				x.passes(c, "22 F190")
				time.Sleep(time.Minute)
				act(x, c)
				time.Sleep(wait)
				if want {
					x.passes(c, "3E 80")
				} else {
					x.denied(c, "3E 80", notIdle)
				}
			}, udsUnit())
		}
	}
	inBubble(t, "other units' talk is none of this one's", func(x *tester) {
		c := change(x, guard.UDS, "50 03")
		time.Sleep(time.Minute)
		x.ask(x.dial(gateway, guard.UDS), "22 F191")
		x.passes(c, "3E 80")
	}, udsUnit())
	inBubble(t, "a denied request is no talk", func(x *tester) {
		c := change(x, guard.UDS, "50 03")
		time.Sleep(time.Minute)
		x.denied(c, "11 01", "list")
		x.passes(c, "3E 80")
	}, udsUnit())
}

// A message that somebody is receiving may be segmented.
func TestKeepAliveWhileReceiving(t *testing.T) {
	for _, row := range []struct {
		name    string
		address string
		busy    bool
	}{
		{"from this unit", "754/75C", true},
		{"from a group with it", "7DF/700-7DE", true},
		{"from a group without it", "7DF/7E8-7EF", false},
		{"from another unit", "716/71E", false},
		{"from another address byte", "750:C7/75C:C7", false},
	} {
		inBubble(t, row.name, func(x *tester) {
			c := change(x, guard.UDS, "50 03")
			other := x.dial(transport.MustAddress(row.address), guard.UDS)
			time.Sleep(time.Minute)
			ctx, cancel := context.WithCancel(x.Context())
			done := make(chan error)
			go func() {
				_, err := other.Recv(ctx, time.Hour)
				done <- err
			}()
			synctest.Wait()
			if row.busy {
				x.denied(c, "3E 80", notIdle)
			} else {
				x.passes(c, "3E 80")
			}
			cancel()
			require.ErrorIs(x, <-done, context.Canceled)
			time.Sleep(2*time.Second + tick)
			x.passes(c, "3E 80")
		}, udsUnit())
	}
}

func TestTurns(t *testing.T) {
	inBubble(t, "one sends at a time, and is judged when it is its turn", func(x *tester) {
		c, second := change(x, guard.UDS, "50 03"), x.dial(telematics, guard.UDS)
		time.Sleep(time.Minute)
		x.car.hold = make(chan struct{})
		first, keepAlive := make(chan error), make(chan error)
		go func() { first <- c.Send(x.Context(), unhex("22 F190"), transport.Want{}) }()
		synctest.Wait()
		go func() { keepAlive <- second.Send(x.Context(), unhex("3E 80"), transport.Want{}) }()
		synctest.Wait()
		time.Sleep(time.Minute)
		close(x.car.hold)
		require.NoError(x, <-first)
		require.ErrorIs(x, <-keepAlive, guard.ErrDenied)
		require.NotContains(x, x.car.sent, "3E80")
	}, udsUnit())
	inBubble(t, "who waits can give up", func(x *tester) {
		c, second := x.dial(telematics, guard.UDS), x.dial(telematics, guard.UDS)
		x.car.hold = make(chan struct{})
		first, given := make(chan error), make(chan error)
		go func() { first <- c.Send(x.Context(), unhex("22 F190"), transport.Want{}) }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(x.Context())
		go func() { given <- second.Send(ctx, unhex("22 F191"), transport.Want{}) }()
		synctest.Wait()
		cancel()
		err := <-given
		require.ErrorIs(x, err, context.Canceled)
		var op *transport.OpError
		require.ErrorAs(x, err, &op)
		require.Equal(x, &transport.OpError{Op: "send", Address: telematics, Sent: transport.SentNo, Err: context.Canceled}, op)
		close(x.car.hold)
		require.NoError(x, <-first)
	})
	inBubble(t, "units do not wait for one another", func(x *tester) {
		c := x.dial(telematics, guard.UDS)
		other := x.dial(gateway, guard.UDS)
		x.car.hold = make(chan struct{})
		done := make(chan error)
		for _, c := range []*guard.Conn{c, other} {
			go func() { done <- c.Send(x.Context(), unhex("22 F190"), transport.Want{}) }()
		}
		synctest.Wait()
		close(x.car.hold)
		require.NoError(x, <-done)
		require.NoError(x, <-done)
		require.Equal(x, 2, x.car.count)
	})
}

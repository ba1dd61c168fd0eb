package guard_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

const otherPins = "3/11"

// fakeSwitch is a link that goes to other pins.
type fakeSwitch struct {
	*fakeProber
	at     string
	rate   int
	meddle func() // done while it switches
	err    error
}

func (f *fakeSwitch) Reaches(pins string, bitrate int) bool {
	return pins == transport.UsualPins || pins == otherPins && bitrate == 125_000
}

func (f *fakeSwitch) Switch(_ context.Context, pins string, bitrate int) error {
	if f.meddle != nil {
		f.meddle()
	}
	if f.err != nil {
		return f.err
	}
	f.at, f.rate = pins, bitrate
	return nil
}

// switcher is a guarded link to such a car.
type switcher struct {
	*tester
	car   *fakeSwitch
	asked int
}

func newSwitcher(t *testing.T) *switcher {
	t.Helper()
	car := &fakeSwitch{fakeProber: &fakeProber{fakeLink: newFake()}, at: transport.UsualPins}
	return &switcher{tester: &tester{t, car.fakeLink, guard.New(car, guard.Policy{})}, car: car}
}

func (x *switcher) agree(context.Context, string) bool {
	x.asked++
	return true
}

func (x *switcher) away() error { return x.guard.Switch(x.Context(), otherPins, 125_000, x.agree) }
func (x *switcher) home() error {
	return x.guard.Switch(x.Context(), transport.UsualPins, 500_000, nil)
}

func (x *switcher) deniedFor(rule string, err error) {
	x.Helper()
	var denied *guard.DeniedError
	require.ErrorAs(x, err, &denied)
	require.Contains(x, denied.Rule, rule)
	require.EqualError(x, err, "guard: denied: "+denied.Rule)
}

func TestNobodySwitchesUnasked(t *testing.T) {
	x := newSwitcher(t)
	x.deniedFor("agreed", x.guard.Switch(t.Context(), otherPins, 125_000, nil))
	x.deniedFor("agreed", x.guard.Switch(t.Context(), otherPins, 125_000, func(_ context.Context, pins string) bool {
		require.Equal(t, otherPins, pins)
		return false
	}))
	require.Equal(t, transport.UsualPins, x.car.at)
	require.NoError(t, x.away())
	require.Equal(t, otherPins, x.car.at)
	require.Equal(t, 125_000, x.car.rate)
	require.NoError(t, x.home(), "the way back needs no agreement")
	require.Equal(t, transport.UsualPins, x.car.at)
	require.NoError(t, x.away())
	require.Equal(t, 1, x.asked, "once is enough")
}

func TestPinsThatCannotBeReached(t *testing.T) {
	x := newSwitcher(t)
	require.True(t, x.guard.Reaches(otherPins, 125_000))
	require.False(t, x.guard.Reaches(otherPins, 500_000))
	plain := guard.New(newFake(), guard.Policy{})
	require.False(t, plain.Reaches(transport.UsualPins, 500_000), "this link stays where it is")
	for _, err := range []error{
		x.guard.Switch(t.Context(), otherPins, 500_000, x.agree),
		plain.Switch(t.Context(), otherPins, 125_000, x.agree),
	} {
		require.ErrorIs(t, err, errors.ErrUnsupported)
		var op *transport.OpError
		require.ErrorAs(t, err, &op)
		require.Equal(t, transport.SentNo, op.Sent)
		require.Equal(t, "switch", op.Op)
	}
	require.Zero(t, x.asked, "nobody is asked in vain")
}

func TestASwitchThatFailsGoesNowhere(t *testing.T) {
	x := newSwitcher(t)
	c := x.dial(telematics, guard.UDS)
	x.car.err = errors.New("no answer")
	require.Equal(t, x.car.err, x.away())
	x.passes(c, "22 F190")
}

// TestTheSameAddressElsewhere is another unit: nothing of what is known of the
// one here holds for it.
func TestTheSameAddressElsewhere(t *testing.T) {
	x := newSwitcher(t)
	u := guard.Unit{
		Address: telematics, Dialect: guard.UDS, MayChangeSession: true,
		Reads: unhexAll("22 D05A"), Withheld: unhexAll("22 F1A5"),
	}
	x.guard.Declare(u)
	here := x.dial(telematics, guard.UDS)
	x.open(here)
	require.NoError(t, x.away())
	x.denied(here, "22 F190", "other pins")

	there := x.dial(telematics, guard.UDS)
	x.passes(there, "22 F190")
	x.passes(there, "22 F1A5")
	x.denied(there, "22 D05A", "neither standard nor")
	x.denied(there, "10 01", "not changed")
	x.guard.Declare(u)
	x.passes(there, "22 D05A")
	x.denied(there, "22 F1A5", "private or secret")
	x.denied(there, "10 03", "not refused")

	require.NoError(t, x.home())
	x.denied(there, "22 F190", "other pins")
	x.passes(here, "10 01")
}

// TestACarThatMoves does so whichever of its networks says it.
func TestACarThatMoves(t *testing.T) {
	x := newSwitcher(t)
	x.answer("01 0D", "41 0D 20")
	x.ask(x.dial(engine, guard.J1979), "01 0D")
	require.NoError(t, x.away())
	x.guard.Declare(guard.Unit{Address: telematics, Dialect: guard.UDS, MayChangeSession: true})
	c := x.dial(telematics, guard.UDS)
	x.answer("22 F190", "7F 22 31")
	x.ask(c, "22 F190")
	x.denied(c, "10 03", "not zero")
}

func TestNobodyLeavesAConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSwitcher(t)
		c := x.dial(telematics, guard.UDS)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = c.Recv(t.Context(), time.Second) })
		synctest.Wait()
		x.deniedFor("under way", x.away())
		wg.Wait()

		x.car.hold = make(chan struct{})
		wg.Go(func() { _ = c.Send(t.Context(), unhex("22 F190"), transport.Want{}) })
		synctest.Wait()
		x.deniedFor("under way", x.away())
		close(x.car.hold)
		wg.Wait()
		require.NoError(t, x.away())
		require.Equal(t, 1, x.asked, "what was agreed to holds")
	})
}

// TestNothingHappensOnTheWay: neither a Send, a Dial, a probe nor another
// Switch finds the link between two segments.
func TestNothingHappensOnTheWay(t *testing.T) {
	x := newSwitcher(t)
	c := x.dial(telematics, guard.UDS)
	done := 0
	x.car.meddle = func() {
		x.denied(c, "22 F190", "other pins")
		_, err := x.guard.Dial(t.Context(), engine, guard.UDS, transport.Params{})
		x.deniedFor("other pins", err)
		x.deniedFor("under way", x.home())
		done++
	}
	require.NoError(t, x.away())
	require.Equal(t, 1, done)
	require.Equal(t, otherPins, x.car.at)
}

// slowDial is a link whose Dial lets others do something.
type slowDial struct {
	*fakeSwitch
	meddle func()
}

func (s slowDial) Dial(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	s.meddle()
	return s.fakeSwitch.Dial(ctx, a, p)
}

func TestNobodyLeavesADial(t *testing.T) {
	x := newSwitcher(t)
	slow := &slowDial{fakeSwitch: x.car, meddle: func() { x.deniedFor("under way", x.away()) }}
	x.guard = guard.New(slow, guard.Policy{})
	x.dial(telematics, guard.UDS)
	slow.meddle = func() {}
	x.car.dialErr = transport.ErrForm
	_, err := x.guard.Dial(t.Context(), telematics, guard.UDS, transport.Params{})
	require.ErrorIs(t, err, transport.ErrForm)
	require.NoError(t, x.away(), "one that failed is over too")
}

func TestAProbingStaysWhereItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSwitcher(t)
		p, err := x.guard.Probe(guard.Probes{}, func(transport.Heard) {})
		require.NoError(t, err)
		time.Sleep(time.Second + time.Nanosecond)
		probe := transport.Probe{Address: telematics, Message: unhex("3E 00")}
		require.NoError(t, p.Send(t.Context(), guard.UDS, probe))
		require.NoError(t, x.away())
		var denied *guard.DeniedError
		require.ErrorAs(t, p.Send(t.Context(), guard.UDS, probe), &denied)
		require.Contains(t, denied.Rule, "other pins")
		require.NoError(t, x.home())
		require.NoError(t, p.Send(t.Context(), guard.UDS, probe))
	})
}

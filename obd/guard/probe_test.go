package guard_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// fakeProber is a link that probes: it keeps what it is sent.
type fakeProber struct {
	*fakeLink
	hear   func(transport.Heard)
	probes []transport.Probe
	meddle func()
	err    error
	ended  bool
}

func (f *fakeProber) Probe(hear func(transport.Heard)) (transport.Probing, error) {
	if f.err != nil {
		return nil, f.err
	}
	f.hear = hear
	return fakeProbing{f}, nil
}

type fakeProbing struct{ car *fakeProber }

func (p fakeProbing) Send(_ context.Context, q transport.Probe) error {
	if p.car.ended {
		return net.ErrClosed
	}
	if p.car.meddle != nil {
		p.car.meddle()
	}
	p.car.probes = append(p.car.probes, q)
	return nil
}

func (p fakeProbing) Close() error {
	p.car.ended = true
	return nil
}

// prober is a guarded probing of a fake car.
type prober struct {
	*testing.T
	car     *fakeProber
	guard   *guard.Link
	probing *guard.Probing
	heard   []transport.Heard
}

// probes runs a test in virtual time, a second after the probing began.
func probes(t *testing.T, o guard.Probes, run func(x *prober)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		x := newProber(t, o)
		time.Sleep(time.Second + time.Nanosecond)
		run(x)
	})
}

func newProber(t *testing.T, o guard.Probes) *prober {
	t.Helper()
	x := &prober{T: t, car: &fakeProber{fakeLink: newFake()}}
	x.guard = guard.New(x.car, guard.Policy{})
	p, err := x.guard.Probe(o, func(h transport.Heard) { x.heard = append(x.heard, h) })
	require.NoError(t, err)
	x.probing = p
	return x
}

// at is an address with the request side alone.
func at(tx uint32) transport.Address {
	return transport.Address{TX: tx, Extended: tx > can.MaxID}
}

func within(tx uint32, target byte) transport.Address {
	return transport.Address{TX: tx, Extended: tx > can.MaxID, HasAE: true, TXAE: target}
}

func (x *prober) send(a transport.Address, d guard.Dialect, msg string) error {
	return x.probing.Send(x.Context(), d, transport.Probe{Address: a, Message: unhex(msg)})
}

func (x *prober) passes(a transport.Address, d guard.Dialect, msg string) {
	x.Helper()
	before := len(x.car.probes)
	require.NoError(x, x.send(a, d, msg))
	require.Len(x, x.car.probes, before+1)
	require.Equal(x, transport.Probe{Address: a, Message: unhex(msg)}, x.car.probes[before])
}

func (x *prober) denied(a transport.Address, d guard.Dialect, msg, rule string) {
	x.Helper()
	before := len(x.car.probes)
	err := x.send(a, d, msg)
	var denied *guard.DeniedError
	require.ErrorAs(x, err, &denied, "%s %s", a, msg)
	require.ErrorIs(x, err, guard.ErrDenied)
	require.Contains(x, denied.Rule, rule, "%s %s", a, msg)
	require.Equal(x, a, denied.Address)
	require.Equal(x, d, denied.Dialect)
	require.Len(x, x.car.probes, before)
}

const (
	notPresent = "tester present and nothing else"
	notThere   = "no unit of a car is asked there"
)

func TestProbeIsTesterPresent(t *testing.T) {
	forms := map[guard.Dialect][]string{guard.UDS: {"3E00"}, guard.KWP: {"3E", "3E01"}, guard.GMLAN: {"3E"}}
	probes(t, guard.Probes{}, func(x *prober) {
		for d := range guard.GMLAN + 2 {
			for _, msg := range []string{
				"", "3E", "3E00", "3E01", "3E02", "3E80", "3E0000", "1003", "1001", "22F190", "04", "11", "0100", "20", "1A90", "1081",
			} {
				if slices.Contains(forms[d], msg) {
					x.passes(at(0x244), d, msg)
				} else {
					x.denied(at(0x244), d, msg, notPresent)
				}
			}
		}
	})
}

// Every 11-bit identifier.
func TestProbeRanges(t *testing.T) {
	for _, bench := range []bool{false, true} {
		t.Run(fmt.Sprintf("bench=%t", bench), func(t *testing.T) {
			probes(t, guard.Probes{Bench: bench}, func(x *prober) {
				for id := range uint32(0x800) {
					switch {
					case id == 0x7DF:
						x.denied(at(id), guard.UDS, "3E00", "a group is not probed")
					case id >= 0x600, 0x240 <= id && id <= 0x25F, bench:
						x.passes(at(id), guard.UDS, "3E00")
					default:
						x.denied(at(id), guard.UDS, "3E00", notThere)
					}
				}
			})
		})
	}
}

func TestProbePlaces(t *testing.T) {
	fd := at(0x754)
	fd.FD = true
	addressed := at(0x18DAC6F1)
	addressed.HasAE = true
	for _, row := range []struct {
		rule    string
		address transport.Address
		denied  string
	}{
		{"normal fixed from the tester", at(0x18DAC6F1), ""},
		{"normal fixed, first", at(0x18DA00F1), ""},
		{"normal fixed, last", at(0x18DAFFF1), ""},
		{"normal fixed from somebody else", at(0x18DAC6F0), notThere},
		{"another 29-bit identifier", at(0x18D9C6F1), notThere},
		{"29 bits of the low range", transport.Address{TX: 0x244, Extended: true}, notThere},
		{"29 bits of the high range", transport.Address{TX: 0x754, Extended: true}, notThere},
		{"29 bits of the bench", transport.Address{TX: 0x123, Extended: true}, notThere},
		{"normal fixed with an address byte", addressed, notThere},
		{"functional, 29 bits", at(0x18DB33F1), "a group"},
		{"BMW", within(0x6F1, 0x61), ""},
		{"BMW, all", within(0x6F1, 0xDF), "a group"},
		{"Toyota", within(0x750, 0xC7), ""},
		{"another identifier with an address byte", within(0x751, 0xC7), notThere},
		{"the same below 600", within(0x123, 0xC7), notThere},
		{"GM's with an address byte", within(0x244, 0xC7), notThere},
		{"CAN FD", fd, notThere},
		{"a range of responses", transport.MustAddress("754/700-74F"), "a group"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			probes(t, guard.Probes{Bench: true}, func(x *prober) {
				if row.denied == "" {
					x.passes(row.address, guard.UDS, "3E00")
				} else {
					x.denied(row.address, guard.UDS, "3E00", row.denied)
				}
			})
		})
	}
}

// GMLAN is asked where GM's units are; elsewhere a bare 3E is KWP.
func TestProbeGMLAN(t *testing.T) {
	probes(t, guard.Probes{Known: []transport.Address{at(0x7E0)}, Bench: true}, func(x *prober) {
		for _, id := range []uint32{0x240, 0x25F, 0x7E0} {
			x.passes(at(id), guard.GMLAN, "3E")
		}
		for _, id := range []uint32{0x23F, 0x260, 0x7E1, 0x123, 0x18DAC6F1} {
			x.denied(at(id), guard.GMLAN, "3E", "240-25F and known addresses only")
		}
		x.passes(at(0x7E1), guard.KWP, "3E")
	})
}

// A known address may be anywhere, but for the group's; only its request side
// counts.
func TestProbeKnown(t *testing.T) {
	fd := transport.MustAddress("123/12B@fd")
	list := []transport.Address{
		transport.MustAddress("125/325"), transport.MustAddress("126:61/661:F1"), transport.MustAddress("18DAC601/18DA01C6"), fd,
		transport.MustAddress("7DF/7E8"),
	}
	probes(t, guard.Probes{Known: list}, func(x *prober) {
		x.passes(at(0x125), guard.UDS, "3E00")
		x.passes(transport.MustAddress("125/12D"), guard.UDS, "3E00")
		x.passes(within(0x126, 0x61), guard.UDS, "3E00")
		x.passes(at(0x18DAC601), guard.UDS, "3E00")
		x.passes(fd, guard.UDS, "3E00")
		x.denied(at(0x123), guard.UDS, "3E00", notThere)
		x.denied(at(0x126), guard.UDS, "3E00", notThere)
		x.denied(within(0x126, 0x62), guard.UDS, "3E00", notThere)
		x.denied(within(0x125, 0), guard.UDS, "3E00", notThere)
		x.denied(transport.Address{TX: 0x125, Extended: true}, guard.UDS, "3E00", notThere)
		x.denied(at(0x7DF), guard.UDS, "3E00", "a group")
		stray := at(0x125)
		stray.TXAE = 0x61 // means nothing without HasAE
		x.passes(stray, guard.UDS, "3E00")
	})
}

func TestProbeListensFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newProber(t, guard.Probes{})
		time.Sleep(time.Second - time.Nanosecond)
		x.denied(at(0x7E0), guard.UDS, "3E00", "listened to for a second")
		time.Sleep(2 * time.Nanosecond)
		x.passes(at(0x7E0), guard.UDS, "3E00")
	})
}

func frameOf(id uint32) transport.Heard {
	return transport.Heard{Rx: can.Rx{Frame: can.NewFrame(id, 0x02, 0x7E, 0x00)}}
}

// Nobody sends with an identifier that others use, known or not.
func TestProbeInTraffic(t *testing.T) {
	probes(t, guard.Probes{Known: []transport.Address{at(0x7E0)}}, func(x *prober) {
		x.passes(at(0x7E0), guard.UDS, "3E00")
		x.car.hear(frameOf(0x7E0))
		x.car.hear(frameOf(0x18DAC6F1))
		x.car.hear(frameOf(0x6F1))
		x.denied(at(0x7E0), guard.UDS, "3E00", guard.RuleTraffic)
		x.denied(at(0x18DAC6F1), guard.UDS, "3E00", guard.RuleTraffic)
		x.denied(within(0x6F1, 0x61), guard.UDS, "3E00", guard.RuleTraffic)
		x.passes(at(0x7E8), guard.UDS, "3E00")
		require.Len(x, x.heard, 3, "all is passed on")
	})
}

// What is no frame of others is no traffic.
func TestProbeHears(t *testing.T) {
	all := map[string]transport.Heard{
		"our own":               {Rx: can.Rx{Frame: can.NewFrame(0x7E0), Own: true}},
		"a report":              {Rx: can.Rx{Frame: can.Frame{ID: 0x7E0, Flags: can.Error, Len: 8}}},
		"frames that were lost": {Dropped: 3, Rx: can.Rx{Frame: can.NewFrame(0x7E0)}},
		"the end":               {Err: net.ErrClosed, Rx: can.Rx{Frame: can.NewFrame(0x7E0)}},
	}
	for name, h := range all {
		t.Run(name, func(t *testing.T) {
			probes(t, guard.Probes{Bench: true}, func(x *prober) {
				x.car.hear(h)
				require.Equal(x, []transport.Heard{h}, x.heard)
				x.passes(at(0x7E0), guard.UDS, "3E00")
				x.passes(at(0x123), guard.UDS, "3E00")
			})
		})
	}
}

// A bench has no traffic before the first probe; answers come later.
func TestProbeBench(t *testing.T) {
	probes(t, guard.Probes{Bench: true}, func(x *prober) {
		x.denied(at(0x7DF), guard.UDS, "3E00", "a group") // is no probe
		x.car.hear(frameOf(0x300))
		x.denied(at(0x123), guard.UDS, "3E00", "no bench")
		x.passes(at(0x7E0), guard.UDS, "3E00")
		x.denied(at(0x123), guard.UDS, "3E00", "no bench")
	})
	probes(t, guard.Probes{Bench: true}, func(x *prober) {
		x.passes(at(0x122), guard.UDS, "3E00")
		x.car.hear(frameOf(0x12A))
		x.passes(at(0x123), guard.UDS, "3E00")
		x.denied(at(0x12A), guard.UDS, "3E00", guard.RuleTraffic)
	})
}

// No probe gets between the frames of a conversation with that unit.
func TestProbeLetsConversationsEnd(t *testing.T) {
	probes(t, guard.Probes{}, func(x *prober) {
		c, err := x.guard.Dial(x.Context(), gateway, guard.UDS, transport.Params{})
		require.NoError(x, err)
		x.passes(gateway, guard.UDS, "3E00")

		x.car.hold = make(chan struct{})
		done := make(chan error)
		go func() { done <- c.Send(x.Context(), unhex("22F190"), transport.Want{}) }()
		synctest.Wait()
		x.denied(gateway, guard.UDS, "3E00", "a conversation with the unit is under way")
		x.passes(telematics, guard.UDS, "3E00")
		close(x.car.hold)
		require.NoError(x, <-done)
		x.passes(gateway, guard.UDS, "3E00")

		go func() {
			_, err := c.Recv(x.Context(), time.Second)
			done <- err
		}()
		synctest.Wait()
		x.denied(at(0x716), guard.UDS, "3E00", "a conversation with the unit is under way")
		require.Error(x, <-done)
		x.passes(gateway, guard.UDS, "3E00")
	})
}

// A probe that its owner changes while it is sent is sent as it was judged.
func TestProbeIsCopied(t *testing.T) {
	probes(t, guard.Probes{}, func(x *prober) {
		msg := unhex("3E00")
		x.car.meddle = func() { copy(msg, unhex("1002")) }
		require.NoError(x, x.probing.Send(x.Context(), guard.UDS, transport.Probe{Address: gateway, Message: msg}))
		require.Equal(x, unhex("3E00"), x.car.probes[0].Message)
	})
}

func TestProbingOpensAndCloses(t *testing.T) {
	_, err := guard.New(newFake(), guard.Policy{}).Probe(guard.Probes{}, nil)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, transport.SentNo, op.Sent)

	busy := errors.New("busy")
	_, err = guard.New(&fakeProber{fakeLink: newFake(), err: busy}, guard.Policy{}).Probe(guard.Probes{}, nil)
	require.ErrorIs(t, err, busy)

	probes(t, guard.Probes{}, func(x *prober) {
		require.NoError(x, x.probing.Close())
		require.ErrorIs(x, x.send(gateway, guard.UDS, "3E00"), net.ErrClosed)
		require.False(x, x.car.closed, "the link goes on")
	})
}

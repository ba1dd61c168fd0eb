package discover_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// shaken is a bus that slips something in between after so many frames sent.
type shaken struct {
	can.Bus
	after int32
	sent  atomic.Int32
	slip  func() (can.Rx, error)
	told  atomic.Bool
}

func (b *shaken) Echoes() bool { return can.Echoes(b.Bus) }

func (b *shaken) Send(ctx context.Context, f can.Frame) error {
	b.sent.Add(1)
	return b.Bus.Send(ctx, f)
}

func (b *shaken) Recv(ctx context.Context) (can.Rx, error) {
	if b.sent.Load() > b.after && b.told.CompareAndSwap(false, true) {
		return b.slip()
	}
	return b.Bus.Recv(ctx)
}

func report(classes uint32) func() (can.Rx, error) {
	return func() (can.Rx, error) { return can.Rx{Frame: can.Frame{ID: classes, Flags: can.Error, Len: 8}}, nil }
}

// Each sign halves the share once, is told, and costs no unit.
func TestDistress(t *testing.T) {
	for sign, slip := range map[discover.Sign]func() (can.Rx, error){
		discover.BusErrors:  report(can.ErrProtocol | can.ErrBusError),
		discover.NoAck:      report(can.ErrAck),
		discover.FramesLost: func() (can.Rx, error) { return can.Rx{}, &can.DroppedError{Count: 3} },
	} {
		t.Run(string(sign), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, at500k)
				r.wrap = func(b can.Bus) can.Bus { return &shaken{Bus: b, after: 600, slip: slip} }
				r.load(0.1, nil, 0x123)
				r.add(thirty()...)
				got := r.scan(discover.Options{Full: true})
				require.Len(t, got.Units, 30)
				require.Len(t, got.Distress, 1)
				require.Equal(t, sign, got.Distress[0].Sign)
				require.InDelta(t, 0.25, got.Distress[0].Share, 0)
				require.InDelta(t, 0.25, got.Stats.Share, 0)
				require.Greater(t, got.Distress[0].After, 200*ms)
			})
		})
	}
	t.Run("arbitration lost is none", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, at500k)
			r.wrap = func(b can.Bus) can.Bus { return &shaken{Bus: b, after: 600, slip: report(can.ErrLostArb)} }
			r.load(0.1, nil, 0x123)
			require.Empty(t, r.scan(discover.Options{Full: true}).Distress)
		})
	})
}

func TestUnitThatIsBusy(t *testing.T) {
	u := unit{address: "754/75C", handler: uds(5*ms, map[string]string{"3E00": "7F3E21"})}
	alone(t, discover.Options{Full: true}, u, func(t *testing.T, _ *rig, got *discover.Result) {
		t.Helper()
		require.Equal(t, unhex("7F3E21"), only(t, got).Answer)
		require.Equal(t, discover.UnitBusy, got.Distress[0].Sign)
		require.Len(t, got.Distress, 2, "found and confirmed")
	})
}

// For a second in the middle of the scan others take nearly the whole wire: ours wait
// ever longer, and the scan steps back, but not to nothing.
func TestEchoesThatComeLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, at500k)
		r.load(0.1, nil, 0x120)
		time.AfterFunc(begins+300*ms, func() {
			storm, err := r.seg.Load("storm", vbus.Load{IDs: []uint32{0x010, 0x011}, Share: 0.88})
			require.NoError(t, err)
			time.AfterFunc(time.Second, func() { require.NoError(t, storm.Close()) })
		})
		r.add(thirty()...)
		got := r.scan(discover.Options{Full: true})
		require.Len(t, got.Units, 30)
		require.NotEmpty(t, got.Distress)
		for _, d := range got.Distress {
			require.Equal(t, discover.EchoesLate, d.Sign)
		}
		require.Greater(t, got.Stats.Share, 0.5/65)
	})
}

// What ends a scan gives what was found until then.
func TestEnds(t *testing.T) {
	boom := errors.New("pulled out")
	for _, row := range []struct {
		rule string
		slip func() (can.Rx, error)
		want error
	}{
		{"bus-off", report(can.ErrBusOff), transport.ErrBusOff},
		{"the adapter is gone", func() (can.Rx, error) { return can.Rx{}, boom }, boom},
		{"the bus is closed", func() (can.Rx, error) { return can.Rx{}, can.ErrClosed }, net.ErrClosed},
	} {
		t.Run(row.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, at500k)
				r.wrap = func(b can.Bus) can.Bus { return &shaken{Bus: b, after: 1300, slip: row.slip} }
				r.load(0.1, nil, 0x123)
				r.add(thirty()...)
				got, err := discover.Scan(t.Context(), r.up(), discover.Options{Full: true})
				require.ErrorIs(t, err, row.want)
				_, ok := errors.AsType[*transport.OpError](err)
				require.True(t, ok, "%T", err)
				require.NotEmpty(t, got.Units, "some were confirmed before")
				require.Less(t, len(got.Units), 30)
			})
		})
	}
}

func TestCancelled(t *testing.T) {
	for _, row := range []struct {
		rule  string
		after time.Duration
		found bool
	}{
		{"while listening", 500 * ms, false},
		{"while probing", 1200 * ms, false},
		{"while waiting for answers", 2100 * ms, false},
		{"while confirming", 2250 * ms, true},
		{"while identifying", 2410 * ms, true},
	} {
		t.Run(row.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, at500k)
				alike(r)
				r.add(thirty()...)
				car := r.up()
				ctx, cancel := context.WithCancel(t.Context())
				began := time.Now()
				time.AfterFunc(row.after, cancel)
				got, err := discover.Scan(ctx, car, discover.Options{Full: true, Identify: true})
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, row.after, time.Since(began), "at once")
				require.Equal(t, row.found, len(got.Units) > 0)
			})
		})
	}
	t.Run("before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, at500k)
			ctx, cancel := context.WithCancel(t.Context())
			car := r.up()
			cancel()
			_, err := discover.Scan(ctx, car, discover.Options{Full: true})
			require.ErrorIs(t, err, context.Canceled)
			require.LessOrEqual(t, len(r.sentBy("tester")), 1, "bring-up's question")
		})
	})
}

// Everybody leaves: nothing is acknowledged any more.
func TestNobodyAcknowledges(t *testing.T) {
	for name, o := range map[string]discover.Options{"many probes": {Full: true}, "few": {Known: known("754/75C")}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, at500k)
				r.load(0.1, nil, 0x123)
				car := r.up()
				for _, n := range r.others {
					time.AfterFunc(time.Second-ms, func() { require.NoError(t, n.Close()) })
				}
				began := time.Now()
				_, err := discover.Scan(t.Context(), car, o)
				require.ErrorIs(t, err, transport.ErrNoAck)
				require.Less(t, time.Since(began), 2100*ms)
			})
		})
	}
}

// A bench is a bus without other traffic.
func TestBench(t *testing.T) {
	scan := func(t *testing.T, load bool) (*rig, *discover.Result, error) {
		t.Helper()
		r := newRig(t, at500k)
		if load {
			r.talk(0, 100*ms, "123#00")
		}
		r.add(unit{address: "123/12B", latency: ms}, unit{address: "7E0/7E8", latency: 2 * ms})
		got, err := discover.Scan(t.Context(), r.up(), discover.Options{Bench: true})
		return r, got, err
	}
	synctest.Test(t, func(t *testing.T) {
		_, got, err := scan(t, false)
		require.NoError(t, err)
		requireUnits(t, []string{"123/12B"}, got)
	})
	synctest.Test(t, func(t *testing.T) {
		r, got, err := scan(t, true)
		require.ErrorIs(t, err, guard.ErrDenied)
		require.Empty(t, got.Units)
		require.Empty(t, r.sentBy("tester"))
	})
}

// noProber is a link that only talks to one unit at a time.
type noProber struct{ transport.Link }

func TestLinkThatCannotProbe(t *testing.T) {
	car := &bringup.Car{Link: guard.New(noProber{}, guard.Policy{}), Bitrate: at500k}
	_, err := discover.Scan(t.Context(), car, discover.Options{Full: true})
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

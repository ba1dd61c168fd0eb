package discover_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/transport"
)

// unit is one that answers tester present.
type unit struct {
	address string
	latency time.Duration
	handler vecu.Handler            // nil: 7E 00 to 3E 00
	hears   func(f *can.Frame) bool // nil: every frame
	config  func(cfg *vecu.Config)  // nil: as it is
	answers map[string]string       // besides, UDS only
}

// rig is a car made of units, at whose socket a scan is made.
type rig struct {
	*testing.T
	seg     *vbus.Segment
	bitrate int
	options []vbus.Option // of the tester
	others  []*vbus.Node  // who acknowledge
	wrap    func(can.Bus) can.Bus

	mu     sync.Mutex
	frames []vbus.Event
	asked  []vecu.Entry
	wrongs []vecu.Violation
}

const at500k = 500_000

func newRig(t *testing.T, bitrate int) *rig {
	t.Helper()
	r := &rig{T: t, bitrate: bitrate}
	r.seg = vbus.New(vbus.Config{Bitrate: bitrate, Log: func(e vbus.Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.frames = append(r.frames, e)
	}})
	t.Cleanup(func() { require.NoError(t, r.seg.Close()) })
	r.others = append(r.others, r.seg.Attach("listener"))
	return r
}

func (r *rig) Info() adapter.Info { return adapter.Info{Kind: adapter.KindCAN} }
func (r *rig) Close() error       { return nil }

func (r *rig) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	o := append([]vbus.Option{vbus.Bitrate(c.Bitrate)}, r.options...)
	if c.ListenOnly {
		o = append(o, vbus.ListenOnly())
	}
	var bus can.Bus = r.seg.Attach("tester", o...)
	if r.wrap != nil && !c.ListenOnly {
		bus = r.wrap(bus)
	}
	return bus, nil
}

func (r *rig) add(units ...unit) {
	r.Helper()
	for _, u := range units {
		if u.handler == nil {
			u.handler = uds(u.latency, u.answers)
		}
		cfg := vecu.Config{
			Name: u.address, Address: transport.MustAddress(u.address), Handler: u.handler,
			Heard: func(e vecu.Entry) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.asked = append(r.asked, e)
			},
			Violated: func(v vecu.Violation) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.wrongs = append(r.wrongs, v)
			},
		}
		if u.config != nil {
			u.config(&cfg)
		}
		var bus can.Bus = r.seg.Attach(u.address)
		if u.hears != nil {
			bus = &picky{bus, u.hears}
		}
		server := vecu.Serve(bus, cfg)
		r.Cleanup(func() { require.NoError(r, server.Close()) })
	}
}

// picky is a bus on which not every frame is heard.
type picky struct {
	can.Bus
	hears func(f *can.Frame) bool
}

func (p *picky) Echoes() bool { return can.Echoes(p.Bus) }

func (p *picky) Recv(ctx context.Context) (can.Rx, error) {
	for {
		rx, err := p.Bus.Recv(ctx)
		if err != nil || rx.Own || p.hears(&rx.Frame) {
			return rx, err
		}
	}
}

// load is other traffic that fills a share of the wire.
func (r *rig) load(share float64, data []byte, ids ...uint32) {
	r.Helper()
	n, err := r.seg.Load("load", vbus.Load{IDs: ids, Share: share, Payload: func(uint32, uint64) []byte { return data }})
	require.NoError(r, err)
	r.others = append(r.others, n)
}

func (r *rig) up() *bringup.Car {
	r.Helper()
	car, err := bringup.Up(r.Context(), r)
	require.NoError(r, err)
	r.Cleanup(func() { require.NoError(r, car.Link.Close()) })
	return car
}

// scan brings the car up and scans it without an error.
func (r *rig) scan(o discover.Options) *discover.Result {
	r.Helper()
	got, err := discover.Scan(r.Context(), r.up(), o)
	require.NoError(r, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Empty(r, r.wrongs)
	return got
}

// sentBy gives the frames that one node has sent so far.
func (r *rig) sentBy(name string) (all []vbus.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.frames {
		if e.From == name && !e.Frame.Is(can.Error) {
			all = append(all, e)
		}
	}
	return all
}

func addresses(r *discover.Result) (all []string) {
	for _, u := range r.Units {
		all = append(all, u.Address.String())
	}
	return all
}

// requireUnits compares without order.
func requireUnits(t *testing.T, want []string, got *discover.Result) {
	t.Helper()
	found := addresses(got)
	slices.Sort(found)
	want = slices.Sorted(slices.Values(want))
	require.Equal(t, want, found)
}

func known(all ...string) (list []discover.Known) {
	for _, a := range all {
		list = append(list, discover.Known{Address: transport.MustAddress(a)})
	}
	return list
}

// uds is a unit that speaks ISO 14229-1: hex by hex.
func uds(latency time.Duration, answers map[string]string) vecu.Handler {
	return vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
		reply := vecu.Reply{Latency: latency}
		said, ok := answers[hexOf(r.Data)]
		switch {
		case ok:
			reply.Data = unhex(said)
		case hexOf(r.Data) == "3E00":
			reply.Data = unhex("7E00")
		case r.Data[0] == 0x3E:
			reply.Data = unhex("7F3E13")
		case r.Data[0] == 0x22:
			reply.Data = unhex("7F2231")
		default:
			reply.Data = []byte{0x7F, r.Data[0], 0x11}
		}
		return reply
	})
}

// kwp is one that takes 3E and 3E 01 only.
func kwp(latency time.Duration) vecu.Handler {
	return uds(latency, map[string]string{"3E": "7E", "3E01": "7E", "3E00": "7F3E12"})
}

// gmlan is one that takes a bare 3E only.
func gmlan(latency time.Duration) vecu.Handler {
	return uds(latency, map[string]string{"3E": "7E", "3E00": "7F3E12"})
}

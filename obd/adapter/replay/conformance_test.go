package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/transport/transporttest"
)

// TestConformance runs the suite twice: on a simulated bus, to record each
// case, and on the recordings.
func TestConformance(t *testing.T) {
	caps := transporttest.Caps{Functional: true, Extended: true, MaxRequest: 4095, MaxResponse: 4095, Bubble: synctest.Test}
	dir := t.TempDir()
	t.Run("recorded", func(t *testing.T) { transporttest.Run(t, (&recorder{dir: dir}).open, caps) })
	t.Run("replayed", func(t *testing.T) {
		n := 0
		transporttest.Run(t, func(t *testing.T) transporttest.Setup {
			t.Helper()
			n++
			return transporttest.Setup{Link: replayed(t, caseFile(dir, n)), Serve: noUnit}
		}, caps)
	})
}

func caseFile(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%d.log", n)) }

// noUnit serves nobody: the recording answers.
func noUnit(*testing.T, transport.Address, transport.Address, func([]byte) [][]byte) {}

func replayed(t *testing.T, path string) transport.Link {
	t.Helper()
	a, err := registry.Open(t.Context(), "replay:"+path+"?mode=active")
	require.NoError(t, err)
	l, err := a.(adapter.Past).OpenLink(t.Context())
	require.NoError(t, err)
	return l
}

// blank makes a recording of a case in which nothing is sent a recording.
var blank = can.Rx{Frame: can.NewFrame(0x123), Time: time.Unix(946684800, 0)} // where virtual time begins

// recorder makes a recording of each case.
type recorder struct {
	dir string
	n   int
}

func (r *recorder) open(t *testing.T) transporttest.Setup {
	t.Helper()
	seg := vbus.New(vbus.Config{Bitrate: 500_000})
	var out bytes.Buffer
	w := canlog.Log.NewWriter(&out, replay.Recorder, nil)
	require.NoError(t, w.Write(&blank))
	r.n++
	path := caseFile(r.dir, r.n)
	t.Cleanup(func() {
		require.NoError(t, seg.Close())
		require.NoError(t, w.Flush())
		require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
	})
	return transporttest.Setup{
		Link: isotp.NewLink(canlog.Tap(seg.Attach("tester"), w)),
		Serve: func(t *testing.T, unit, functional transport.Address, handler func([]byte) [][]byte) {
			t.Helper()
			serve(t, seg, unit, functional, handler)
		},
	}
}

// serve is a unit: what is asked on either address is answered on its own.
func serve(t *testing.T, seg *vbus.Segment, unit, functional transport.Address, handler func([]byte) [][]byte) {
	t.Helper()
	link := isotp.NewLink(seg.Attach(unit.String()))
	t.Cleanup(func() { require.NoError(t, link.Close()) })
	own, err := link.Dial(t.Context(), unit.Reversed(), transport.Params{})
	require.NoError(t, err)
	go answer(own, own, handler)
	if functional.IsZero() {
		return
	}
	to := transport.Address{TX: unit.RX, RX: functional.TX, RXLast: functional.TX}
	group, err := link.Dial(t.Context(), to, transport.Params{})
	require.NoError(t, err)
	go answer(group, own, handler)
}

// answer ends when its link is closed.
func answer(from, to transport.Conn, handler func([]byte) [][]byte) {
	for {
		m, err := from.Recv(context.Background(), time.Hour)
		if err != nil {
			return
		}
		for _, reply := range handler(m.Data) {
			if to.Send(context.Background(), reply, transport.Want{}) != nil {
				return
			}
		}
	}
}

//go:build vcan

package socketcan

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
	"github.com/untether-obd/untether/obd/transport"
)

// handedOn is how many frames of an interface the kernel has handed to raw
// sockets that filter, and how many sockets want all.
func handedOn(t *testing.T, name string) (frames, all int) {
	t.Helper()
	for _, list := range []string{"all", "fil"} {
		text, err := os.ReadFile("/proc/net/can/rcvlist_" + list)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			// device can_id can_mask function userdata matches ident
			f := strings.Fields(line)
			if len(f) != 7 || f[0] != name || f[6] != "raw" {
				continue
			}
			if list == "all" {
				all++
				continue
			}
			n, err := strconv.Atoi(f[5])
			require.NoError(t, err)
			frames += n
		}
	}
	return frames, all
}

// traffic is what others send, 100 frames of it.
func traffic(t *testing.T, b can.Bus) {
	t.Helper()
	for i := range 100 {
		f, err := can.ParseFrame(fmt.Sprintf("%03X#0102", i))
		require.NoError(t, err)
		require.NoError(t, b.Send(t.Context(), f))
	}
	for _, text := range []string{"755#01", "75B#01", "0000075C#01", "7DE#01", "7F0#01"} { // neighbours of ours
		f, err := can.ParseFrame(text)
		require.NoError(t, err)
		require.NoError(t, b.Send(t.Context(), f))
	}
}

func TestVCANKernelFilters(t *testing.T) {
	const name = "filters0"
	l, unit := byKernel(t, name)
	_, all := handedOn(t, name)
	require.Equal(t, 1, all, "the unit, not the link")
	conn := conversation(t, l, unit754, transport.Params{})
	traffic(t, unit)
	frames, _ := handedOn(t, name)
	require.Zero(t, frames, "the traffic of others")

	require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x75C, 0x10, 8, 0, 1, 2, 3, 4, 5)))
	require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x75C, 0x21, 6, 7)))
	m, err := conn.Recv(t.Context(), time.Second)
	require.NoError(t, err)
	require.Len(t, m.Data, 8)
	frames, _ = handedOn(t, name)
	require.Equal(t, 3, frames, "an answer, and the kernel's flow control")

	group := conversation(t, l, transport.MustAddress("7DF/7E8-7EF"), transport.Params{})
	require.NoError(t, group.Send(t.Context(), []byte{1, 0}, transport.Want{Answers: -1}))
	require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x7EF, 2, 0x41, 0)))
	_, err = group.Recv(t.Context(), time.Second)
	require.NoError(t, err)
	traffic(t, unit)
	frames, _ = handedOn(t, name)
	require.Equal(t, 5, frames, "the request to a group and its answer")
	require.NoError(t, group.Close())
	require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x7DF, 2, 1, 0)))
	require.Eventually(t, func() bool { return l.Stats().Testers == 1 }, time.Second, time.Millisecond, "another tester is noticed afterwards too")
}

// TestVCANKernelProbingHearsAll as long as it lasts.
func TestVCANKernelProbingHearsAll(t *testing.T) {
	const name = "hears0"
	l, unit := byKernel(t, name)
	p, err := l.Probe(func(transport.Heard) {})
	require.NoError(t, err)
	_, err = l.Probe(func(transport.Heard) {})
	require.Error(t, err, "one at a time")
	_, all := handedOn(t, name)
	require.Equal(t, 2, all)
	conversation(t, l, unit754, transport.Params{})
	_, all = handedOn(t, name)
	require.Equal(t, 2, all)
	require.NoError(t, p.Close())
	traffic(t, unit)
	frames, all := handedOn(t, name)
	require.Equal(t, 1, all)
	require.Zero(t, frames)
}

// TestVCANKernelRecordingHasAll, since whoever records has it from the bus.
func TestVCANKernelRecordingHasAll(t *testing.T) {
	inOrder(t)
	name, _ := vcan(t, "recording0")
	beside, err := dial(settings{name: name}, false)
	require.NoError(t, err)
	recorder := cantest.Record(beside)
	l, err := newKernelLink(name, recorder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	unit, err := dial(settings{name: name}, false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unit.Close()) })
	conversation(t, l, unit754, transport.Params{})
	traffic(t, unit)
	require.Eventually(t, func() bool { return len(recorder.Received()) == 105 }, 10*time.Second, time.Millisecond)
}

// TestVCANKernelOfManyConversations: beyond what the kernel filters there is
// everything.
func TestVCANKernelOfManyConversations(t *testing.T) {
	const name = "many0"
	l, unit := byKernel(t, name)
	for i := range uint32(holesMax/2 + 1) {
		a := transport.Address{TX: 0x18CE00F1 + i<<8, RX: 0x18DAF100 + i, RXLast: 0x18DAF100 + i, Extended: true}
		_, all := handedOn(t, name)
		require.Equal(t, 1, all)
		require.NoError(t, conversation(t, l, a, transport.Params{}).Close())
	}
	_, all := handedOn(t, name)
	require.Equal(t, 2, all)
	conn := conversation(t, l, unit754, transport.Params{})
	require.NoError(t, unit.Send(context.Background(), can.NewFrame(0x75C, 1, 0x7E)))
	_, err := conn.Recv(t.Context(), time.Second)
	require.NoError(t, err)
}

//go:build vcan

package socketcan

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// ip runs ip(8).
func ip(t *testing.T, args string) {
	t.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "ip", strings.Fields(args)...).CombinedOutput()
	require.NoError(t, err, "ip %s: %s", args, out)
}

// vcan makes a virtual interface for one test, and gives its number too.
func vcan(t *testing.T, name string) (string, int) {
	t.Helper()
	ip(t, "link add dev "+name+" type vcan")
	t.Cleanup(func() {
		_ = exec.Command("ip", "link", "del", name).Run() // the test may have removed it
	})
	ip(t, "link set "+name+" mtu 72 up")
	i, err := net.InterfaceByName(name)
	require.NoError(t, err)
	return name, i.Index
}

// inOrder has this process, what it starts and the kernel's work for it run on
// one processor until the test ends. A virtual interface hands a frame to one
// socket after another; on two processors the reaction of the first may reach
// the last before the frame itself does, as on no wire.
func inOrder(t *testing.T) {
	t.Helper()
	var before, one unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &before))
	for cpu := 0; one.Count() == 0; cpu++ {
		if before.IsSet(cpu) {
			one.Set(cpu)
		}
	}
	pin(t, &one)
	t.Cleanup(func() { pin(t, &before) })
}

// pin moves every thread; those to come inherit it. Until all are moved one may
// come from one that is not.
func pin(t *testing.T, to *unix.CPUSet) {
	t.Helper()
	for moved := map[string]bool{}; ; {
		threads, err := os.ReadDir("/proc/self/task")
		require.NoError(t, err)
		before := len(moved)
		for _, e := range threads {
			moved[e.Name()] = true
			tid, err := strconv.Atoi(e.Name())
			require.NoError(t, err)
			if err := unix.SchedSetaffinity(tid, to); !errors.Is(err, unix.ESRCH) {
				require.NoError(t, err)
			}
		}
		if len(moved) == before {
			return
		}
	}
}

// ours is our own ISO-TP on an interface.
func ours(t *testing.T, name string) *isotp.Link {
	t.Helper()
	b, err := dial(settings{name: name}, false)
	require.NoError(t, err)
	l := isotp.NewLink(b)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func conversation(t *testing.T, l transport.Link, a transport.Address, p transport.Params) transport.Conn {
	t.Helper()
	c, err := l.Dial(t.Context(), a, p)
	require.NoError(t, err)
	return c
}

// bare is a socket of the kernel's ISO-TP and nothing beside it.
func bare(t *testing.T, index int, a transport.Address, p transport.Params) *isotpSocket {
	t.Helper()
	s, err := openISOTP(index, a, p)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.close() }) // the test may have closed it
	return s
}

// put sends as soon as the kernel takes it.
func (s *isotpSocket) put(msg []byte) error {
	for {
		if busy, err := s.send(msg); !busy {
			return err
		}
		time.Sleep(100 * time.Microsecond) // the kernel gives no sign of when it will
	}
}

// mirror sends back what comes, until the socket is closed or fails.
func (s *isotpSocket) mirror() error {
	for {
		msg, _, err := s.recv()
		if err == nil {
			err = s.put(msg)
		}
		if err != nil {
			return err
		}
	}
}

// mirror sends back what comes, until the link is closed.
func mirror(c transport.Conn) {
	for {
		m, err := c.Recv(context.Background(), time.Hour)
		if err != nil {
			return
		}
		if err := c.Send(context.Background(), m.Data, transport.Want{}); err != nil {
			return
		}
	}
}

// pattern is a message of which no two parts are equal.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i) ^ byte(i>>8)*31
	}
	return b
}

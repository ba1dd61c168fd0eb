package socketcan

import (
	"encoding/binary"
	"errors"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
)

// batch is how many frames are read at once.
const batch = 32

// controlSize has room for a time and a drop counter.
const controlSize = 64

// message is the kernel's struct mmsghdr.
type message struct {
	head unix.Msghdr
	size uint32
}

// receiver reads frames by the batch, into memory of its own.
type receiver struct {
	turn  chan struct{} // holds a token while somebody reads
	fill  func(fd uintptr) bool
	watch watch

	messages [batch]message
	parts    [batch]unix.Iovec
	frames   [batch][sizeFD]byte
	control  [batch][controlSize]byte

	n, next int    // frames read, and given out
	dropped uint32 // by the kernel and told
	err     error  // of the last fill
}

// errEmpty is what pop says when there is nothing.
var errEmpty = errors.New("socketcan: nothing read")

func newReceiver(f *os.File) *receiver {
	r := &receiver{turn: make(chan struct{}, 1), watch: watch{deadline: f.SetReadDeadline}}
	r.fill = r.read
	for i := range r.messages {
		r.parts[i].Base = &r.frames[i][0]
		r.parts[i].SetLen(sizeFD)
		h := &r.messages[i].head
		h.Iov = &r.parts[i]
		h.SetIovlen(1)
		h.Control = &r.control[i][0]
		h.SetControllen(controlSize)
	}
	return r
}

// read fills the batch; false: nothing is there.
func (r *receiver) read(fd uintptr) bool {
	for i := range r.n {
		r.messages[i].head.SetControllen(controlSize) // the kernel has set it to what it used
	}
	r.n, r.next, r.err = 0, 0, nil
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.messages)), batch, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			r.n = int(n)
			return true
		case unix.EAGAIN:
			return false
		case unix.EINTR:
			continue
		}
		r.err = errno
		return true
	}
}

// pop gives the next frame of the batch. It passes over what is no frame,
// which virtual interfaces carry if somebody insists.
func (r *receiver) pop() (rx can.Rx, err error) {
	for ; r.next < r.n; r.next++ {
		m := &r.messages[r.next]
		at, dropped := ancillary(r.control[r.next][:m.head.Controllen], r.dropped)
		if lost := dropped - r.dropped; lost != 0 {
			r.dropped = dropped
			return rx, &can.DroppedError{Count: uint64(lost)}
		}
		if decode(r.frames[r.next][:m.size], &rx.Frame) == nil {
			r.next++
			rx.Time, rx.Own = at, m.head.Flags&unix.MSG_CONFIRM != 0
			return rx, nil
		}
	}
	return can.Rx{}, errEmpty
}

// ancillary reads what comes with a frame: when it was received, and how many
// were dropped before it since the socket is open. The latter comes only if
// there were any.
func ancillary(b []byte, before uint32) (at time.Time, dropped uint32) {
	dropped = before
	for len(b) > 0 {
		head, data, rest, err := unix.ParseOneSocketControlMessage(b)
		if err != nil || head.Level != unix.SOL_SOCKET {
			break
		}
		switch {
		case head.Type == unix.SCM_TIMESTAMPNS && len(data) >= 16:
			at = time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
		case head.Type == unix.SCM_TIMESTAMPNS && len(data) >= 8: // of a machine with 32 bits
			at = time.Unix(int64(binary.NativeEndian.Uint32(data)), int64(binary.NativeEndian.Uint32(data[4:])))
		case head.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
			dropped = binary.NativeEndian.Uint32(data)
		}
		b = rest
	}
	return at, dropped
}

package socketcan

import (
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// isotpSocket is one conversation in the kernel: whole messages go in and come
// out, flow control is the kernel's business.
type isotpSocket struct {
	file *os.File
	raw  syscall.RawConn
	buf  []byte
}

// What linux/can/isotp.h calls the same.
const (
	solISOTP    = 106
	isotpOpts   = 1
	isotpRecvFC = 2
	isotpLLOpts = 5

	isotpExtendAddr = 0x0002
	isotpTxPadding  = 0x0004
	isotpRxExtAddr  = 0x0200

	mtuFD   = 72
	flagBRS = 1
)

// openISOTP binds a socket to a physical address on an interface.
func openISOTP(ifindex int, a transport.Address, p transport.Params) (*isotpSocket, error) {
	fd, err := newISOTP(unix.CAN_ISOTP)
	if err != nil {
		return nil, err
	}
	if err := bindISOTP(fd, ifindex, a, p); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	s := &isotpSocket{file: os.NewFile(uintptr(fd), "isotp "+a.String()), buf: make([]byte, kernelMax())}
	s.raw, err = s.file.SyscallConn()
	return s, err
}

// newISOTP gives a socket that is not bound. The protocol is an argument so
// that a test can ask for one that no kernel has.
func newISOTP(protocol int) (int, error) {
	fd, err := unix.Socket(unix.AF_CAN, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	switch {
	case errors.Is(err, unix.EPROTONOSUPPORT):
		return 0, ErrNoKernelISOTP
	case errors.Is(err, unix.EAFNOSUPPORT):
		return 0, ErrNoCAN
	}
	return fd, os.NewSyscallError("socket", err)
}

func bindISOTP(fd, ifindex int, a transport.Address, p transport.Params) error {
	option := func(name int, value []byte) error {
		return os.NewSyscallError("setsockopt", unix.SetsockoptString(fd, solISOTP, name, string(value)))
	}
	err := errors.Join(
		option(isotpOpts, options(a, p)),
		option(isotpRecvFC, []byte{p.BS, isotp.EncodeSTmin(p.STmin), 0}),
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)),
	)
	if a.FD {
		err = errors.Join(err, option(isotpLLOpts, []byte{mtuFD, max(p.TxDL, 8), flagBRS}))
	}
	if err != nil {
		return err
	}
	err = unix.Bind(fd, &unix.SockaddrCAN{Ifindex: ifindex, RxID: canID(a.RX, a.Extended), TxID: canID(a.TX, a.Extended)})
	if errors.Is(err, unix.EINVAL) {
		return transport.ErrForm // FD on an interface that is classic
	}
	return stateOf("bind", err)
}

// options is struct can_isotp_options: flags, frame_txtime in ns, ext_address,
// txpad_content, rxpad_content, rx_ext_address.
func options(a transport.Address, p transport.Params) []byte {
	var flags uint32
	fill, full := p.Pad.Byte()
	if full {
		flags |= isotpTxPadding
	}
	if a.HasAE {
		flags |= isotpExtendAddr | isotpRxExtAddr
	}
	b := binary.NativeEndian.AppendUint32(nil, flags)
	b = binary.NativeEndian.AppendUint32(b, uint32(p.Timers.Cs))
	return append(b, a.TXAE, fill, 0, a.RXAE)
}

func canID(id uint32, extended bool) uint32 {
	if extended {
		return id | unix.CAN_EFF_FLAG
	}
	return id
}

// kernelMax is what no message of the kernel's ISO-TP exceeds: told by the
// module since Linux 6.4; before, it was 8200, then 66000 bytes.
func kernelMax() int {
	text, err := os.ReadFile("/sys/module/can_isotp/parameters/max_pdu_size")
	if n, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil {
		return n
	}
	return 66000
}

// send hands over a message. busy says that the kernel has one in its hands,
// or no room for its frame.
func (s *isotpSocket) send(msg []byte) (busy bool, err error) {
	ctl := s.raw.Control(func(fd uintptr) { _, err = unix.Write(int(fd), msg) })
	switch {
	case ctl != nil:
		return false, ctl
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOBUFS):
		return true, nil
	case errors.Is(err, unix.EINVAL):
		return false, transport.ErrLength
	}
	return false, stateOf("write", err)
}

// recv waits for a message or for what the kernel says of one that failed,
// and gives the time of its last frame.
func (s *isotpSocket) recv() (msg []byte, last time.Time, err error) {
	var n, oobn int
	oob := make([]byte, 64)
	ended := s.raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, err = unix.Recvmsg(int(fd), s.buf, oob, 0)
		return !errors.Is(err, unix.EAGAIN)
	})
	if err == nil {
		err = ended
	}
	if err != nil {
		return nil, last, err
	}
	return append([]byte(nil), s.buf[:n]...), stampOf(oob[:oobn]), nil
}

// stampOf takes the time out of SCM_TIMESTAMPNS.
func stampOf(oob []byte) time.Time {
	parts, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return time.Now()
	}
	for _, p := range parts {
		if p.Header.Type == unix.SCM_TIMESTAMPNS {
			return timespec(p.Data)
		}
	}
	return time.Now()
}

// timespec reads two words as long as the machine's.
func timespec(b []byte) time.Time {
	if len(b) == 8 {
		return time.Unix(int64(int32(binary.NativeEndian.Uint32(b))), int64(binary.NativeEndian.Uint32(b[4:])))
	}
	if len(b) < 16 {
		return time.Now()
	}
	return time.Unix(int64(binary.NativeEndian.Uint64(b)), int64(binary.NativeEndian.Uint64(b[8:])))
}

// close waits until the kernel has sent or given up what it has in its hands.
func (s *isotpSocket) close() error { return s.file.Close() }

// stateOf names what the kernel says of the interface.
func stateOf(op string, err error) error {
	switch {
	case errors.Is(err, unix.ENETDOWN):
		return can.ErrDown
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EADDRNOTAVAIL):
		return ErrRemoved
	}
	return os.NewSyscallError(op, err)
}

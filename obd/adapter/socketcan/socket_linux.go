package socketcan

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
)

// iface is what the kernel says of a network interface.
type iface struct {
	index int
	up    bool
	fd    bool // carries CAN FD frames
}

// look asks about an interface through any socket.
func look(fd int, name string) (iface, error) {
	ifr, err := unix.NewIfreq(name)
	if err != nil {
		return iface{}, ErrNoInterface
	}
	ask := func(request uint) {
		if err == nil {
			err = unix.IoctlIfreq(fd, request, ifr)
		}
	}
	var i iface
	ask(unix.SIOCGIFINDEX)
	i.index = int(ifr.Uint32())
	ask(unix.SIOCGIFMTU)
	i.fd = ifr.Uint32() >= sizeFD
	ask(unix.SIOCGIFFLAGS)
	i.up = ifr.Uint16()&unix.IFF_UP != 0
	ask(unix.SIOCGIFHWADDR)
	kind := ifr.Uint16()
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return iface{}, ErrNoInterface
	case err != nil:
		return iface{}, err
	case kind != unix.ARPHRD_CAN:
		return iface{}, ErrNotCAN
	}
	return i, nil
}

// newSocket gives a raw socket that belongs to no interface yet.
func newSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_CAN, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.CAN_RAW)
	return fd, refused(err)
}

// refused gives a name to what the kernel says instead of giving a socket.
func refused(err error) error {
	switch {
	case errors.Is(err, unix.EAFNOSUPPORT), errors.Is(err, unix.EPROTONOSUPPORT):
		return ErrNoCAN
	case errors.Is(err, os.ErrPermission):
		return &PermissionError{Capability: "CAP_NET_RAW", Err: err}
	}
	return err
}

// inspect gives an interface without joining it.
func inspect(name string) (iface, error) {
	fd, err := newSocket()
	if err != nil {
		return iface{}, err
	}
	defer unix.Close(fd)
	return look(fd, name)
}

// dial joins an interface.
func dial(s settings, listenOnly bool) (*bus, error) {
	fd, err := newSocket()
	if err != nil {
		return nil, err
	}
	i, err := look(fd, s.name)
	if err == nil {
		err = i.fits(s.fd)
	}
	i.fd = i.fd && s.fd != fdNever
	if err == nil {
		err = prepare(fd, i)
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrCAN{Ifindex: i.index})
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return newBus(os.NewFile(uintptr(fd), s.name), i, listenOnly)
}

func (i iface) fits(mode fdMode) error {
	switch {
	case mode == fdAlways && !i.fd:
		return ErrNoFD
	case !i.up:
		return can.ErrDown
	}
	return nil
}

// rcvbuf holds some 10000 frames, of which the kernel counts almost 1 KiB each.
const rcvbuf = 8 << 20

func prepare(fd int, i iface) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, rcvbuf) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, rcvbuf) // as much as we may; what is lost is told
	}
	options := []struct{ level, name, value int }{
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
		{unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1},
		{unix.SOL_CAN_RAW, unix.CAN_RAW_ERR_FILTER, unix.CAN_ERR_MASK},
		{unix.SOL_CAN_RAW, unix.CAN_RAW_RECV_OWN_MSGS, 1},
	}
	if i.fd {
		options = append(options, struct{ level, name, value int }{unix.SOL_CAN_RAW, unix.CAN_RAW_FD_FRAMES, 1})
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	return nil
}

package socketcan

import (
	"cmp"
	"net"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// List gives the CAN interfaces of this computer by name. It joins none and
// changes nothing, so it needs no right and no CAN sockets.
func List() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	var found []Interface
	for _, one := range all {
		if i, err := look(fd, one.Name); err == nil { // else it is none for CAN, or went away meanwhile
			found = append(found, i.told(one.Name))
		}
	}
	slices.SortFunc(found, func(a, b Interface) int { return cmp.Compare(a.Name, b.Name) })
	return found, nil
}

func (i iface) told(name string) Interface {
	t := Interface{Name: name, Up: i.up, FD: i.fd, Virtual: true}
	if c := newController(name); c != nil {
		t.Virtual, t.Bitrate, t.Listens = false, c.found.bitrate, c.found.listens
	}
	return t
}

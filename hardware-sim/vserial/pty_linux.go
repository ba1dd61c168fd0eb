package vserial

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// PTY makes a pseudo-terminal. link is where a symbolic link to it is put,
// because its own name is another one each time; empty: nowhere.
func PTY(link string, o Options) (*Terminal, error) {
	m, name, err := openMaster()
	if err != nil {
		return nil, fmt.Errorf("vserial: make a pseudo-terminal: %w", err)
	}
	t := newTerminal(m, name, o)
	if link == "" {
		return t, nil
	}
	if err := t.linkTo(link); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func openMaster() (*ptmx, string, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, "", err
	}
	name, err := setUp(fd)
	if err != nil {
		_ = unix.Close(fd)
		return nil, "", err
	}
	return &ptmx{os.NewFile(uintptr(fd), "/dev/ptmx")}, name, nil
}

// setUp unlocks the terminal and makes it pass bytes as they are.
func setUp(fd int) (string, error) {
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return "", fmt.Errorf("unlock: %w", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return "", fmt.Errorf("ask for its number: %w", err)
	}
	if err := makeRaw(fd); err != nil {
		return "", fmt.Errorf("make it raw: %w", err)
	}
	name := "/dev/pts/" + strconv.Itoa(number)
	return name, openOnce(name)
}

func makeRaw(fd int) error {
	settings, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	settings.Iflag, settings.Oflag, settings.Lflag = 0, 0, 0
	settings.Cflag |= unix.CREAD | unix.CLOCAL
	settings.Cc[unix.VMIN], settings.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, settings)
}

// openOnce opens and closes the clients' side: only then does the master tell
// that nobody has it open.
func openOnce(name string) error {
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	return unix.Close(fd)
}

// ptmx is the master of a pseudo-terminal.
type ptmx struct{ *os.File }

func (m *ptmx) speed() (int, bool) {
	var baud int
	m.ask(func(fd int) {
		if settings, err := unix.IoctlGetTermios(fd, unix.TCGETS2); err == nil {
			baud = int(settings.Ospeed)
		}
	})
	return baud, baud > 0
}

func (m *ptmx) attended() bool {
	state := []unix.PollFd{{}}
	m.ask(func(fd int) {
		state[0].Fd = int32(fd)
		_, _ = unix.Poll(state, 0)
	})
	return state[0].Revents&unix.POLLHUP == 0
}

// ask runs with the descriptor, and not at all once it is closed.
func (m *ptmx) ask(question func(fd int)) {
	if raw, err := m.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { question(int(fd)) })
	}
}

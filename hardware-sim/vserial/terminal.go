package vserial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrNoPTY is what PTY says on systems where there is none for us.
var ErrNoPTY = fmt.Errorf("vserial: pseudo-terminals: %w", errors.ErrUnsupported)

// Terminal is a pseudo-terminal with the device behind it. Clients open and
// close it one after another, and none or several at a time: the device does
// not notice, as behind a serial port. The speed of their end is the one that
// they set on the terminal.
type Terminal struct {
	device
	host   *Host
	master master
	name   string
	link   string // a name that somebody wanted; empty: none

	stop    context.CancelFunc
	ended   sync.WaitGroup
	closing sync.Once
}

// master is the device's side of a pseudo-terminal.
type master interface {
	io.ReadWriteCloser
	SetWriteDeadline(t time.Time) error
	speed() (baud int, ok bool) // as a client set it
	attended() bool             // a client has the terminal open
}

const (
	absence = 10 * time.Millisecond  // how often to look whether a client has come
	overrun = 100 * time.Millisecond // a client who reads nothing for so long loses bytes
)

func newTerminal(m master, name string, o Options) *Terminal {
	c := newCable(o)
	if o.Baud != 0 {
		c.host.live = m.speed
	}
	ctx, cancel := context.WithCancel(context.Background())
	t := &Terminal{device: device{c.device}, host: &Host{end: c.host}, master: m, name: name, stop: cancel}
	t.ended.Go(func() { t.receive(ctx) })
	t.ended.Go(func() { t.send(ctx) })
	return t
}

// Name is the path that clients open.
func (t *Terminal) Name() string {
	if t.link != "" {
		return t.link
	}
	return t.name
}

// linkTo puts a symbolic link at a path. It replaces one to another terminal,
// which somebody left behind, and nothing else.
func (t *Terminal) linkTo(path string) error {
	if old, err := os.Readlink(path); err == nil && strings.HasPrefix(old, filepath.Dir(t.name)+"/") {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("vserial: replace the link %s: %w", path, err)
		}
	}
	if err := os.Symlink(t.name, path); err != nil {
		return fmt.Errorf("vserial: link to the terminal: %w", err)
	}
	t.link = path
	return nil
}

// receive takes what clients write.
func (t *Terminal) receive(ctx context.Context) {
	p := make([]byte, hostQueue)
	for ctx.Err() == nil {
		n, err := t.master.Read(p)
		if n > 0 && t.host.Write(ctx, p[:n]) != nil {
			return
		}
		switch {
		case errors.Is(err, syscall.EIO): // nobody has it open
			pause(ctx, absence)
		case err != nil:
			return
		}
	}
}

// send gives clients what arrives for them. Without one it is lost.
func (t *Terminal) send(ctx context.Context) {
	p := make([]byte, hostQueue)
	for {
		n, err := t.host.Read(ctx, p)
		if err != nil {
			return
		}
		if !t.master.attended() {
			continue
		}
		_ = t.master.SetWriteDeadline(time.Now().Add(overrun))
		_, err = t.master.Write(p[:n])
		if errors.Is(err, os.ErrClosed) {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Close takes the terminal away: its clients see a device that was pulled.
func (t *Terminal) Close() error {
	var err error
	t.closing.Do(func() {
		t.end.close()
		t.stop()
		err = t.master.Close()
		t.ended.Wait()
		if target, readErr := os.Readlink(t.link); readErr == nil && target == t.name {
			err = errors.Join(err, os.Remove(t.link))
		}
	})
	return err
}

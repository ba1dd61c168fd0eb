package tunnel

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
)

// Listener is where a Server waits for clients. Closing it removes its socket
// file.
type Listener struct {
	net.Listener
	uri  string
	path string      // of the socket file; empty: there is none
	file os.FileInfo // to know it again
	once sync.Once
}

// URI is the adapter's URI with which a client gets here.
func (l *Listener) URI() string { return l.uri }

// Listen listens at unix:PATH or tcp:HOST:PORT; port 0 is any that is free.
// The socket file is for its owner only; one that nobody listens at any more
// is replaced. Its errors are *adapter.URIError and *OpenError.
func Listen(ctx context.Context, u adapter.URI) (*Listener, error) {
	e, err := parseEndpoint(u)
	if err != nil {
		return nil, err
	}
	var l *Listener
	if e.network == "unix" {
		l, err = e.listenUnix(ctx, u)
	} else {
		l, err = e.listenTCP(ctx)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		err = ErrInUse
	}
	if err != nil {
		return nil, &OpenError{URI: u.Text, Err: remote.Bare(err)}
	}
	return l, nil
}

func (e endpoint) listenTCP(ctx context.Context) (*Listener, error) {
	c := net.ListenConfig{KeepAliveConfig: remote.Alive}
	l, err := c.Listen(ctx, e.network, e.address)
	if err != nil {
		return nil, err
	}
	return &Listener{Listener: l, uri: "tcp:" + l.Addr().String()}, nil
}

// listenUnix makes the socket in a folder that only its owner enters, and
// moves it to its place when it is ready: nobody ever meets it with other
// permissions, or before it listens.
func (e endpoint) listenUnix(ctx context.Context, u adapter.URI) (*Listener, error) {
	if err := e.free(ctx); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(e.address), ".untether-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	file, err := e.place(made)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &Listener{Listener: l, uri: u.Text, path: e.address, file: file}, nil
}

func (e endpoint) place(made string) (os.FileInfo, error) {
	if err := os.Chmod(made, 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(made, e.address); err != nil {
		return nil, err
	}
	return os.Lstat(e.address)
}

// free says whether a socket may be put at the path: nothing is there, or a
// socket that nobody listens at.
func (e endpoint) free(ctx context.Context) error {
	file, err := os.Lstat(e.address)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case file.Mode().Type() != fs.ModeSocket:
		return ErrNotSocket
	}
	conn, err := e.dial(ctx)
	switch {
	case err == nil:
		_ = conn.Close()
		return ErrInUse
	case errors.Is(err, ErrNobody):
		return nil
	}
	return err
}

// Close ends the listening and removes the socket file, if it is still ours.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	l.once.Do(func() {
		if l.path == "" {
			return
		}
		if now, failed := os.Lstat(l.path); failed == nil && os.SameFile(now, l.file) {
			err = errors.Join(err, os.Remove(l.path))
		}
	})
	return err
}

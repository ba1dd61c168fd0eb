// Package replay is an adapter without a car: it gives the frames of a
// recording, replay:FILE in candump's log form, and sends nothing.
package replay

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

// sniffed is how much of a file must hold a frame.
const sniffed = 64 << 10

// Open opens replay:FILE or replay:FILE?mode=passive. Its errors are
// *adapter.URIError, *NotYetError and *FileError.
func Open(ctx context.Context, u adapter.URI) (adapter.Adapter, error) {
	if err := checkQuery(u); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := sniff(u.Target); err != nil {
		return nil, &FileError{Path: u.Target, Err: err}
	}
	return &recording{uri: u}, nil
}

func checkQuery(u adapter.URI) error {
	if u.Query.Has("speed") {
		return &NotYetError{Text: u.Text, Key: "speed"}
	}
	if err := u.Allow("mode"); err != nil {
		return err
	}
	switch mode := u.Query.Get("mode"); {
	case mode == "passive", !u.Query.Has("mode"):
		return nil
	case mode == "active":
		return &NotYetError{Text: u.Text, Key: "mode=active"}
	}
	return &adapter.URIError{Text: u.Text, Reason: "unknown mode", Valid: []string{"passive"}}
}

// sniff checks that a file has at least one frame. What is not a regular file
// is not even opened: opening a pipe may wait for ever.
func sniff(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return bare(err)
	}
	if !info.Mode().IsRegular() {
		return ErrNotFile
	}
	f, err := os.Open(path)
	if err != nil {
		return bare(err)
	}
	defer f.Close()
	return firstFrame(canlog.NewReader(io.LimitReader(f, sniffed)))
}

func firstFrame(r *canlog.Reader) error {
	blank := true
	for {
		_, err := r.Next()
		var line *canlog.LineError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &line):
			blank = false
		case errors.Is(err, io.EOF) && blank:
			return ErrEmpty
		case errors.Is(err, io.EOF):
			return ErrForm
		default:
			return bare(err)
		}
	}
}

// bare is err without the path, which FileError names.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

type recording struct {
	uri    adapter.URI
	closed atomic.Bool
}

var _ adapter.Recording = (*recording)(nil)

func (r *recording) Info() adapter.Info {
	return adapter.Info{
		URI:         r.uri.Text,
		Kind:        adapter.KindRecording,
		Description: "recording " + filepath.Base(r.uri.Target) + ", nothing is sent",
	}
}

func (r *recording) Close() error {
	r.closed.Store(true)
	return nil
}

// Frames yields the frames of the recording's first interface in file order.
// Between them come, each with no frame, *adapter.RemarkError around
// *canlog.LineError, *canlog.ClockError and *InterfaceError; a *FileError is
// the last. After Close it yields one error that matches net.ErrClosed.
func (r *recording) Frames() iter.Seq2[can.Rx, error] {
	return func(yield func(can.Rx, error) bool) {
		f, err := os.Open(r.uri.Target)
		if err != nil {
			yield(can.Rx{}, &FileError{Path: r.uri.Target, Err: bare(err)})
			return
		}
		defer f.Close()
		p := player{in: canlog.NewReader(f)}
		for !r.closed.Load() {
			rx, err := p.next()
			if errors.Is(err, io.EOF) {
				return
			}
			line, goesOn := remark(err)
			switch {
			case goesOn:
				err = &adapter.RemarkError{Line: line, Err: err}
			case err != nil:
				err = &FileError{Path: r.uri.Target, Err: bare(err)}
			}
			if !yield(rx, err) || err != nil && !goesOn {
				return
			}
		}
		yield(can.Rx{}, can.ErrClosed)
	}
}

// remark gives the line of an error after which the frames go on.
func remark(err error) (line int, ok bool) {
	var (
		bad   *canlog.LineError
		clock *canlog.ClockError
		iface *InterfaceError
	)
	switch {
	case errors.As(err, &bad):
		return bad.Line, true
	case errors.As(err, &clock):
		return clock.Line, true
	case errors.As(err, &iface):
		return iface.Line, true
	}
	return 0, false
}

// player keeps to one interface of a recording.
type player struct {
	in     *canlog.Reader
	iface  string
	warned bool
}

func (p *player) next() (can.Rx, error) {
	for {
		rec, err := p.in.Next()
		if err != nil {
			return can.Rx{}, err
		}
		if p.iface == "" {
			p.iface = rec.Interface
		}
		if rec.Interface == p.iface {
			return rec.Rx, nil
		}
		if !p.warned {
			p.warned = true
			return can.Rx{}, &InterfaceError{Line: rec.Line, Read: p.iface, Ignored: rec.Interface}
		}
	}
}

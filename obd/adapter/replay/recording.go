package replay

import (
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

// recording gives the frames of a file: it replays passively.
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
		p := reader{in: canlog.NewReader(f)}
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

// reader keeps to one interface of a recording.
type reader struct {
	in     *canlog.Reader
	iface  string
	warned bool
}

func (p *reader) next() (can.Rx, error) {
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

// Package replay is an adapter without a car: replay:FILE, a recording in any
// form that package canlog reads. Nothing is sent. There are two modes:
//
//	passive  gives the frames: who asked what, and what came of it, is to be
//	         found out from them (package passive)
//	active   answers requests as the car did (package tape)
package replay

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/obd/tape"
)

// sniffed is how much of a file must hold a frame.
const sniffed = 64 << 10

// Recorder is the name of the interface in our own recordings: those know
// which frames were requests, and are replayed actively.
const Recorder = "untether"

// Open opens replay:FILE, with ?mode=active, ?mode=passive and, in the active
// mode, ?speed=2. Without a mode it is that of whose recording it is: ours is
// active, an adapter.Past, any other an adapter.Recording. Its errors are
// *adapter.URIError, *ValueError and *FileError.
func Open(ctx context.Context, u adapter.URI) (adapter.Adapter, error) {
	q, err := parseQuery(u)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	iface, err := sniff(u.Target)
	if err != nil {
		return nil, &FileError{Path: u.Target, Err: err}
	}
	r := &recording{uri: u}
	if q.mode == passive || q.mode == "" && iface != Recorder {
		return r, q.allows(u)
	}
	t, err := tape.Read(ctx, r.Frames)
	if err != nil {
		return nil, err
	}
	if q.mode == "" && !t.Facts().Own {
		return r, q.allows(u) // nobody was asked, so nobody can be asked again
	}
	return &player{recording: r, tape: t, speed: q.speed}, nil
}

// sniff gives the interface of a file's first frame. What is not a regular file
// is not even opened: opening a pipe may wait for ever.
func sniff(path string) (iface string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", bare(err)
	}
	if !info.Mode().IsRegular() {
		return "", ErrNotFile
	}
	f, err := os.Open(path)
	if err != nil {
		return "", bare(err)
	}
	defer f.Close()
	return firstFrame(canlog.NewReader(io.LimitReader(f, sniffed)))
}

func firstFrame(r *canlog.Reader) (iface string, err error) {
	blank := true
	for {
		rec, err := r.Next()
		var line *canlog.LineError
		switch {
		case err == nil:
			return rec.Interface, nil
		case errors.As(err, &line):
			blank = false
		case errors.Is(err, io.EOF) && blank:
			return "", ErrEmpty
		case errors.Is(err, io.EOF):
			return "", ErrForm
		default:
			return "", bare(err)
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

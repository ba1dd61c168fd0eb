// Package adapter names the hardware between computer and car by one URI and
// says what it can do. Packages below it open the hardware; which of them a
// program has is decided where the Registry is built, in cmd.
package adapter

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Kind says at what level an adapter meets the car.
type Kind string

// The kinds of adapter.
const (
	KindCAN       Kind = "can"       // frames
	KindMessage   Kind = "message"   // whole messages: the dongle does ISO-TP
	KindRecording Kind = "recording" // nothing is sent: a file is read
)

// Info describes an opened adapter for people and for the JSON.
type Info struct {
	URI         string `json:"uri"`
	Kind        Kind   `json:"kind"`
	Description string `json:"description"`
}

// Adapter is opened hardware. What else it can do it shows by further
// interfaces: Controller, Linker or Recording.
type Adapter interface {
	Info() Info
	Close() error
}

// BusConfig is how a controller shall join a segment.
type BusConfig struct {
	Bitrate    int  // bit/s of the nominal phase
	ListenOnly bool // no acknowledge, nothing sent
}

// Controller is an adapter that joins CAN segments. Opening again with another
// configuration is how a bit rate is tried; the former Bus is closed first.
type Controller interface {
	Adapter
	OpenBus(ctx context.Context, c BusConfig) (can.Bus, error)
}

// FixedBitrateError is what OpenBus says where a controller stays at a bit
// rate that is not the one asked for.
type FixedBitrateError struct {
	Bitrate int // at which it stays, in bit/s
	Wanted  int
}

func (e *FixedBitrateError) Error() string {
	return fmt.Sprintf("adapter: stays at %d bit/s, not %d", e.Bitrate, e.Wanted)
}

// Recording is an adapter without a car: frames somebody recorded.
type Recording interface {
	Adapter
	// Frames yields each frame once, in file order. Its error names the line.
	Frames() iter.Seq2[can.Rx, error]
}

// Linker is an adapter that carries whole messages: joining the car's bus is
// its own business.
type Linker interface {
	Adapter
	OpenLink(ctx context.Context) (transport.Link, error)
}

// Opener opens one scheme of URI.
type Opener func(ctx context.Context, u URI) (Adapter, error)

// Registry says which schemes a program knows.
type Registry map[string]Opener

// UnknownSchemeError names a scheme nobody opens, and those that somebody does.
type UnknownSchemeError struct {
	Scheme string
	Known  []string
}

func (e *UnknownSchemeError) Error() string {
	return fmt.Sprintf("adapter: unknown scheme %q; known are %s", e.Scheme, strings.Join(e.Known, ", "))
}

// Open opens the adapter that a URI names.
func (r Registry) Open(ctx context.Context, text string) (Adapter, error) {
	u, err := ParseURI(text)
	if err != nil {
		return nil, err
	}
	open, ok := r[u.Scheme]
	if !ok {
		return nil, &UnknownSchemeError{Scheme: u.Scheme, Known: slices.Sorted(maps.Keys(r))}
	}
	return open(ctx, u)
}

// RemarkError is what Frames yields about a place in a recording after which
// the frames go on: a line that is no frame, a clock that runs backwards.
// Any other error ends the recording.
type RemarkError struct {
	Line int
	Err  error
}

func (e *RemarkError) Error() string { return e.Err.Error() }
func (e *RemarkError) Unwrap() error { return e.Err }

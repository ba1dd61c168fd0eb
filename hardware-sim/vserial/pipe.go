package vserial

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Pipe is a line whose both ends are in this process. It is made of channels
// only, so it works in a testing/synctest bubble. Closing the host gives the
// device io.EOF once all has arrived; closing the device is pulling it.
func Pipe(o Options) (*Host, Conn) {
	c := newCable(o)
	return &Host{end: c.host, noBaud: o.NoBaud, lost: o.Lost}, &device{c.device}
}

// Host is the end of the computer: it has the methods of a serial port.
type Host struct {
	end    *end
	noBaud error
	lost   func(error) error
}

// Read waits until there is a byte at least. After the device has gone it
// gives what Options.Lost says, after Close an error matching net.ErrClosed.
func (h *Host) Read(ctx context.Context, p []byte) (int, error) {
	n, err := h.end.read(ctx, p)
	return n, h.failed(err)
}

// Write returns when all of p waits to be sent or was.
func (h *Host) Write(ctx context.Context, p []byte) error {
	return h.failed(h.end.write(ctx, p))
}

func (h *Host) failed(err error) error {
	if errors.Is(err, io.EOF) && h.lost != nil {
		return h.lost(err)
	}
	return err
}

// SetBaud changes the speed in bit/s after what was written has gone out.
func (h *Host) SetBaud(ctx context.Context, baud int) error {
	if h.noBaud != nil {
		return h.noBaud
	}
	if baud <= 0 {
		return fmt.Errorf("vserial: no speed: %d bit/s", baud)
	}
	if err := h.end.over(ctx); err != nil {
		return err
	}
	if isClosed(h.end.peer.closed) {
		return h.failed(io.EOF)
	}
	return h.end.wait(ctx, h.end.setBaud(baud), nil, nil)
}

// Baud is the speed in bit/s, 0 where the host has no say in it.
func (h *Host) Baud() int {
	if h.noBaud != nil {
		return 0
	}
	return h.end.baud()
}

// Close ends what waits at this end.
func (h *Host) Close() error {
	h.end.close()
	return nil
}

// device is the end of the dongle.
type device struct{ end *end }

func (d *device) Read(ctx context.Context, p []byte) (int, error) { return d.end.read(ctx, p) }
func (d *device) Write(ctx context.Context, p []byte) error       { return d.end.write(ctx, p) }
func (d *device) SetBaud(baud int)                                { d.end.setBaud(baud) }
func (d *device) Baud() int                                       { return d.end.baud() }
func (d *device) Queued() int                                     { return d.end.queued() }

func (d *device) Close() error {
	d.end.close()
	return nil
}

package vslcan

import (
	"sync"

	"github.com/untether-obd/untether/obd/can"
)

// channel is an open bus.
type channel struct {
	bus    can.Bus
	listen bool

	mu      sync.Mutex
	flags   byte // what happened since F was asked
	failing bool // a frame of ours is repeated
	waiting int  // frames of ours that are not on the wire yet
}

// The bits of the answer to F.
const (
	flagRxFull   = 1 << 0
	flagTxFull   = 1 << 1
	flagWarning  = 1 << 2
	flagOverrun  = 1 << 3
	flagPassive  = 1 << 5
	flagBusError = 1 << 7
)

// status gives the flags, and forgets them.
func (c *channel) status() byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	flags := c.flags
	if c.failing {
		flags |= flagBusError
	}
	c.flags = 0
	return flags
}

func (c *channel) note(flags byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flags |= flags
}

// room takes a place in the queue, if there is one.
func (c *channel) room(queue int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting >= queue {
		return false
	}
	c.waiting++
	return true
}

// stuck reports whether no frame leaves the queue.
func (c *channel) stuck() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failing
}

// sent gives the place back: the frame is on the wire, or never will be.
func (c *channel) sent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = max(c.waiting-1, 0)
	c.failing = false
}

// suffer notes what the controller reports.
func (c *channel) suffer(f *can.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case f.ID&can.ErrBusOff != 0:
		c.failing = false
		c.flags |= flagWarning | flagPassive | flagBusError
	case f.ID&can.ErrController != 0:
		c.flags |= flagWarning | flagPassive
	case f.ID&(can.ErrAck|can.ErrProtocol|can.ErrBusError) != 0:
		c.failing = c.waiting > 0
		c.flags |= flagBusError
	}
}

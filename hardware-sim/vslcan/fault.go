package vslcan

import (
	"maps"
	"slices"
	"time"
)

// fault is what goes wrong with a dongle.
type fault struct {
	chunks    bool  // lines come in pieces
	lostAck   int   // every so many-th acknowledge is lost
	lostEnd   int   // every so many-th frame comes without its CR
	lostByte  int   // every so many-th frame comes without one of its digits
	queue     int   // frames that wait for the wire, instead of 64
	junk      bool  // it says something of its own when a client comes
	deaf      bool  // it refuses to listen only
	noStatus  bool  // it refuses F
	pulledAt  int64 // the command at which it is pulled
	resetAt   int64 // the command at which it begins anew
	mutedAt   int64 // the command from which on it says nothing
	openFirst bool  // its channel is open when the first client comes
}

var faults = map[string]fault{
	"chunked-reads": {chunks: true},
	"lost-ack":      {lostAck: 7},
	"glued-lines":   {lostEnd: 5},
	"torn-lines":    {lostByte: 5},
	"full-queue":    {queue: 1},
	"start-up-junk": {junk: true},
	"no-listen":     {deaf: true},
	"no-status":     {noStatus: true},
	"disconnect":    {pulledAt: 20},
	"reset":         {resetAt: 20},
	"half-open":     {mutedAt: 20},
	"left-open":     {openFirst: true},
}

// Faults are the names of what can go wrong.
func Faults() []string { return slices.Sorted(maps.Keys(faults)) }

// every reports whether it is one of every n-th of a count; never if n is 0.
func every(n int, count *int) bool {
	if n == 0 {
		return false
	}
	*count++
	return *count%n == 0
}

// pieceGap lies between the pieces of a line.
const pieceGap = 3 * time.Millisecond

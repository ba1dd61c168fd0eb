// Package transport is the seam where every road to a unit ends: ISO-TP over
// a CAN bus, a dongle's own ISO-TP, the kernel's, later DoIP. Above it there
// are messages and addresses; below it frames, prompts and sockets.
package transport

import (
	"context"
	"time"
)

// Link is a tester's attachment to one vehicle network. Links and Conns are
// safe for use by several goroutines.
type Link interface {
	// Dial opens a conversation. An address form or length that this road
	// can't carry is refused with an *OpError.
	Dial(ctx context.Context, a Address, p Params) (Conn, error)
	Close() error
}

// Conn is a conversation with one unit, or with a group (see
// Address.Functional). One request at a time is the client's business.
type Conn interface {
	// Send returns when the last frame was confirmed on the wire. A failure
	// is an *OpError that says whether the message was sent. A road that is told
	// of a failure only later (a dongle) has Recv give that error, with the Op
	// send.
	Send(ctx context.Context, msg []byte, w Want) error

	// Recv waits for the next message. begin bounds the wait for its first
	// frame (P2 or P2*), counted from this call; the rest of a long message is
	// bounded by N_Cr. After a 78 answer just call Recv again. A message that
	// no Recv took is dropped at the next Send.
	Recv(ctx context.Context, begin time.Duration) (Message, error)

	Close() error
}

// Message is one whole answer. Answers keep their source and are never merged.
type Message struct {
	From  Address // physical, also when the request was functional
	Data  []byte
	First time.Time // reception of the first frame: what P2 is measured to
	Last  time.Time // reception of the last frame
}

// Want tells a road that must know it (a dongle) how many answers to wait for.
type Want struct {
	Answers int // 0: none will come (3E 80); -1: not known
	Within  time.Duration
}

// Params tune a conversation. The zero value is the usual tester.
type Params struct {
	STmin  time.Duration // least gap between consecutive frames that we ask of the peer
	BS     uint8         // block size that we ask of the peer; 0: no further flow control
	Pad    Padding
	TxDL   uint8 // longest frame we send: 8, or an FD length; 0: 8
	WFTMax int   // wait frames in a row that we accept; 0: 16, less than 0: none
	Timers Timers
}

// Padding fills frames up to 8 bytes. The zero value pads with CC, the
// default of ISO 15765-2; OBD (ISO 15765-4) wants full frames.
type Padding uint16

// PadNone sends frames as short as their content.
const PadNone Padding = 1

// PadWith pads with the byte b.
func PadWith(b byte) Padding { return 0x100 | Padding(b) }

// Byte gives the fill byte, and false if frames are not padded.
func (p Padding) Byte() (byte, bool) {
	switch {
	case p == PadNone:
		return 0, false
	case p&0x100 != 0:
		return byte(p), true
	}
	return 0xCC, true
}

// Timers are the network layer's timing parameters of ISO 15765-2. As, Ar, Bs
// and Cr are limits, 0 being the standard's 1 s. Br and Cs are delays that our
// own side adds before flow control and before consecutive frames; a tester
// leaves them 0.
type Timers struct {
	As, Ar, Bs, Cr time.Duration
	Br, Cs         time.Duration
}

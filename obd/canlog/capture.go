package canlog

import (
	"errors"
	"io"

	"github.com/gopacket/gopacket"
)

// capture is a part of a recording whose packets pcapgo reads: a pcap file or
// a section of a pcapng file.
//
// pcapgo trusts a file further than a stranger's can be. So it reads what a
// sieve lets through, piece by piece: whole, short and true to itself. Its
// buffer never reaches beyond the piece that it asked for; what follows, maybe
// in another form, stays with the Reader.
type capture struct {
	sieve
	r      *Reader
	form   string
	begun  bool
	opened bool
	piece  []byte // what is left of the last one
	err    error  // why there is no next one
}

// sieve gives the pieces of a form that pcapgo may see, and has it read them.
// Neither piece nor error is one that it need not see.
type sieve interface {
	begin(c *capture) (piece []byte, err error)
	sift(c *capture, head []byte) (piece []byte, err error)
	open(pieces io.Reader) error
	gopacket.ZeroCopyPacketDataSource
	packet(iface int, data []byte) packet // as pcapgo read it
}

// errElse says that what follows is in another form.
var errElse = errors.New("canlog: another form follows")

// pieceHead is what tells a piece of any form from text.
const pieceHead = 12

const (
	reasonLength = "a packet of impossible length"
	reasonLong   = "a packet longer than 64 KiB"
)

// next gives the next frame or an error as Reader.Next does, or errElse.
func (c *capture) next() (Record, error) {
	data, info, err := c.read()
	if err != nil {
		return Record{}, err
	}
	p := c.packet(info.InterfaceIndex, data)
	f, reason := p.frame()
	at, ok := info.Timestamp, inRange(info.Timestamp.Unix())
	if at.IsZero() && reason == "" {
		at, ok = c.r.clock.at(c.r, stamp{})
	}
	switch {
	case reason != "":
		return Record{}, c.fault(reason)
	case !ok:
		return Record{}, c.fault(reasonRange)
	}
	c.r.line++
	return c.r.record(&f, p.own, at, p.iface), nil
}

// read has pcapgo read a packet. What it refuses behind the sieve, or panics
// at, is the end.
func (c *capture) read() (data []byte, info gopacket.CaptureInfo, err error) {
	c.err = nil
	defer func() {
		switch {
		case recover() != nil, err != nil && c.err == nil:
			err = c.end("too damaged to be read")
		case err != nil:
			err = c.err
		}
	}()
	if !c.opened {
		if err = c.open(c); err != nil {
			return nil, info, err
		}
		c.opened = true
	}
	return c.ZeroCopyReadPacketData()
}

// Read is pcapgo's source.
func (c *capture) Read(b []byte) (n int, err error) {
	for len(c.piece) == 0 {
		if c.piece, c.err = c.nextPiece(); c.err != nil {
			return 0, c.err
		}
	}
	n = copy(b, c.piece)
	c.piece = c.piece[n:]
	return n, nil
}

func (c *capture) nextPiece() ([]byte, error) {
	if !c.begun {
		c.begun = true
		return c.begin(c)
	}
	head, err := c.r.in.Peek(headSize)
	switch {
	case len(head) == 0:
		return nil, c.r.ioError(err)
	case isText(head[:min(len(head), pieceHead)]), c.r.sniff(head) != nil:
		return nil, errElse
	case len(head) < pieceHead:
		return nil, c.cutOff(err)
	}
	return c.sift(c, head)
}

// take takes n bytes, at most a window. They are the reader's memory until
// the next read.
func (c *capture) take(n uint32) ([]byte, error) {
	b, err := c.r.in.Peek(int(n))
	if err != nil {
		return nil, c.cutOff(err)
	}
	_, _ = c.r.in.Discard(int(n)) // was peeked at
	return b, nil
}

// skip passes over n bytes, and tells why if there is a reason.
func (c *capture) skip(n uint32, reason string) error {
	_, err := io.CopyN(io.Discard, c.r.in, int64(n))
	switch {
	case err != nil:
		return c.cutOff(err)
	case reason != "":
		return c.fault(reason)
	}
	return nil
}

// fault is the error of a piece, which counts as a packet.
func (c *capture) fault(reason string) error {
	c.r.line++
	return c.r.fault(c.form, reason)
}

func (c *capture) end(reason string) error { return c.r.end(c.form, reason) }

// cutOff is the end amid a piece, unless reading itself failed.
func (c *capture) cutOff(err error) error {
	if failed := c.r.ioError(err); !errors.Is(failed, io.EOF) {
		return failed
	}
	return c.end("cut off")
}

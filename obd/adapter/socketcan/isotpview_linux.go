package socketcan

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// The frame types of ISO 15765-2, high nibble of the first byte.
const (
	pciSingle      = 0x0
	pciFirst       = 0x1
	pciConsecutive = 0x2
	pciFlowControl = 0x3
)

// progress is a message of which the frames are seen going by.
type progress struct {
	total int       // bytes; 0: no frame was seen
	left  int       // bytes that no frame has carried yet
	first time.Time // of the first frame
}

// see follows a frame, without its address byte, and says whether a message
// begins with it.
func (p *progress) see(d []byte, at time.Time) (begins bool) {
	switch d[0] >> 4 {
	case pciSingle:
		n := int(d[0])
		if n == 0 && len(d) > 1 {
			n = int(d[1]) // CAN FD beyond 8 bytes
		}
		*p = progress{total: n, first: at}
		return true
	case pciFirst:
		return p.begin(d, at)
	case pciConsecutive:
		p.left -= len(d) - 1
	}
	return false
}

func (p *progress) begin(d []byte, at time.Time) bool {
	if len(d) < 7 {
		return false
	}
	total, head := int(d[0]&0xF)<<8|int(d[1]), 2
	if total == 0 {
		total, head = int(min(binary.BigEndian.Uint32(d[2:]), 1<<30)), 6
	}
	*p = progress{total: total, left: total - (len(d) - head), first: at}
	return true
}

// payload is what follows the address byte, if a has one; nil: the frame is
// none that ISO-TP has.
func payload(f *can.Frame, a *transport.Address) []byte {
	d := f.Payload()
	if a.HasAE && len(d) > 0 {
		d = d[1:]
	}
	if len(d) == 0 || f.Is(can.Remote) || f.Is(can.FD) != a.FD {
		return nil
	}
	return d
}

// sawOurs takes a frame that the kernel has put on the wire for us.
func (c *kernelConn) sawOurs(rx *can.Rx) {
	d := payload(&rx.Frame, &c.addr)
	if d == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = time.Now()
	if d[0]>>4 == pciFlowControl {
		if d[0]&0xF == byte(isotp.Overflow) {
			c.tooLong()
		}
		return
	}
	if c.out.see(d, rx.Time); c.out.left <= 0 && c.out.total == c.length {
		c.report(nil)
	}
}

// tooLong ends the reception of what the kernel has no room for.
func (c *kernelConn) tooLong() {
	c.began = c.began[:0]
	c.keep(item{err: &transport.ProtocolError{
		Address: c.addr, Clause: "N_BUFFER_OVFLW", Want: "a shorter one",
		Got: fmt.Sprintf("a message of more than %d bytes", len(c.sock.buf)),
	}})
}

// sawTheirs takes a frame of the unit. What it carries comes from the kernel.
func (c *kernelConn) sawTheirs(rx *can.Rx) {
	d := payload(&rx.Frame, &c.addr)
	if d == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = time.Now()
	switch {
	case d[0]>>4 == pciFlowControl:
		c.flowControl(d)
	case c.in.see(d, rx.Time):
		c.began = append(c.began, c.in)
		c.began = c.began[max(0, len(c.began)-beganMax):]
		c.tell()
		signal(c.seen)
	default:
		c.goesOn()
	}
}

// goesOn takes note of what is left of the message that began last.
func (c *kernelConn) goesOn() {
	if n := len(c.began); n > 0 && c.began[n-1].first.Equal(c.in.first) {
		c.began[n-1].left = c.in.left
		signal(c.seen)
	}
}

// beganMax bounds the messages that began and that the kernel did not bring.
const beganMax = 8

// flowControl watches for what the kernel takes for the end of a message
// without telling.
func (c *kernelConn) flowControl(d []byte) {
	if s := d[0] & 0xF; s > byte(isotp.Overflow) {
		c.report(&transport.ProtocolError{
			Address: c.addr, Clause: "N_INVALID_FS", Got: fmt.Sprintf("flow status %X", s), Want: "0, 1 or 2",
		})
	}
}

// behind bounds how much later than the kernel's ISO-TP the bus may tell of a
// message.
const behind = 100 * time.Millisecond

// since gives when a message of n bytes began. The bus may be about to tell: it
// is waited for until the end of the message, so that every flow control of
// the kernel's is known for ours before the conversation may be over.
func (c *kernelConn) since(n int, last time.Time) time.Time {
	late := time.NewTimer(behind)
	defer late.Stop()
	for whole := true; ; {
		if first, ok := c.beginning(n, whole); ok {
			return first
		}
		if !whole {
			return last
		}
		select {
		case <-c.seen:
		case <-late.C: // the bus has lost frames
			whole = false
		case <-c.closed:
			whole = false
		}
	}
}

func (c *kernelConn) beginning(n int, whole bool) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, p := range c.began {
		if p.total == n && (p.left <= 0 || !whole) {
			c.began = append(c.began[:0], c.began[i+1:]...)
			return p.first, true
		}
	}
	return time.Time{}, false
}

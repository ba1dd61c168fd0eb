package socketcand

import (
	"bufio"
	"io"
	"strings"
)

// maxElement bounds what is kept of one message, as socketcand does.
const maxElement = 4000

// inlet takes messages out of a stream. What stands outside of < and > is
// passed over, and so is a message in which another one begins.
type inlet struct {
	in     *bufio.Reader
	part   []byte // of the message that has begun
	inside bool
}

func newInlet(r io.Reader) *inlet { return &inlet{in: bufio.NewReader(r)} }

// next gives the words of the next message, a *ProtocolError after which one
// can go on, or what reading gave. After a read that was out of time the
// message goes on where it was.
func (i *inlet) next() ([]string, error) {
	for {
		b, err := i.in.ReadByte()
		switch {
		case err != nil:
			return nil, err
		case b == '<':
			i.part, i.inside = i.part[:0], true
		case !i.inside:
		case b == '>':
			i.inside = false
			return strings.Fields(string(i.part)), nil
		case len(i.part) == maxElement:
			i.inside = false
			return nil, &ProtocolError{Got: head(strings.Fields(string(i.part))), Reason: "a message without end"}
		default:
			i.part = append(i.part, b)
		}
	}
}

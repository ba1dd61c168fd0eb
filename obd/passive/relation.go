package passive

import "github.com/untether-obd/untether/obd/transport"

// endpoint is one side of a conversation: an identifier and, with extended or
// mixed addressing, the address byte that begins each frame.
type endpoint struct {
	id                  uint32
	wide, fd, addressed bool
	ae                  byte
}

// relation says how natural it is that b answers a. More is better.
type relation uint8

const (
	unrelated relation = iota // a and b cannot be one conversation
	stranger                  // possible
	usual                     // where makers usually put the answer
	reserved                  // what a standard or a maker reserves for diagnosis
)

func relate(a, b endpoint) relation {
	switch {
	case a.id == b.id, a.wide != b.wide, a.fd != b.fd, a.addressed != b.addressed:
		return unrelated
	case a.addressed:
		return relateAddressed(a, b)
	case a.wide:
		return relateWide(a.id, b.id)
	}
	return relateNormal(a.id, b.id)
}

func relateNormal(a, b uint32) relation {
	switch {
	case a == 0x7DF && b>>3 == 0x7E8>>3, a>>3 == 0x7E0>>3 && b == a+8:
		return reserved
	case isUsual(a, b):
		return usual
	}
	return stranger
}

// isUsual knows where makers put the response identifier.
func isUsual(a, b uint32) bool {
	for response := range transport.UsualResponses(a, false) {
		if response == b {
			return true
		}
	}
	return false
}

// The first two bytes of normal fixed addressing.
const (
	fixedPhysical   = 0x18DA
	fixedFunctional = 0x18DB
)

// relateWide knows normal fixed addressing: 18DA target source, and 18DB for
// groups.
func relateWide(a, b uint32) relation {
	fixed := func(id uint32) bool { return id>>16 == fixedPhysical || id>>16 == fixedFunctional }
	switch {
	case !fixed(a) && !fixed(b):
		return stranger
	case b>>16 != fixedPhysical || !fixed(a) || byte(a) != byte(b>>8):
		return unrelated
	case a>>16 == fixedPhysical && byte(a>>8) != byte(b):
		return unrelated
	}
	return reserved
}

// relateAddressed knows two forms: the address byte is the other side's, and
// the last of its identifier (6F1:61/661:F1); or it is the same on both sides
// (750:C7/758:C7, mixed addressing).
func relateAddressed(a, b endpoint) relation {
	switch {
	case !a.wide && b.id>>8 == 6 && b.ae == byte(a.id) && (a.ae == byte(b.id) || a.isGroup()):
		return reserved
	case a.ae != b.ae:
		return unrelated
	case !a.wide && isUsual(a.id, b.id):
		return usual
	}
	return stranger
}

// isGroup reports whether requests to this endpoint are functional.
func (e endpoint) isGroup() bool { return !e.group().IsZero() }

// group is the functional address whose requests go to this endpoint, or none.
func (e endpoint) group() transport.Address {
	a := transport.Address{TX: e.id, Extended: e.wide, HasAE: e.addressed, TXAE: e.ae, FD: e.fd}
	switch {
	case e.addressed && !e.wide && e.id == 0x6F1 && e.ae == 0xDF:
		a.RX, a.RXLast, a.RXAE = 0x600, 0x6FF, byte(e.id)
	case e.addressed:
		return transport.Address{}
	case !e.wide && e.id == 0x7DF:
		a.RX, a.RXLast = 0x7E8, 0x7EF
	case e.wide && e.id>>16 == 0x18DB:
		a.RX = 0x18DA0000 | e.id&0xFF<<8
		a.RXLast = a.RX | 0xFF
	default:
		return transport.Address{}
	}
	return a
}

func address(a, b endpoint) transport.Address {
	return transport.Address{
		TX: a.id, RX: b.id, RXLast: b.id, Extended: a.wide,
		HasAE: a.addressed, TXAE: a.ae, RXAE: b.ae, FD: a.fd,
	}
}

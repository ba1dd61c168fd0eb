package elm327

import (
	"fmt"
	"math/bits"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// sieve is what the chip lets through: identifiers that equal code in the
// bits of mask.
type sieve struct {
	code, mask uint32
	wide       bool
}

// filterOf is the narrowest filter that passes every response to an address.
// It may pass others too, if the range has no end at a power of two: they are
// told apart when they have been printed.
func filterOf(a transport.Address) sieve {
	all := uint32(can.MaxID)
	if a.Extended {
		all = can.MaxExtendedID
	}
	free := uint32(1)<<bits.Len32(a.RX^a.RXLast) - 1
	return sieve{code: a.RX &^ free, mask: all &^ free, wide: a.Extended}
}

// commands gives the values of ATCF and ATCM.
func (f sieve) commands() (code, mask string) {
	return can.FormatID(f.code, f.wide), can.FormatID(f.mask, f.wide)
}

// header gives the values of ATSH and, with 29 bits, ATCP.
func header(id uint32, wide bool) (priority, rest string) {
	if !wide {
		return "", can.FormatID(id, false)
	}
	return fmt.Sprintf("%02X", id>>24), fmt.Sprintf("%06X", id&0xFFFFFF)
}

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
	free := uint32(1)<<bits.Len32(a.RX^a.RXLast) - 1
	return sieve{code: a.RX &^ free, mask: every(a.Extended) &^ free, wide: a.Extended}
}

// every has all bits of an identifier.
func every(wide bool) uint32 {
	if wide {
		return can.MaxExtendedID
	}
	return can.MaxID
}

// settings are the commands for it: one where the chip takes a single
// identifier, else two.
func (f sieve) settings(able *Capabilities) []setpoint {
	code := can.FormatID(f.code, f.wide)
	if f.mask == every(f.wide) && able.ReceiveFilter == Yes {
		return []setpoint{{regReceive, code}}
	}
	return []setpoint{{regFilter, code}, {regMask, can.FormatID(f.mask, f.wide)}}
}

// displaced are the settings that another one takes the place of.
var displaced = map[register][]register{
	regReceive: {regFilter, regMask},
	regFilter:  {regReceive},
	regMask:    {regReceive},
}

// priorityUsual is what ATCP is after a reset.
const priorityUsual = "18"

// header gives the values of ATSH and, with 29 bits, ATCP.
func header(id uint32, wide bool) (priority, rest string) {
	if !wide {
		return "", can.FormatID(id, false)
	}
	return fmt.Sprintf("%02X", id>>24), fmt.Sprintf("%06X", id&0xFFFFFF)
}

package slcan

import (
	"fmt"
	"maps"
	"slices"
)

// The codes of the command S. They differ in S7, and S9 is CANable's alone.
var (
	lawicelRates = map[int]string{
		10_000: "S0", 20_000: "S1", 50_000: "S2", 100_000: "S3", 125_000: "S4",
		250_000: "S5", 500_000: "S6", 800_000: "S7", 1_000_000: "S8",
	}
	canableRates = map[int]string{
		10_000: "S0", 20_000: "S1", 50_000: "S2", 100_000: "S3", 125_000: "S4",
		250_000: "S5", 500_000: "S6", 750_000: "S7", 1_000_000: "S8", 83_333: "S9",
	}
)

// dataRates are those of CANable 2's command Y.
var dataRates = map[int]string{defaultDataRate: "Y2", 5_000_000: "Y5"}

const defaultDataRate = 2_000_000

// rateCommand gives the command that chooses a bit rate.
func (d *device) rateCommand(bitrate int) (string, error) {
	if code, ok := d.rates()[bitrate]; ok {
		return code, nil
	}
	if code, ok := registers(bitrate); ok && !d.canable {
		return code, nil
	}
	return "", d.noRate(bitrate, false)
}

func (d *device) rates() map[int]string {
	if d.canable {
		return canableRates
	}
	return lawicelRates
}

func (d *device) noRate(bitrate int, refused bool) error {
	valid := slices.Sorted(maps.Keys(d.rates()))
	valid = slices.DeleteFunc(valid, func(r int) bool { return r == bitrate })
	return &BitrateError{Bitrate: bitrate, Valid: valid, Refused: refused}
}

// A LAWICEL dongle has an SJA1000 at 16 MHz; s sets its two timing registers:
//
//	BTR0  7-6 SJW-1   5-0 BRP-1           a quantum is 2 BRP / 16 MHz
//	BTR1  7 three samples   6-4 TSEG2-1   3-0 TSEG1-1
//
// A bit is 1 + TSEG1 + TSEG2 quanta. The sample point is at three quarters of
// it or a little later.
const (
	quantumClock = 8_000_000
	maxPrescaler = 64
	minQuanta    = 8
	maxQuanta    = 20
	tolerance    = 1000 // one part in so many: half of what ISO 11898-1 leaves
)

// registers gives the command s for bit rates that have no code of S.
func registers(bitrate int) (string, bool) {
	if bitrate <= 0 {
		return "", false
	}
	for quanta := maxQuanta; quanta >= minQuanta; quanta-- {
		prescaler := (quantumClock + bitrate*quanta/2) / (bitrate * quanta)
		if prescaler < 1 || prescaler > maxPrescaler {
			continue
		}
		is := float64(quantumClock) / float64(prescaler*quanta)
		if off := is/float64(bitrate) - 1; off*tolerance > 1 || off*tolerance < -1 {
			continue
		}
		late := max(quanta/5, 2) // TSEG2
		return fmt.Sprintf("s%02X%02X", prescaler-1, (late-1)<<4|(quanta-1-late-1)), true
	}
	return "", false
}

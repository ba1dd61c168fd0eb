package elm327

import (
	"context"
	"math"
	"strconv"
	"strings"
)

// supply is the voltage at the connector, in mV, by ATRV. A chip that gives
// none, or 0, does not measure: *NoSupplyError.
func (c *chip) supply(ctx context.Context) (millivolts int, err error) {
	r, err := c.do(ctx, "ATRV", wait{})
	if err != nil {
		return 0, err
	}
	if r.has(wordUnknown) {
		return 0, &NoSupplyError{Text: "?"}
	}
	text := r.text()
	volts, err := strconv.ParseFloat(strings.TrimSuffix(compact(text), "V"), 64)
	if err != nil || !(volts > 0 && volts < 100) {
		return 0, &NoSupplyError{Text: text}
	}
	return int(math.Round(volts * 1000)), nil
}

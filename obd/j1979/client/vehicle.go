package client

import (
	"context"

	"github.com/untether-obd/untether/obd/dtc"
	"github.com/untether-obd/untether/obd/j1979"
)

// VIN asks for the vehicle identification number (09 02, 22 F802). A unit that
// was never told one answers with j1979.ErrBlank.
func (c *Client) VIN(ctx context.Context) ([]Answer[string], error) {
	return info(ctx, c, j1979.InfoVIN, j1979.Info.VIN)
}

// CalibrationIDs asks for the identifications of the units' software (09 04).
func (c *Client) CalibrationIDs(ctx context.Context) ([]Answer[[]string], error) {
	return info(ctx, c, j1979.InfoCalibrationIDs, j1979.Info.CalibrationIDs)
}

// CVNs asks for the calibration verification numbers (09 06). A unit may have
// to compute them, which takes a while.
func (c *Client) CVNs(ctx context.Context) ([]Answer[[]uint32], error) {
	return info(ctx, c, j1979.InfoCVNs, j1979.Info.CVNs)
}

// ECUName asks for the units' names: ECM-EngineControl (09 0A).
func (c *Client) ECUName(ctx context.Context) ([]Answer[string], error) {
	return info(ctx, c, j1979.InfoECUName, j1979.Info.ECUName)
}

func info[T any](ctx context.Context, c *Client, kind byte, value func(j1979.Info) (T, error)) ([]Answer[T], error) {
	return ask(ctx, c, c.language.info(kind), func(data []byte) (T, error) {
		i, err := c.language.parseInfo(data)
		if err != nil {
			var none T
			return none, err
		}
		return value(i)
	})
}

// Kind is where a unit keeps trouble codes of emissions.
type Kind byte

// The kinds, by their service in J1979.
const (
	Stored    Kind = Kind(j1979.StoredCodes)    // confirmed
	Pending   Kind = Kind(j1979.PendingCodes)   // seen in this or the last driving cycle
	Permanent Kind = Kind(j1979.PermanentCodes) // stays until the unit itself has seen the repair
)

// DTC is a trouble code. J1979 has no status: there the Kind gives the state.
type DTC struct {
	Code  dtc.Code
	State dtc.State
}

// DTCs asks for trouble codes (03, 07, 0A; 19 42 and 19 55). Those of J1979-2
// are asked of one unit at a time: no group may be asked for 19.
func (c *Client) DTCs(ctx context.Context, kind Kind) ([]Answer[[]DTC], error) {
	q, err := c.language.codes(kind)
	if err != nil {
		return nil, err
	}
	return ask(ctx, c, q, c.language.parseCodes)
}

// faults drops P0000, with which some units fill a fixed number of places.
func faults(list []DTC) []DTC {
	var out []DTC
	for _, d := range list {
		if !d.Code.IsZero() {
			out = append(out, d)
		}
	}
	return out
}

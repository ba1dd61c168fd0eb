package cli

import (
	"io"

	"github.com/untether-obd/untether/telematics"
)

// redacting masks whatever looks like an identifier in a line of the log: the
// last net below code that puts none there.
type redacting struct{ out io.Writer }

func (r redacting) Write(line []byte) (int, error) {
	if _, err := io.WriteString(r.out, telematics.RedactText(string(line))); err != nil {
		return 0, err
	}
	return len(line), nil
}

// logResult says in one line what came of an inspection.
func (a *app) logResult(i *telematics.Inspection) {
	a.log.Info().
		Str("vin", telematics.MaskLog(telematics.KindVIN, i.Vehicle.VIN)).
		Str("profile", i.Profile.ID).
		Str("services", i.Telematics.Services).
		Int("asked", i.Coverage.Asked).Int("answered", i.Coverage.Answered).
		Int("refused", i.Coverage.Refused).Int("silent", i.Coverage.Silent).
		Int64("duration_ms", i.DurationMS).
		Msg("inspected")
}

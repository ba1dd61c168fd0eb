package cli

import (
	"errors"

	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/telematics/message"
)

// aboutELM tells what is wrong with an ELM327 or its like.
func (a *app) aboutELM(uri string, err error) (string, int) {
	var (
		none       *elm327.NoDongleError
		locked     *elm327.LockedUpError
		voltage    *elm327.LowVoltageError
		reset      *elm327.ResetError
		asleep     *elm327.AsleepError
		late       *elm327.LateError
		unknown    *elm327.UnsupportedError
		unexpected *elm327.UnexpectedError
		chip       *elm327.ChipError
	)
	switch {
	case errors.As(err, &none):
		return a.aboutNoDongle(uri, none), exitNoCar
	case errors.As(err, &locked):
		return a.say.Text(message.DongleLockedUp, uri), exitNoCar
	case errors.As(err, &voltage):
		return a.say.Text(message.DongleLowVoltage, uri), exitNoCar
	case errors.As(err, &reset):
		return a.say.Text(message.DongleReset, uri), exitNoCar
	case errors.As(err, &asleep):
		return a.say.Text(message.DongleAsleep, uri), exitNoCar
	case errors.As(err, &late):
		return a.say.Text(message.DongleMute, uri), exitNoCar
	case errors.As(err, &unknown):
		return a.say.Text(message.DongleNotELM, uri, unknown.Command), exitFailed
	case errors.As(err, &unexpected):
		return a.say.Text(message.DongleDisturbed, uri), exitNoCar
	case errors.As(err, &chip):
		return a.say.Text(message.DongleSays, uri, printable(chip.Said)), exitNoCar
	}
	return "", 0
}

func (a *app) aboutNoDongle(uri string, e *elm327.NoDongleError) string {
	switch e.Seen {
	case elm327.SeenGarbage:
		return a.say.Text(message.DongleGarbage, uri)
	case elm327.SeenOther:
		return a.say.Text(message.DongleForeign, uri, printable(e.Text))
	}
	return a.say.Text(message.DongleSilent, uri)
}

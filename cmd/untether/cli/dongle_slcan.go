package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/telematics/message"
)

// aboutSLCAN tells what is wrong with an SLCAN dongle.
func (a *app) aboutSLCAN(uri string, err error) (string, int) {
	var (
		foreign *slcan.ForeignError
		refused *slcan.RefusedError
		rate    *slcan.BitrateError
	)
	switch {
	case errors.As(err, &foreign):
		return a.say.Text(message.SLCANForeign, uri, printable(foreign.Said)), exitNoCar
	case errors.As(err, &refused):
		return a.say.Text(message.SLCANRefuses, uri, refused.Command), exitFailed
	case errors.As(err, &rate):
		valid := strings.ReplaceAll(strings.Trim(fmt.Sprint(rate.Valid), "[]"), " ", ", ")
		return a.say.Text(message.SLCANNoBitrate, uri, fmt.Sprint(rate.Bitrate), valid), exitFailed
	case errors.Is(err, slcan.ErrSilent):
		return a.say.Text(message.SLCANSilent, uri), exitNoCar
	case errors.Is(err, slcan.ErrNoFD):
		return a.say.Text(message.SLCANNoFD, uri), exitFailed
	case errors.Is(err, slcan.ErrGone):
		return a.say.Text(message.DongleMute, uri), exitNoCar
	case errors.Is(err, slcan.ErrReset):
		return a.say.Text(message.DongleReset, uri), exitNoCar
	case errors.Is(err, slcan.ErrBufferFull):
		return a.say.Text(message.DongleFull, uri), exitNoCar
	}
	return "", 0
}

package cli

import (
	"fmt"

	"github.com/untether-obd/untether/telematics/inspect"
	"github.com/untether-obd/untether/telematics/message"
)

// progress is a line on the terminal that changes while the car is asked. It
// is silent where nobody looks.
type progress struct {
	app   *app
	shown bool
}

func newProgress(a *app) *progress { return &progress{app: a} }

const clearLine = "\r\x1b[K"

func (p *progress) step(s inspect.Step, done, of int) {
	p.app.log.Debug().Str("step", string(s)).Int("done", done).Int("of", of).Send()
	if !isTerminal(p.app.streams.Err) || p.app.verbose {
		return
	}
	say := p.app.say
	text := map[inspect.Step]string{
		inspect.StepConnect: say.Text(message.StepConnect),
		inspect.StepVehicle: say.Text(message.StepVehicle),
		inspect.StepUnits:   say.Text(message.StepUnits, done, of),
		inspect.StepScan:    say.Text(message.StepScan, done, of),
	}[s]
	fmt.Fprint(p.app.streams.Err, clearLine, text, " ...")
	p.shown = true
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.app.streams.Err, clearLine)
	}
}

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
	say := p.app.say
	p.show(map[inspect.Step]string{
		inspect.StepConnect: say.Text(message.StepConnect),
		inspect.StepVehicle: say.Text(message.StepVehicle),
		inspect.StepUnits:   say.Text(message.StepUnits, done, of),
		inspect.StepScan:    say.Text(message.StepScan, done, of),
	}[s])
}

// protocol shows which one a dongle tries, which takes seconds each.
func (p *progress) protocol(name string, tried, of int) {
	p.app.log.Debug().Str("protocol", name).Int("tried", tried).Int("of", of).Send()
	p.show(p.app.say.Text(message.StepProtocol, name, tried, of))
}

func (p *progress) show(text string) {
	if !isTerminal(p.app.streams.Err) || p.app.verbose {
		return
	}
	fmt.Fprint(p.app.streams.Err, clearLine, text, " ...")
	p.shown = true
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.app.streams.Err, clearLine)
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/telematics/message"
)

type simRunFlags struct{ trace, listen string }

func (a *app) simRun() *cobra.Command {
	var f simRunFlags
	c := &cobra.Command{
		Use:   "run CAR|--trace FILE --listen URI",
		Short: "Let other programs on a simulated or recorded car, one after another",
		Long: `Run lets other programs on a simulated car, one after another. The car goes on
between them: what one of them changes, the next one finds changed.

With --trace the car is a recording: each unit in it that somebody asked and
that answered gives the recorded answers, in their order and after the recorded
time. What was never asked stays without an answer, which is told on standard
error once a request. What else is in the recording is not repeated: traffic
between units, and answers that broke off.

It prints one line when it listens, with the command that meets it, and tells
on standard error who comes and goes. Ctrl-C ends it; that is no failure, the
exit code is 0.`,
		RunE: func(c *cobra.Command, args []string) error { return a.runSim(c.Context(), f, args) },
	}
	c.Flags().StringVar(&f.trace, "trace", "", "a recording that answers, in place of CAR")
	c.Flags().StringVar(&f.listen, "listen", "", "where: unix:PATH, or tcp:HOST:PORT or socketcand:HOST:PORT on this computer (port 0: any), or socketcan:INTERFACE; or behind a simulated dongle: elm327:pty, elm327:HOST:PORT, slcan:pty or slcan:HOST:PORT, with ?dongle=NAME and ?fault=NAME")
	return c
}

func (a *app) runSim(ctx context.Context, f simRunFlags, args []string) error {
	switch {
	case len(args) > 1, (len(args) == 1) == (f.trace != ""):
		return &usageError{errors.New("sim run needs one CAR, or --trace FILE")}
	case f.listen == "":
		return &usageError{errors.New("sim run needs --listen URI")}
	}
	car, err := a.startCar(ctx, f.trace, args)
	if err != nil {
		return err
	}
	return errors.Join(a.serve(ctx, car, f.listen), car.Close())
}

func (a *app) startCar(ctx context.Context, trace string, args []string) (adapter.Controller, error) {
	if trace != "" {
		return openTrace(ctx, trace, a.tellUnasked)
	}
	return simulatedCar(ctx, args[0])
}

// simulatedCar is what the adapter sim: opens, so it takes what that takes.
func simulatedCar(ctx context.Context, name string) (adapter.Controller, error) {
	u, err := adapter.ParseURI("sim:" + name)
	if err != nil {
		return nil, err
	}
	ad, err := openSim(ctx, u)
	if err != nil {
		return nil, err
	}
	return ad.(adapter.Controller), nil
}

// serve lets others on the car until ctx ends.
func (a *app) serve(ctx context.Context, car adapter.Controller, uri string) error {
	l, err := listen(ctx, uri)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.streams.Out, a.say.Text(message.SimUp, car.Info().Description, l.URI()))
	return l.Serve(ctx, car, a.tellClient)
}

func (a *app) tellClient(e tunnel.Event) {
	text := map[tunnel.EventKind]string{
		tunnel.Joined:     a.say.Text(message.SimJoined),
		tunnel.Left:       a.say.Text(message.SimLeft),
		tunnel.TurnedAway: a.say.Text(message.SimTurnedAway),
	}[e.Kind]
	if e.Err != nil {
		text = a.say.Text(message.SimMisread, e.Err.Error())
	}
	fmt.Fprintln(a.streams.Err, text)
}

func (a *app) tellUnasked(e *tape.NeverAskedError) {
	const shown = 4 // bytes; the rest may be somebody's data
	request := fmt.Sprintf("% X", e.Request[:min(len(e.Request), shown)])
	if len(e.Request) > shown {
		request += " ..."
	}
	fmt.Fprintln(a.streams.Err, a.say.Text(message.SimUnasked, e.Address.String(), request))
}

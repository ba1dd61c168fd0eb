package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
	"github.com/untether-obd/untether/telematics/message"
)

type inspectFlags struct {
	adapter, profile, profiles, output, record, failOn string
	reveal, redact                                     bool
}

func (a *app) inspect() *cobra.Command {
	var f inspectFlags
	c := &cobra.Command{
		Use:   "inspect",
		Short: "Read a car's telematics units: who they are and what state they are in. Changes nothing",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.runInspect(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.adapter, "adapter", "", "where the car is: elm327:PORT, slcan:PORT, socketcan:IF, socketcand://HOST/BUS, sim:CAR, unix:PATH, tcp:HOST:PORT or replay:FILE (default: the one adapter that is plugged in)")
	flags.StringVar(&f.profile, "profile", "", "id of the profile to use (default: found by VIN and answers)")
	flags.StringVar(&f.profiles, "profiles", "", "folder with profiles that add to or replace the built-in ones")
	flags.StringVar(&f.output, "output", outputText, "text or json")
	flags.BoolVar(&f.reveal, "reveal", false, "show masked identifiers in clear; on a terminal only")
	flags.StringVar(&f.record, "record", "", "keep the frames of the inspection in this new file: pcapng if it ends in .pcapng, else candump")
	flags.BoolVar(&f.redact, "redact", false, "with --record: blank what is personal, keep lengths and timing")
	flags.StringVar(&f.failOn, "fail-on", "", "exit with 3 if the services are active, or unknown (which includes active)")
	return c
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("unknown argument %q", args[0])}
	}
	return nil
}

func (a *app) checkInspect(f inspectFlags) error {
	switch {
	case f.failOn != "" && f.failOn != telematics.Active && f.failOn != telematics.Unknown:
		return &choiceError{"--fail-on", f.failOn, "active, unknown"}
	case f.reveal && !isTerminal(a.streams.Out):
		return errReveal
	case f.redact && f.record == "":
		return &usageError{errors.New("--redact needs --record FILE")}
	}
	return checkOutput(f.output)
}

func (a *app) runInspect(ctx context.Context, f inspectFlags) error {
	if err := a.checkInspect(f); err != nil {
		return err
	}
	set, err := a.loadProfiles(f.profiles)
	if err != nil {
		return err
	}
	result, err := withAdapter(ctx, a, registry, f.adapter, func(ctx context.Context, ad adapter.Adapter, p *progress) (*telematics.Inspection, error) {
		return a.inspectWith(ctx, ad, f, p, inspect.Options{Profiles: set, Profile: f.profile, Reveal: f.reveal, Printer: a.say, Progress: p.step, OtherPins: a.otherPins(p)})
	})
	if result == nil {
		return err
	}
	a.logResult(result)
	if printed := a.printInspection(result, f.output); err == nil {
		err = printed
	}
	if err == nil && holds(f.failOn, result.Telematics.Services) {
		a.code = exitHolds
	}
	return err
}

// inspectWith inspects whatever kind of adapter it is. A result beside an
// error is what was learned until then.
func (a *app) inspectWith(ctx context.Context, ad adapter.Adapter, f inspectFlags, p *progress, o inspect.Options) (result *telematics.Inspection, err error) {
	switch ad := ad.(type) {
	case adapter.Recording:
		if f.record != "" {
			return nil, errNothingToRecord
		}
		return inspect.Recording(ad, o)
	case adapter.Linker:
		if f.record != "" {
			return nil, errNothingToRecord
		}
		return a.inspectLink(ctx, ad, o)
	case adapter.Dongle:
		if f.record != "" {
			return nil, &cannotRecordError{ad.Info().URI}
		}
		return a.inspectDongle(ctx, ad, p, o)
	case adapter.Controller:
		if f.record == "" {
			return a.inspectCar(ctx, ad, o)
		}
		controller, end, err := a.record(ad, f.record, f.redact)
		if err != nil {
			return nil, err
		}
		result, err := a.inspectCar(ctx, controller, o)
		if ended := end(); err == nil {
			err = ended
		}
		return result, err
	}
	return nil, fmt.Errorf("adapter %s is neither a car nor a recording", ad.Info().URI)
}

func (a *app) inspectCar(ctx context.Context, c adapter.Controller, o inspect.Options) (*telematics.Inspection, error) {
	uri := c.Info().URI
	o.Progress(inspect.StepConnect, 0, 0)
	car, err := bringup.Up(ctx, c)
	if err != nil {
		return nil, &adapterError{uri, err}
	}
	a.log.Info().Int("bitrate", car.Bitrate).Bool("quiet", car.Quiet).Bool("woken", car.Woken).Msg("joined the bus")
	return finishCar(ctx, car, c, o)
}

// inspectLink inspects over an adapter without frames: of those there are only
// recordings that answer, so there is nothing to record.
func (a *app) inspectLink(ctx context.Context, l adapter.Linker, o inspect.Options) (*telematics.Inspection, error) {
	o.Progress(inspect.StepConnect, 0, 0)
	car, err := bringup.Over(ctx, l)
	if err != nil {
		return nil, &adapterError{l.Info().URI, err}
	}
	return finishCar(ctx, car, l, o)
}

// inspectDongle inspects over an adapter that hides the frames.
func (a *app) inspectDongle(ctx context.Context, d adapter.Dongle, p *progress, o inspect.Options) (*telematics.Inspection, error) {
	o.Progress(inspect.StepConnect, 0, 0)
	car, err := bringup.Through(ctx, d, bringup.Options{Progress: p.protocol})
	if err != nil {
		return nil, &adapterError{d.Info().URI, err}
	}
	a.log.Info().Int("bitrate", car.Bitrate).Str("protocol", car.Protocol).Bool("quiet", car.Quiet).Bool("woken", car.Woken).Msg("joined the bus")
	return finishCar(ctx, car, d, o)
}

func finishCar(ctx context.Context, car *bringup.Car, ad adapter.Adapter, o inspect.Options) (*telematics.Inspection, error) {
	result, err := inspect.Car(ctx, car, ad.Info(), o)
	err = errors.Join(err, car.Link.Close())
	if err == nil && car.Unproven && nobody(result.Units) {
		err = &bringup.NoCarError{Bitrates: []int{car.Bitrate}, Unanswered: true}
	}
	if err != nil {
		err = &adapterError{ad.Info().URI, err}
	}
	return result, err
}

var errNothingToRecord = &usageError{errors.New("--record has nothing to record: nothing is sent to a recording")}

// cannotRecordError is a dongle that hides the frames which --record keeps.
type cannotRecordError struct{ uri string }

func (e *cannotRecordError) Error() string { return e.uri + ": cannot record" }

// nobody reports whether no unit answered, of those that were asked.
func nobody(units []telematics.Unit) bool {
	return !slices.ContainsFunc(units, func(u telematics.Unit) bool { return u.Answered })
}

// holds reports whether the services are what --fail-on names; unknown
// includes active.
func holds(failOn, services string) bool {
	switch failOn {
	case telematics.Active:
		return services == telematics.Active
	case telematics.Unknown:
		return services != telematics.Inactive
	}
	return false
}

func (a *app) printInspection(i *telematics.Inspection, output string) error {
	if output == outputJSON {
		return a.printJSON(i)
	}
	return a.report(i).print()
}

// loadProfiles gives the built-in profiles, with those of a folder added.
func (a *app) loadProfiles(dir string) (*profiles.Set, error) {
	set, err := profiles.Embedded()
	if err != nil || dir == "" {
		return set, err
	}
	own, err := profiles.Load(dir)
	if err != nil {
		return nil, err
	}
	set, replaced := set.With(own)
	for _, id := range replaced {
		fmt.Fprintln(a.streams.Err, a.say.Text(message.ProfileReplaced, id, dir))
	}
	return set, nil
}

package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
	"github.com/untether-obd/untether/telematics/message"
)

type scanFlags struct {
	adapter, profiles, output string
	full, bench, reveal       bool
	share                     float64
}

func (a *app) scan() *cobra.Command {
	var f scanFlags
	c := &cobra.Command{
		Use:   "scan",
		Short: "Find a car's control units. Changes nothing",
		Long: `Scan asks many addresses whether anybody is there (tester present), asks who
seems to answer once more, alone, and reads from each unit who it is. It opens
no session and never sends on an identifier that others use.

Without --full it tries the addresses that are known of the car's make, and
those at which other makes have their telematics unit.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runScan(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.adapter, "adapter", "", "where the car is: slcan:PORT, socketcan:IF, socketcand://HOST/BUS, sim:CAR, unix:PATH or tcp:HOST:PORT (default: the one adapter that is plugged in)")
	flags.BoolVar(&f.full, "full", false, "try all ranges in which cars have their units")
	flags.BoolVar(&f.bench, "bench", false, "try 000-5FF as well: units on a bench only; refused where there is other traffic")
	flags.Float64Var(&f.share, "share", 0.5, "part of the free bus to use, above 0 and at most 1")
	flags.StringVar(&f.profiles, "profiles", "", "folder with profiles that add to or replace the built-in ones")
	flags.StringVar(&f.output, "output", outputText, "text or json")
	flags.BoolVar(&f.reveal, "reveal", false, "show masked identifiers in clear; on a terminal only")
	return c
}

func (a *app) checkScan(f scanFlags) error {
	switch {
	case f.reveal && !isTerminal(a.streams.Out):
		return errReveal
	case !(f.share > 0 && f.share <= 1): // NaN is no share either
		return &usageError{errors.New("--share must be above 0 and at most 1")}
	}
	return checkOutput(f.output)
}

func (a *app) runScan(ctx context.Context, f scanFlags) error {
	if err := a.checkScan(f); err != nil {
		return err
	}
	set, err := a.loadProfiles(f.profiles)
	if err != nil {
		return err
	}
	result, err := withAdapter(ctx, a, registry, f.adapter, func(ctx context.Context, ad adapter.Adapter, p *progress) (*telematics.Scan, error) {
		return a.scanWith(ctx, ad, inspect.ScanOptions{
			Options: inspect.Options{Profiles: set, Reveal: f.reveal, Printer: a.say, Progress: p.step},
			Full:    f.full, Bench: f.bench, Share: f.share,
		})
	})
	if result == nil {
		return err
	}
	if printed := a.printScan(result, f.output); err == nil {
		err = printed
	}
	return err
}

// scanWith scans the car behind an adapter that carries frames. A result
// beside an error is what was found until then.
func (a *app) scanWith(ctx context.Context, ad adapter.Adapter, o inspect.ScanOptions) (*telematics.Scan, error) {
	c, ok := ad.(adapter.Controller)
	if !ok {
		return nil, &cannotScanError{ad.Info().URI}
	}
	o.Progress(inspect.StepConnect, 0, 0)
	car, err := bringup.Up(ctx, c)
	if err != nil {
		return nil, &adapterError{c.Info().URI, err}
	}
	result, err := inspect.Scan(ctx, car, c.Info(), o)
	err = errors.Join(err, car.Link.Close())
	if err == nil && car.Unproven && len(result.Units) == 0 {
		err = &bringup.NoCarError{Bitrates: []int{car.Bitrate}, Unanswered: true}
	}
	if err != nil {
		err = &adapterError{c.Info().URI, err}
	}
	if errors.Is(err, guard.ErrDenied) {
		return nil, err // nothing was looked for
	}
	return result, err
}

// cannotScanError is an adapter through which nobody can look for units: a
// recording, or one to which frames are hidden.
type cannotScanError struct{ uri string }

func (e *cannotScanError) Error() string { return e.uri + ": cannot scan" }

func (a *app) printScan(s *telematics.Scan, output string) error {
	if output == outputJSON {
		return a.printJSON(s)
	}
	r := scanReport{s, a.page()}
	return r.print()
}

// scanReport is a scan for a person.
type scanReport struct {
	*telematics.Scan
	page
}

func (r *scanReport) print() error {
	r.vehicle(&r.Vehicle, "", r.Adapter)
	r.units()
	r.identifiers(r.Identifiers)
	r.findings(r.Findings)
	r.sweep()
	r.notes(r.Adapter, r.Identifiers)
	return r.out.Flush()
}

func (r *scanReport) units() {
	r.heading(message.Units)
	if len(r.Units) == 0 {
		r.item(r.say.Text(message.ScanNobody), plain)
		return
	}
	var t table
	for i := range r.Units {
		u := &r.Units[i]
		said := r.say.Text(message.ScanAnswered, u.LatencyMS)
		if u.Padding == "none" {
			said += "; " + r.say.Text(message.ScanShortOnly)
		}
		t = append(t, append(r.unit(&u.Unit), said))
	}
	r.table(t)
}

func (r *scanReport) sweep() {
	r.heading(message.Coverage)
	where := message.ScanKnown
	if r.Sweep.Full {
		where = message.ScanFull
	}
	r.item(r.say.Text(where, r.Sweep.Probes, r.Sweep.Load, r.Sweep.Share), plain)
}

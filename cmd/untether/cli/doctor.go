package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

type doctorFlags struct {
	profiles, output string
	noCar            bool
}

func (a *app) adaptersDoctor() *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use:   "doctor [URI]",
		Short: "Find out how good an adapter is, for which makes that is enough, and how to mend it",
		Long: `Doctor asks an adapter what it is and tries what it can do, measures how fast
and how reliably it answers, and the supply. It then tells for each make whether
its units are within reach, by the same rules by which an inspection would be
refused, and why.

If there is a car behind it, the car is met as at the beginning of every
inspection, and asked nothing else. Without a URI it is the one adapter that is
plugged in. That the adapter is poor, or that no car answers, is no failure.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{errors.New("doctor takes one URI")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.runDoctor(c.Context(), f, strings.Join(args, ""))
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.profiles, "profiles", "", "folder with profiles that add to or replace the built-in ones")
	flags.StringVar(&f.output, "output", outputText, "text or json")
	flags.BoolVar(&f.noCar, "no-car", false, "examine the adapter alone: nothing is sent to a car")
	return c
}

func (a *app) runDoctor(ctx context.Context, f doctorFlags, uri string) error {
	if err := checkOutput(f.output); err != nil {
		return err
	}
	set, err := a.loadProfiles(f.profiles)
	if err != nil {
		return err
	}
	result, err := withAdapter(ctx, a, probing(), uri, func(ctx context.Context, ad adapter.Adapter, p *progress) (*doctor.Report, error) {
		p.show(a.say.Text(message.StepDoctor))
		report, err := doctor.Examine(ctx, ad, doctor.Options{Profiles: set, Printer: a.say, NoCar: f.noCar, Protocol: p.protocol})
		if err != nil {
			err = &adapterError{ad.Info().URI, err}
		}
		return report, err
	})
	if result == nil {
		return err
	}
	if printed := a.printDoctor(result, f.output); err == nil {
		err = printed
	}
	return err
}

func (a *app) printDoctor(r *doctor.Report, output string) error {
	if output == outputJSON {
		return a.printJSON(r)
	}
	d := doctorPage{r, a.page()}
	return d.print()
}

// doctorPage is an examination for a person: what it is, then why, then what it
// can do for whom, then what to do.
type doctorPage struct {
	*doctor.Report
	page
}

func (d *doctorPage) print() error {
	d.adapter()
	d.reasons()
	d.measured()
	d.makes()
	d.abilities()
	d.advice()
	d.notes()
	return d.out.Flush()
}

var (
	gradeTexts  = map[doctor.Grade]message.ID{doctor.Full: message.GradeFull, doctor.Usable: message.GradeUsable, doctor.Poor: message.GradePoor}
	gradeStyles = map[doctor.Grade]style{doctor.Full: green, doctor.Usable: yellow, doctor.Poor: red}
)

func (d *doctorPage) adapter() {
	d.heading(message.Adapter)
	t := table{{d.say.Text(message.Adapter), d.Adapter.URI}, {"", d.Adapter.Description}}
	if said := strings.Join(d.said(), ", "); said != "" {
		t = append(t, row{d.say.Text(message.ChipIs), said})
	}
	verdict := d.paint(gradeStyles[d.Grade], d.say.Text(gradeTexts[d.Grade]))
	if d.Clone == doctor.Yes {
		verdict = d.say.Text(message.CloneYes) + "; " + verdict
	}
	d.table(append(t, row{d.say.Text(message.AdapterGrade), verdict}))
}

// said is all that the dongle calls itself, beyond what describes it already.
func (d *doctorPage) said() (all []string) {
	for _, text := range []string{d.Identity.Banner, d.Identity.Firmware, d.Identity.Hardware, d.Identity.Description} {
		if text != "" && text != d.Adapter.Description {
			all = append(all, text)
		}
	}
	return all
}

func (d *doctorPage) reasons() {
	if !d.section(message.Reasons, len(d.Reasons)) {
		return
	}
	for _, r := range d.Reasons {
		d.item(r.Summary, plain)
	}
}

func (d *doctorPage) advice() {
	d.heading(message.Advice)
	for _, text := range d.Advice {
		d.item(text, plain)
	}
}

func (d *doctorPage) notes() {
	note := message.DoctorNote
	if d.Car.State == doctor.CarNotAsked {
		note = message.DoctorNoCar
	}
	d.line("", plain)
	d.line(d.say.Text(note), dim)
}

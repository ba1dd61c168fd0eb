package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/message"
)

func (a *app) profiles() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "profiles",
		Short: "What is known of each maker's units",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&dir, "profiles", "", "folder with profiles that add to or replace the built-in ones")
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "List the profiles", Args: noArgs, RunE: func(*cobra.Command, []string) error { return a.listProfiles(dir) }},
		&cobra.Command{Use: "lint", Short: "Check profiles for mistakes, each with file, line and column", Args: noArgs, RunE: func(*cobra.Command, []string) error { return a.lintProfiles(dir) }},
	)
	return c
}

func (a *app) listProfiles(dir string) error {
	set, err := a.loadProfiles(dir)
	if err != nil {
		return err
	}
	for _, p := range set.All() {
		fmt.Fprintf(a.streams.Out, "%-20s %s\n", p.ID, p.Title)
	}
	return nil
}

// lintError is a count of mistakes that were printed already.
type lintError struct{ n int }

func (e *lintError) Error() string { return fmt.Sprintf("%d mistakes in profiles", e.n) }

func (a *app) lintProfiles(dir string) error {
	set, err := a.loadProfiles(dir)
	if err != nil {
		return err
	}
	problems := linter().Lint(set)
	for _, p := range problems {
		fmt.Fprintln(a.streams.Out, p)
	}
	if len(problems) > 0 {
		return &lintError{len(problems)}
	}
	fmt.Fprintln(a.streams.Out, a.say.Text(message.ProfilesClean, len(set.All())))
	return nil
}

// linter knows the words of telematics and what the guard never lets pass.
func linter() profiles.Linter {
	l := profiles.Linter{Signals: map[string][]string{}, Denied: func(_ guard.Dialect, request []byte) bool { return guard.Never(request) }}
	for _, k := range telematics.Kinds() {
		l.Kinds = append(l.Kinds, string(k))
	}
	for _, n := range telematics.SignalNames() {
		l.Signals[string(n)], _ = telematics.SignalValues(n)
	}
	return l
}

package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/hardware-sim/car"
)

func (a *app) sim() *cobra.Command {
	c := &cobra.Command{
		Use:   "sim",
		Short: "Simulated cars",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{Use: "list", Short: "List the simulated cars", Args: noArgs, RunE: func(*cobra.Command, []string) error {
		for _, x := range car.List() {
			fmt.Fprintf(a.streams.Out, "%-28s %s\n", x.ID, x.Title)
		}
		return nil
	}})
	c.AddCommand(a.simRun(), a.simFaults())
	return c
}

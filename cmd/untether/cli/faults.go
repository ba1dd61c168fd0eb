package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/telematics/message"
)

func (a *app) simFaults() *cobra.Command {
	return &cobra.Command{
		Use: "faults", Short: "List what can go wrong in a simulated car (sim:CAR?fault=NAME) or dongle (--listen elm327:pty?fault=NAME)", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			var t table
			for _, f := range fault.List() {
				t = append(t, row{string(f.Level), f.Name, f.Text})
			}
			for _, f := range velm.Faults() {
				t = append(t, row{"elm327", f.Name, f.Summary})
			}
			for _, name := range vslcan.Faults() {
				t = append(t, row{"slcan", name, ""})
			}
			p := a.page()
			p.table(t)
			return p.out.Flush()
		},
	}
}

// keyFault names a fault in the URI of a simulated car.
const keyFault = "fault"

// faulty gives the options of a simulated car.
func faulty(u adapter.URI) (o car.Options, err error) {
	if !u.Query.Has(keyFault) {
		return o, nil
	}
	f, err := fault.ByName(u.Query.Get(keyFault))
	o.Fault = &f
	return o, err
}

// lacks are the texts of what a car has not.
var lacks = map[fault.Need]message.ID{
	fault.NeedsGateway: message.LacksGateway, fault.NeedsIgnition: message.LacksIgnition, fault.NeedsSpeed: message.LacksSpeed,
	fault.NeedsSupply: message.LacksSupply, fault.NeedsSessions: message.LacksSessions,
}

func (a *app) aboutFault(err error) (string, int) {
	var (
		unknown    *fault.UnknownError
		impossible *fault.ImpossibleError
	)
	switch {
	case errors.As(err, &unknown):
		return a.say.Text(message.UnknownFault, unknown.Name, strings.Join(unknown.Known, ", ")), exitFailed
	case errors.As(err, &impossible):
		return a.say.Text(message.ImpossibleFault, impossible.Fault, impossible.Car, a.say.Text(lacks[impossible.Needs])), exitFailed
	}
	return "", 0
}

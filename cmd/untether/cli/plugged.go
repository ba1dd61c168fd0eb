package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

func (a *app) adapters() *cobra.Command {
	c := &cobra.Command{
		Use:   "adapters",
		Short: "What is plugged in, and how good it is",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.adaptersList(), a.adaptersDoctor())
	return c
}

func (a *app) adaptersList() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "list",
		Short: "List what may be an adapter, each with what to give to --adapter",
		Long: `List shows serial ports, Bluetooth ports that are bound, and CAN interfaces. It
opens none of them, so what hangs on a serial port is a guess by the id and name
of the USB device: adapters doctor asks it.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.listAdapters(output) },
	}
	c.Flags().StringVar(&output, "output", outputText, "text or json")
	return c
}

func (a *app) listAdapters(output string) error {
	if err := checkOutput(output); err != nil {
		return err
	}
	found, err := a.plugged()
	if err != nil {
		return err
	}
	if output == outputJSON {
		return a.printJSON(doctor.Adapters{Adapters: found})
	}
	p := a.page()
	if len(found) == 0 {
		p.line(p.say.Text(message.NothingPlugged), plain)
	}
	var t table
	for _, f := range found {
		t = append(t, row{f.URI, p.say.Text(guesses[f.Guess], familyNames[f.Family]), a.describe(f)})
	}
	p.table(t)
	return p.out.Flush()
}

// guesses are the texts of how sure a family is.
var guesses = map[doctor.Guess]message.ID{
	doctor.Certain: message.GuessCertain, doctor.Likely: message.GuessLikely, doctor.Unlikely: message.GuessUnlikely,
}

// familyNames are what people call them, in any language.
var familyNames = map[doctor.Family]string{doctor.ELM327: "ELM327/STN", doctor.SLCAN: "SLCAN", doctor.SocketCAN: "CAN"}

// describe says in a few words what was found.
func (a *app) describe(f doctor.Found) string {
	text := f.Name
	add := func(more string) {
		if text != "" {
			text += ", "
		}
		text += more
	}
	if f.USB != nil {
		add(fmt.Sprintf("USB %s:%s", f.USB.Vendor, f.USB.Product))
	}
	switch f.State {
	case doctor.Up:
		add(a.say.Text(message.IsUp))
	case doctor.Down:
		add(a.say.Text(message.IsDown))
	case doctor.Listens:
		add(a.say.Text(message.IsListening))
	}
	if f.Bitrate != 0 {
		add(a.say.Text(message.AtBitrate, f.Bitrate))
	}
	if f.Virtual {
		add(a.say.Text(message.IsVirtual))
	}
	return text
}

package doctor

import (
	"context"

	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/telematics/message"
)

// slcan examines an SLCAN dongle. It carries frames, so that no address is out
// of its reach.
func (x *examination) slcan(ctx context.Context, d *slcan.Dongle) error {
	can := d.Capabilities()
	x.out.Identity = Identity{Family: string(SLCAN), Banner: can.Name}
	x.out.Abilities = []Ability{
		x.able("acknowledge", answer(can.Acknowledges), "", message.AbleAcknowledge),
		x.able("fd", answer(can.FD), "", message.AbleFD),
	}
	if !can.Acknowledges {
		x.because(NoAcknowledge)
	}
	if err := x.dialogue(ctx, d); err != nil {
		return err
	}
	x.judgeDialogue()
	return x.up(ctx, d)
}

func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

func (x *examination) able(name string, state Answer, command string, text message.ID) Ability {
	return Ability{Name: name, State: state, Command: command, Summary: x.o.Printer.Text(text)}
}

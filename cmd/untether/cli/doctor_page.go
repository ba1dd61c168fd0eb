package cli

import (
	"slices"
	"strings"

	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

var supplyTexts = map[doctor.SupplyState]message.ID{
	doctor.SupplyGood: message.SupplyIsGood, doctor.SupplyLow: message.SupplyIsLow,
	doctor.SupplyStop: message.SupplyIsStop, doctor.SupplyNone: message.SupplyIsNone,
}

func (d *doctorPage) measured() {
	d.heading(message.Measured)
	if m := d.Dialogue; m != nil {
		if m.Latency != nil {
			d.item(d.say.Text(message.DialogueTimes, m.Latency.Median, m.Latency.Max), plain)
		}
		d.item(d.say.Text(message.DialogueLoss, m.Lost, m.Asked), plain)
		d.item(d.say.Text(message.DialogueSpeed, m.BytesPerSecond), plain)
	}
	if d.Identity.Baud != 0 {
		d.item(d.say.Text(message.SerialSpeed, d.Identity.Baud), plain)
	}
	if s := d.Supply; s != nil {
		d.item(d.say.Text(message.SupplyMeasured, float64(s.Millivolts)/1000, d.say.Text(supplyTexts[s.State])), plain)
	}
	d.item(d.say.Text(message.Car)+": "+d.car(), plain)
}

func (d *doctorPage) car() string {
	switch c := d.Car; {
	case c.State == doctor.CarNotAsked:
		return d.say.Text(message.CarNotAsked)
	case c.Bitrate != 0:
		return d.say.Text(message.CarJoined, c.Summary, c.Bitrate, c.Load)
	default:
		return c.Summary
	}
}

var reachTexts = map[doctor.Reach]message.ID{
	doctor.All: message.ReachAll, doctor.Some: message.ReachSome, doctor.Nobody: message.ReachNone,
}

// makes puts those together that it says the same of.
func (d *doctorPage) makes() {
	if !d.section(message.Makes, len(d.Makes)) {
		return
	}
	type verdict struct{ reach, why string }
	var order []verdict
	names := map[verdict][]string{}
	for _, m := range d.Makes {
		v := verdict{d.say.Text(reachTexts[m.Reach]), obstacles(m)}
		if !slices.Contains(order, v) {
			order = append(order, v)
		}
		names[v] = append(names[v], d.names(m)...)
	}
	for _, v := range order {
		text := v.reach + ": " + strings.Join(names[v], ", ")
		if v.why != "" {
			text += " - " + v.why
		}
		d.item(text, plain)
	}
}

func (d *doctorPage) names(m doctor.Make) []string {
	if len(m.Makes) == 0 {
		return []string{d.say.Text(message.EveryOther)}
	}
	return m.Makes
}

// obstacles are what is in the way of a make's units, each kind once.
func obstacles(m doctor.Make) string {
	var (
		kinds []doctor.Obstacle
		texts []string
	)
	for _, u := range m.Units {
		if u.Why != "" && !slices.Contains(kinds, u.Why) {
			kinds = append(kinds, u.Why)
			texts = append(texts, u.Summary)
		}
	}
	return strings.Join(texts, "; ")
}

func (d *doctorPage) abilities() {
	if !d.section(message.Abilities, len(d.Abilities)) {
		return
	}
	var t table
	for _, x := range d.Abilities {
		t = append(t, row{x.Summary, d.say.Value(string(x.State)), x.Command})
	}
	d.table(t)
}

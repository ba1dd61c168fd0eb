package doctor

import (
	"cmp"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
)

// List finds what is plugged in, what is likely an adapter first, and opens
// none of it. What it found stands beside an error.
func List() ([]Found, error) {
	ports, err := serialport.List()
	interfaces, second := socketcan.List()
	return found(ports, interfaces), errors.Join(err, second)
}

func found(ports []serialport.Info, interfaces []socketcan.Interface) (all []Found) {
	for _, p := range ports {
		all = append(all, portFound(p))
	}
	for _, i := range interfaces {
		all = append(all, interfaceFound(i))
	}
	slices.SortStableFunc(all, func(a, b Found) int { return cmp.Compare(a.rank(), b.rank()) })
	return all
}

func (f Found) rank() int {
	if f.Pluggable() {
		return 0
	}
	return 1
}

// portFound names a port so that the name stays, if the system has such a one.
func portFound(p serialport.Info) Found {
	f := Found{Family: ELM327, Guess: Unlikely, Device: p.Path, Name: p.Product, State: Present}
	if p.Likely != "" {
		f.Family, f.Guess = Family(p.Likely), Likely
	}
	if p.VID != "" {
		f.USB = &USB{Vendor: p.VID, Product: p.PID, Serial: p.Serial}
	}
	f.URI = string(f.Family) + ":" + cmp.Or(p.ByID, p.Path)
	return f
}

func interfaceFound(i socketcan.Interface) Found {
	return Found{
		URI: "socketcan:" + i.Name, Family: SocketCAN, Guess: Certain, Device: i.Name,
		State: stateOf(i), Bitrate: i.Bitrate, FD: i.FD, Virtual: i.Virtual,
	}
}

func stateOf(i socketcan.Interface) State {
	switch {
	case !i.Up:
		return Down
	case i.Listens:
		return Listens
	}
	return Up
}

package doctor

import (
	"errors"

	"github.com/untether-obd/untether/obd/adapter/socketcan"
)

// List finds what is plugged in, likely adapters first, and opens none of it.
func List() ([]Found, error) {
	interfaces, err := socketcan.List()
	return interfacesFound(interfaces), errors.Join(err)
}

func interfacesFound(all []socketcan.Interface) (found []Found) {
	for _, i := range all {
		found = append(found, Found{
			URI: "socketcan:" + i.Name, Family: SocketCAN, Guess: Certain, Device: i.Name, Name: "",
			State: stateOf(i), Bitrate: i.Bitrate, FD: i.FD, Virtual: i.Virtual,
		})
	}
	return found
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

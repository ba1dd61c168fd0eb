package fault

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Site is where a fault happens.
type Site struct {
	Car    string // its name
	Tester string // name of the tester's controllers on the segment
	Units  []Station
	Victim int    // in Units: what happens to one unit happens to this one
	Lacks  []Need // what it has not
}

// Station is a unit on the segment, with addresses as a tester writes them.
type Station struct {
	Name       string
	Address    transport.Address
	Functional []transport.Address
	Behind     bool // a gateway
}

// Hands are what a fault can do to the car as a whole.
type Hands interface {
	Sleep(controllers time.Duration) // until they acknowledge a frame that wakes them; 0: as the car does
	IgnitionOff()
	Supply(millivolts int)
	Drive(kmh int)
	Isolate() // nobody hears the tester, nor it anybody
	Unplug()  // the tester's controllers are gone
}

// asks reports whether a frame is one of a tester's to the unit.
func (s *Station) asks(f *can.Frame) bool {
	if sentTo(&s.Address, f) {
		return true
	}
	for i := range s.Functional {
		if sentTo(&s.Functional[i], f) {
			return true
		}
	}
	return false
}

func sentTo(a *transport.Address, f *can.Frame) bool {
	return f.ID == a.TX && f.Is(can.Extended) == a.Extended && (!a.HasAE || f.Len > 0 && f.Data[0] == a.TXAE)
}

// says reports whether a frame is one of the unit's.
func (s *Station) says(f *can.Frame) bool {
	a := &s.Address
	return f.ID == a.RX && f.Is(can.Extended) == a.Extended && (!a.HasAE || f.Len > 0 && f.Data[0] == a.RXAE)
}

// at is how many bytes come before the PCI.
func (s *Station) at() int {
	if s.Address.HasAE {
		return 1
	}
	return 0
}

// answer makes a frame that begins as the unit's do.
func (s *Station) answer(pci ...byte) can.Frame { return compose(s.Address.RX, s, s.Address.RXAE, pci) }

// request makes a frame that begins as a tester's to the unit do.
func (s *Station) request(pci ...byte) can.Frame {
	return compose(s.Address.TX, s, s.Address.TXAE, pci)
}

func compose(id uint32, s *Station, ae byte, pci []byte) can.Frame {
	f := can.Frame{ID: id, Len: can.MaxLen}
	if s.Address.Extended {
		f.Flags = can.Extended
	}
	if s.Address.HasAE {
		f.Data[0] = ae
	}
	copy(f.Data[s.at():can.MaxLen], pci)
	return f
}

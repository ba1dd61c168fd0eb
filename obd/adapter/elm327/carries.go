package elm327

import "github.com/untether-obd/untether/obd/transport"

// Carries says why a dongle that can do no more than this cannot carry a
// request of so many bytes at an address: transport.ErrForm or
// transport.ErrLength; nil: it can. The links of a Dongle refuse by it, Dial
// with a request of no length and Send with that of the message.
func (can *Capabilities) Carries(a transport.Address, request int) error {
	switch raw := can.Raw != No; {
	case a.FD, !raw && !can.reaches(a), a.HasAE && a.Functional() && can.Extended == No:
		return transport.ErrForm
	case request > single(a) && (a.Functional() || !raw):
		return transport.ErrLength
	}
	return nil
}

// reaches reports an address whose answers the chip can take by itself, with
// its own flow control.
func (can *Capabilities) reaches(a transport.Address) bool {
	switch {
	case flowByDefault(a):
		return true
	case a.HasAE, a.Functional():
		return false
	}
	return can.FlowControl != No
}

// single is how many bytes of a request fit into one frame.
func single(a transport.Address) int {
	if a.HasAE {
		return 6
	}
	return 7
}

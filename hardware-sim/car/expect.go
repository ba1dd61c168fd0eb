package car

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vecu"
)

// Expected is what the scenario makes a unit do with a request: the figures
// for a bound of how fast anybody can be.
type Expected struct {
	Response []byte        // empty: nothing is said
	Latency  time.Duration // mean time from the end of the request to the answer
	Pendings int           // how many 78 come before
}

// Expect gives what the unit does with the last of some requests, if it is
// asked them one after the other in a car that has just started.
func (u *Unit) Expect(requests ...[]byte) (last Expected) {
	sheet := u.sheet()
	sheet.Jitter = 0
	d := vecu.NewDialogue(sheet, vecu.Options{})
	p2, p2Star := u.times()
	for _, req := range requests {
		r := d.Serve(&vecu.Request{Data: req})
		last = Expected{r.Data, r.Latency, vecu.Pendings(r.Latency, p2, p2Star)}
		if r.Quiet && last.Pendings == 0 {
			last.Response = nil
		}
	}
	return last
}

func (u *Unit) times() (p2, p2Star time.Duration) {
	p2, p2Star = u.P2, u.P2Star
	if p2 == 0 {
		p2 = vecu.DefaultP2
	}
	if p2Star == 0 {
		p2Star = vecu.DefaultP2Star
	}
	return p2, p2Star
}

package passive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/passive"
)

// tape is a recording typed in: frames, a step of 10 ms apart.
type tape struct {
	t      *testing.T
	now    time.Time
	frames []can.Rx
}

const step = 10 * time.Millisecond

func newTape(t *testing.T) *tape {
	t.Helper()
	return &tape{t: t, now: time.Unix(1000, 0)}
}

// add adds frames in candump's form.
func (r *tape) add(frames ...string) *tape {
	r.t.Helper()
	for _, text := range frames {
		f, err := can.ParseFrame(text)
		require.NoError(r.t, err, text)
		r.frames = append(r.frames, can.Rx{Frame: f, Time: r.now})
		r.now = r.now.Add(step)
	}
	return r
}

// after makes the next frame come d behind the last.
func (r *tape) after(d time.Duration) *tape {
	r.now = r.now.Add(d - step)
	return r
}

func (r *tape) units() []passive.Unit { return hear(r.frames) }

// unit expects one unit.
func (r *tape) unit(address string) passive.Unit {
	r.t.Helper()
	units := r.units()
	require.Equal(r.t, []string{address}, addresses(units))
	return units[0]
}

func (r *tape) none() {
	r.t.Helper()
	require.Empty(r.t, addresses(r.units()))
}

func outcomes(u passive.Unit) (all []passive.Outcome) {
	for _, x := range u.Exchanges {
		all = append(all, x.Outcome)
	}
	return all
}

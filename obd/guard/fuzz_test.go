package guard_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// FuzzSend sends what it likes to a unit of which all is known and whose
// session is ours, where most is allowed: nothing outside the specification
// reaches the link.
func FuzzSend(f *testing.F) {
	for _, req := range []string{"22 F190", "22 F190 D05A", "2E F190 00", "10 02", "3E 80", "21 04", "1A 90", "01 0D 0C", "04", ""} {
		for d := range guard.GMLAN + 2 {
			f.Add(uint8(d), false, unhex(req))
			f.Add(uint8(d), true, unhex(req))
		}
	}
	judges := map[question]*judge{}
	for q, s := range specs {
		judges[q] = s.judge()
	}
	f.Fuzz(func(t *testing.T, dialect uint8, group bool, req []byte) {
		synctest.Test(t, func(t *testing.T) {
			q := question{guard.Dialect(dialect), group, true}
			x := newExaminer(t, q)
			x.spec = judges[q]
			x.examine(req)
		})
	})
}

// FuzzRecv lets the unit say what it likes in answer to harmless reads: the
// guard neither fails nor lets programming, writes or a way back pass that has
// no way there.
func FuzzRecv(f *testing.F) {
	f.Add(unhex("22 F190"), unhex("7F 22 31"))
	f.Add(unhex("01 0D"), unhex("41 0D 00"))
	f.Add(unhex("3E"), []byte{})
	f.Fuzz(func(t *testing.T, req, answer []byte) {
		synctest.Test(t, func(t *testing.T) {
			x := newTester(t, udsUnit(), kwpUnit())
			x.answer(show(req), show(answer))
			for _, d := range []guard.Dialect{guard.J1979, guard.UDS, guard.KWP, guard.GMLAN} {
				c := x.dial(telematics, d)
				if c.Send(t.Context(), req, transport.Want{}) == nil {
					_, err := c.Recv(t.Context(), time.Second)
					require.NoError(t, err)
				}
				for _, r := range []string{"10 01", "10 81", "10 02", "20", "3E 80", "2E F190 00", "11 01", "27 01"} {
					require.ErrorIs(t, c.Send(t.Context(), unhex(r), transport.Want{}), guard.ErrDenied, r)
				}
			}
		})
	})
}

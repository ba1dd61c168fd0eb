package guard_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// TestTable holds the guard's table against the specification: every dialect,
// physical and functional, every service with every byte after it, in every
// length up to eight; and every identifier of 22.
func TestTable(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newExaminer(t, q).everything() })
		})
	}
}

func questions() []question {
	var all []question
	for d := range guard.GMLAN + 2 {
		for _, group := range []bool{false, true} {
			for _, opened := range []bool{false, true} {
				all = append(all, question{d, group, opened})
			}
		}
	}
	return all
}

func (q question) String() string {
	return fmt.Sprintf("%s/functional=%t/opened=%t", q.dialect, q.group, q.opened)
}

// examiner asks the guard and the specification the same.
type examiner struct {
	*tester
	conn *guard.Conn
	spec *judge
}

func newExaminer(t *testing.T, q question) *examiner {
	t.Helper()
	address := telematics
	if q.group {
		address = everybody
	}
	if !q.opened {
		x := newTester(t)
		return &examiner{x, x.dial(address, q.dialect), specs[q].judge()}
	}
	u := profile
	u.Address, u.Dialect = address, q.dialect
	helper := profile // the same unit in the dialect in which its session is changed
	helper.Address, helper.Dialect = telematics, guard.UDS
	x := newTester(t, u, helper)
	x.open(x.dial(telematics, guard.UDS))
	clear(x.car.answers)
	return &examiner{x, x.dial(address, q.dialect), specs[q].judge()}
}

// open makes the session of a telematics unit ours.
func (t *tester) open(c *guard.Conn) {
	t.Helper()
	t.answer("22 F190", "7F 22 31")
	t.answer("10 03", "50 03 00 32 01 F4")
	t.ask(c, "22 F190")
	t.ask(c, "10 03")
}

func (x *examiner) everything() {
	req := make([]byte, longest)
	for service := range 0x100 {
		req[0] = byte(service)
		x.examine(req[:1])
		for first := range 0x100 {
			req[1] = byte(first)
			for n := 2; n <= len(req); n++ {
				x.examine(req[:n])
			}
		}
	}
	for did := range 0x10000 {
		req := []byte{0x22, byte(did >> 8), byte(did)}
		x.examine(req)
	}
	x.examine(unhex("21 D1 02"))
	x.examine(unhex("1A 88 01"))
}

func (x *examiner) examine(req []byte) {
	if len(req) > 0 && req[0] == 0x3E {
		time.Sleep(3 * time.Second)
	}
	before := x.car.count
	err := x.conn.Send(x.Context(), req, transport.Want{})
	passed := x.car.count > before
	switch want := x.spec != nil && x.spec.allows(req); {
	case passed != want:
		require.Failf(x, "the specification disagrees", "% X passed: %t", req, passed)
	case passed:
		require.NoError(x, err)
		require.Equal(x, req, x.car.last)
	case !isDenied(err):
		require.ErrorIs(x, err, guard.ErrDenied)
	}
}

func isDenied(err error) bool {
	_, ok := err.(*guard.DeniedError) //nolint:errorlint // millions of times: never wrapped, and so much the faster
	return ok
}

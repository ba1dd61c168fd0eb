package guard_test

import (
	"errors"
	"net"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

func TestDeclare(t *testing.T) {
	x := newTester(t)
	c := x.dial(telematics, guard.UDS)
	x.denied(c, "22 D05A", "neither standard nor among the reads")

	reads := unhexAll("22 D05A")
	withheld := unhexAll("22 F18C", "22 A0A6")
	x.guard.Declare(guard.Unit{Address: telematics, Dialect: guard.UDS, Reads: reads, Withheld: withheld})
	x.passes(c, "22 D05A")
	x.passes(c, "22 F190 D05A")
	x.denied(c, "22 F190 D05B", "neither")
	x.denied(c, "22 F18C", "private or secret")
	x.denied(c, "22 F190 A0A6", "private or secret")
	x.denied(c, "22 F190 D0", "incomplete")
	x.denied(x.dial(gateway, guard.UDS), "22 D05A", "neither")
	x.passes(x.dial(gateway, guard.UDS), "22 F18C")

	copy(reads[0], unhex("22 D0FF"))
	copy(withheld[0], unhex("22 D0FF"))
	x.denied(c, "22 D0FF", "neither")
	x.passes(c, "22 D05A")
	x.denied(c, "22 F18C", "private or secret")
}

func TestDeclareAgain(t *testing.T) {
	x := newTester(t, guard.Unit{
		Address: telematics, Dialect: guard.UDS, MayChangeSession: true,
		Reads: unhexAll("22 D05A"), Withheld: unhexAll("22 F18C"),
	})
	x.guard.Declare(guard.Unit{
		Address: telematics, Dialect: guard.UDS, Reads: unhexAll("22 D06B", "22 F18C"), Withheld: unhexAll("22 F191"),
	})
	c := x.dial(telematics, guard.UDS)
	x.passes(c, "22 D06B")
	x.denied(c, "22 D05A", "neither")
	x.denied(c, "22 F18C", "private or secret")
	x.denied(c, "22 F191", "private or secret")
	x.denied(c, "10 03", "telematics and head units only")
}

func TestSessionsAreCopied(t *testing.T) {
	sessions := []byte{0x41, 0x42, 0x43}
	u := udsUnit()
	u.Sessions = sessions[:1]
	x := newTester(t, u)
	sessions[0] = 0x44
	c := x.dial(telematics, guard.UDS)
	x.open(c)
	x.passes(c, "10 41")
	x.denied(c, "10 44", "does not name")
	require.Equal(t, []byte{0x44, 0x42, 0x43}, sessions)
}

func TestWithheldInEveryDialect(t *testing.T) {
	withheld := func(d guard.Dialect, requests ...string) guard.Unit {
		return guard.Unit{Address: telematics, Dialect: d, Withheld: unhexAll(requests...), Reads: unhexAll("21 04", "21 04 01")}
	}
	x := newTester(t, withheld(guard.J1979, "01 0C", "09"), withheld(guard.KWP, "1A 90", "21 04"), withheld(guard.GMLAN, "1A 90"))
	c := x.dial(telematics, guard.J1979)
	x.passes(c, "01 0D")
	x.denied(c, "01 0D 0C", "private or secret")
	x.denied(c, "09 02", "private or secret")
	c = x.dial(telematics, guard.KWP)
	x.passes(c, "1A 91")
	x.denied(c, "1A 90", "private or secret")
	x.denied(c, "21 04", "private or secret")
	x.denied(c, "21 04 01", "private or secret")
	c = x.dial(telematics, guard.GMLAN)
	x.passes(c, "1A 91")
	x.denied(c, "1A 90", "private or secret")
}

// No profile can declare what is barred below all profiles.
func TestNever(t *testing.T) {
	uds := []string{
		"22 6CB0", "22 6CB2", "22 6C2E", "22 6C29", "22 6C40", "22 6C42", "22 6C38", "22 6C3A",
		"22 FE9D", "22 FD31", "22 FD33", "22 FD19", "22 FD1B", "22 FD34",
		"22 401D", "22 4128", "22 4129", "22 416B", "22 416C",
		"22 D20B", "22 D274", "22 D34D", "22 900F",
	}
	kwp := []string{"21 12", "21 16", "21 18", "21 32"}
	x := newTester(t,
		guard.Unit{Address: telematics, Dialect: guard.UDS, Reads: unhexAll(append(uds, "22 D05A")...)},
		guard.Unit{Address: telematics, Dialect: guard.KWP, Reads: unhexAll(append(kwp, "21 04")...)},
	)
	c := x.dial(telematics, guard.UDS)
	x.passes(c, "22 D05A")
	require.False(t, guard.Never(unhex("22 F190 D05A")))
	require.False(t, guard.Never(nil))
	for _, req := range append(uds, kwp...) {
		require.True(t, guard.Never(unhex(req)), req)
	}
	for _, req := range uds {
		require.True(t, guard.Never(unhex("22 F190"+req[2:])), req)
		x.denied(c, req, "never asked of any car: ")
		x.denied(c, "22 F190"+req[2:], "never asked of any car: ")
	}
	c = x.dial(telematics, guard.KWP)
	x.passes(c, "21 04")
	for _, req := range kwp {
		x.denied(c, req, "never asked of any car: ")
	}
}

// Requests to all are functional whatever the response address says.
func TestGroups(t *testing.T) {
	for address, group := range map[string]bool{
		"7DF/7E8-7EF":       true,
		"7DF/7E8":           true,
		"18DB33F1/18DAF1xx": true,
		"18DB33F1/18DAF110": true,
		"6F1:DF/600-6FF:F1": true,
		"6F1:DF/661:F1":     true,
		"754/700-74F":       true,
		"754/75C":           false,
		"7E0/7E8":           false,
		"6F1/661":           false,
		"6F1:61/661:F1":     false,
		"6F0:DF/661:F1":     false,
		"18DA10F1/18DAF110": false,
		"18DAC6F1/18DAF1C6": false,
		"750:C7/758:C7":     false,
		"754/75C@fd":        false,
	} {
		t.Run(address, func(t *testing.T) {
			x := newTester(t)
			c := x.dial(transport.MustAddress(address), guard.UDS)
			x.passes(c, "22 F190")
			if group {
				x.denied(c, "22 F191", "neither")
				x.denied(c, "3E 00", "list")
			} else {
				x.passes(c, "22 F191")
				x.passes(c, "3E 00")
			}
		})
	}
}

func TestDeniedError(t *testing.T) {
	x := newTester(t)
	for _, row := range []struct{ req, shown string }{
		{"", ""},
		{"04", "04"},
		{"14 FF FF FF", "14 FF"},
		{"27 02 11 22 33 44", "27 02"},
		{"2E F1 90 57 42 41", "2E F1"},
		{"22 D0", "22 D0"},
		{"22", "22"},
		{"22 F1 90 D0 5A F1 8C", "22 D0 5A"},
		{"31 01 A0 79", "31 01"},
	} {
		err := x.dial(telematics, guard.UDS).Send(t.Context(), unhex(row.req), transport.Want{})
		var denied *guard.DeniedError
		require.ErrorAs(t, err, &denied, row.req)
		require.Equal(t, telematics, denied.Address)
		require.Equal(t, guard.UDS, denied.Dialect)
		require.Equal(t, show(unhex(row.shown)), show(denied.Request), row.req)
		require.ErrorIs(t, err, guard.ErrDenied)
		require.NotErrorIs(t, err, net.ErrClosed)
		require.EqualError(t, err, "guard: 754/75C uds: "+row.shown+" denied: "+denied.Rule)
	}
	err := x.dial(telematics, guard.KWP).Send(t.Context(), unhex("22 D0 5A 01"), transport.Want{})
	require.EqualError(t, err, "guard: 754/75C kwp: 22 D0 5A denied: not on the list of an inspection")
	require.Zero(t, x.car.count)
}

// A request that its owner changes while it is sent is sent as it was judged.
func TestRequestIsCopied(t *testing.T) {
	inBubble(t, "", func(x *tester) {
		c := x.dial(telematics, guard.UDS)
		req := unhex("22 F190")
		x.car.meddle = func() { copy(req, unhex("2E F190")) }
		require.NoError(x, c.Send(x.Context(), req, transport.Want{}))
		require.Equal(x, []string{"22F190"}, x.car.sent)
	})
}

func TestDialAndClose(t *testing.T) {
	x := newTester(t)
	p := transport.Params{BS: 1, TxDL: 8}
	c, err := x.guard.Dial(t.Context(), telematics, guard.UDS, p)
	require.NoError(t, err)
	require.Equal(t, []transport.Params{p}, x.car.dialled)
	require.NoError(t, c.Close())
	require.ErrorIs(t, c.Send(t.Context(), unhex("3E 00"), transport.Want{}), net.ErrClosed)
	require.NoError(t, x.guard.Close())
	require.True(t, x.car.closed)

	x.car.dialErr = errors.New("no such road")
	_, err = x.guard.Dial(t.Context(), telematics, guard.UDS, p)
	require.ErrorIs(t, err, x.car.dialErr)
}

// What a link or conversation can do besides is hidden until it is checked
// here too, and nothing leads to what lies beneath.
func TestNoWayAround(t *testing.T) {
	methods := func(v any) (names []string) {
		typ := reflect.TypeOf(v)
		for i := range typ.NumMethod() {
			names = append(names, typ.Method(i).Name)
		}
		for i := range typ.Elem().NumField() {
			require.False(t, typ.Elem().Field(i).IsExported(), typ.Elem().Field(i).Name)
		}
		return names
	}
	require.Equal(t, []string{"Close", "Declare", "Dial", "Probe", "Reaches", "Supply", "Switch"}, methods(&guard.Link{}))
	require.Equal(t, []string{"Close", "Recv", "Send"}, methods(&guard.Conn{}))
	require.Equal(t, []string{"Close", "Send"}, methods(&guard.Probing{}))
}

func TestDialectText(t *testing.T) {
	for d, text := range map[guard.Dialect]string{
		guard.J1979: "j1979", guard.UDS: "uds", guard.KWP: "kwp", guard.GMLAN: "gmlan",
	} {
		b, err := d.MarshalText()
		require.NoError(t, err)
		require.Equal(t, text, string(b))
		var back guard.Dialect
		require.NoError(t, back.UnmarshalText(b))
		require.Equal(t, d, back)
	}
	require.Equal(t, "dialect(9)", guard.Dialect(9).String())
	var d guard.Dialect
	require.EqualError(t, d.UnmarshalText([]byte("UDS")), `dialect "UDS" is none of j1979, uds, kwp, gmlan`)
	require.Zero(t, d)
}

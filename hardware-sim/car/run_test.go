package car_test

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/transport"
)

// driveSmall runs the small car, with some of its text replaced.
func driveSmall(t *testing.T, o car.Options, run func(t *testing.T, c *car.Car), replace ...string) {
	t.Helper()
	s, err := car.Parse("small.yaml", []byte(strings.NewReplacer(replace...).Replace(small)))
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		c, err := car.Start(s, o)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		run(t, c)
	})
}

const (
	gateway = "710/718"
	inner   = "6F1:61/661:F1"
	player  = "720/728"
)

func TestGatewayRefusals(t *testing.T) {
	for _, row := range []struct {
		name, old, new string
		address        string
		request, want  string
	}{
		{"refused with a code", "", "", inner, "2E 0001 00", "7F2E33"},
		{"refused by its first byte alone", "", "", inner, "2E", "7F2E33"},
		{"refused in silence", `2E, code: "33"`, "2E", inner, "2E 0001 00", ""},
		{"let through", "", "", inner, "31 01 0203", "71010203"},
		{"what the unit itself refuses", "", "", inner, "22 0001", "7F2211"},
		{"the gateway answers for itself", "", "", gateway, "22 F186", "62F18601"},
		{"the gateway refuses others, not itself", "", "", gateway, "2E 0001 00", "7F2E11"},
		{"refused only what begins so", "request: 2E,", "request: 2E 0002,", inner, "2E 0001 00", "7F2E11"},
		{"nothing is refused", "      refuses:\n        - {request: 2E, code: \"33\"}\n", "", inner, "2E 0001 00", "7F2E11"},
		{"no route", "routes: [inner]", "routes: []", inner, "31 01 0203", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			driveSmall(t, car.Options{}, func(t *testing.T, c *car.Car) {
				t.Helper()
				require.Equal(t, row.want, connect(t, c).ask(row.address, row.request))
			}, row.old, row.new)
		})
	}
}

func TestAUnitThatPlaysAScript(t *testing.T) {
	driveSmall(t, car.Options{}, func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		require.Equal(t, "7E00", x.ask(player, "3E 00"))
		require.Empty(t, x.ask(player, "22 F190"))
		require.Empty(t, c.Journal(), "it does not understand what it is asked")
		c.Sleep()
		x.ask(player, "3E 00") // wakes
		require.Equal(t, "7E00", x.ask(player, "3E 00"), "awake again")
	})
}

func TestJournal(t *testing.T) {
	driveSmall(t, car.Options{}, func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		x.ask(gateway, "22 F186")
		x.ask(obd, "01 00")
		journal := c.Journal()
		require.Len(t, journal, 2)
		require.Equal(t, "gateway", journal[0].Unit)
		require.Equal(t, []byte{0x22, 0xF1, 0x86}, journal[0].Data)
		require.False(t, journal[0].Functional)
		require.Equal(t, "inner", journal[1].Unit)
		require.True(t, journal[1].Functional)
	})
}

func TestAClosedCar(t *testing.T) {
	driveSmall(t, car.Options{}, func(t *testing.T, c *car.Car) {
		t.Helper()
		bus, err := c.Connect(0, false)
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.NoError(t, c.Close(), "again")
		_, err = bus.Recv(t.Context())
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = c.Connect(0, false)
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorContains(t, err, "car: small: ")
	})
}

func TestACarWhoseBackgroundCannotRunDoesNotStart(t *testing.T) {
	s, err := car.Parse("small.yaml", []byte(small))
	require.NoError(t, err)
	s.Background = append(s.Background, car.Background{Share: 0.1})
	synctest.Test(t, func(t *testing.T) {
		_, err := car.Start(s, car.Options{})
		require.ErrorContains(t, err, "car: vbus: load without identifiers")
	})
}

func TestBackground(t *testing.T) {
	count := func(o car.Options) (n int) {
		driveSmall(t, o, func(t *testing.T, c *car.Car) {
			t.Helper()
			r := listen(t, c)
			time.Sleep(time.Second)
			for _, rx := range r.heard() {
				require.Equal(t, []byte{1, 2}, rx.Frame.Payload())
				n++
			}
			require.Equal(t, "62F18601", connect(t, c).ask(gateway, "22 F186"))
		})
		return n
	}
	require.InDelta(t, 690, count(car.Options{}), 150, "a tenth of 500 kbit/s in frames of some 70 bits")
	require.Zero(t, count(car.Options{Unpaced: true}))
}

func TestUnpacedCarsTakeAnyBitRate(t *testing.T) {
	driveSmall(t, car.Options{Unpaced: true}, func(t *testing.T, c *car.Car) {
		t.Helper()
		begin := time.Now()
		bus, err := c.Connect(250_000, false)
		require.NoError(t, err)
		r := &raw{t: t, bus: bus}
		r.send("710#0322F186")
		got := r.from(0x718)
		require.Len(t, got, 1)
		require.Equal(t, begin, got[0].Time, "at once")
	})
}

func TestPadding(t *testing.T) {
	for text, want := range map[string]transport.Padding{
		"pad: none": transport.PadNone, `pad: "00"`: transport.PadWith(0), "pad: AA": transport.PadWith(0xAA), "bs: 0": 0,
	} {
		s, err := car.Parse("small.yaml", []byte(strings.Replace(small, "pad: none", text, 1)))
		require.NoError(t, err)
		require.Equal(t, want, s.Unit("inner").Params().Pad, text)
	}
}

func TestExpect(t *testing.T) {
	s, err := car.Parse("small.yaml", []byte(strings.Replace(small, "pad: none", "latency: 60ms\n    jitter: 5ms", 1)))
	require.NoError(t, err)
	u := s.Unit("inner")
	begin, open := bytesOf(t, "31 01 0203"), bytesOf(t, "10 03")
	for _, row := range []struct {
		name     string
		requests [][]byte
		want     car.Expected
	}{
		{"nothing asked", nil, car.Expected{}},
		{"an answer with its own latency", [][]byte{begin}, car.Expected{Response: bytesOf(t, "71 01 0203"), Latency: 10 * time.Millisecond}},
		{"the mean of the unit's, with 78", [][]byte{open}, car.Expected{Response: bytesOf(t, "50 03"), Latency: 60 * time.Millisecond, Pendings: 1}},
		{"the last one counts", [][]byte{begin, begin}, car.Expected{Response: bytesOf(t, "7F 31 31"), Latency: 60 * time.Millisecond, Pendings: 1}},
		{"a suppressed answer after 78 is said", [][]byte{bytesOf(t, "3E 80")}, car.Expected{Response: bytesOf(t, "7E 00"), Latency: 60 * time.Millisecond, Pendings: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, u.Expect(row.requests...))
		})
	}
	quick := s.Unit("gateway").Expect(bytesOf(t, "3E 80"))
	require.Equal(t, car.Expected{}, quick, "a suppressed answer is not said")
	u.P2, u.P2Star = 100*time.Millisecond, time.Second
	require.Zero(t, u.Expect(open).Pendings, "within a P2 of its own")
}

func TestViolationsNameTheIdentifier(t *testing.T) {
	driveSmall(t, car.Options{}, func(t *testing.T, c *car.Car) {
		t.Helper()
		r := listen(t, c)
		r.send("710#0322F186", "18FF0001#01")
		time.Sleep(10 * time.Millisecond)
		var got []string
		for _, v := range c.Violations() {
			got = append(got, v.String())
		}
		require.Equal(t, []string{"18FF0001: frame on an identifier in use"}, got)
	})
}

package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
)

// unit is one at some pins, with requests of two and three bytes.
func unit(pins string) profiles.Unit {
	return profiles.Unit{
		Name: "TCU", Role: profiles.Telematics, Address: transport.MustAddress("754/75C"),
		Network: profiles.Network{Pins: pins, Bitrate: 125_000},
		Reads:   []profiles.Read{{Request: profiles.Hex{0x1A, 0x90}}, {Request: profiles.Hex{0x22, 0xF1, 0x90}}},
	}
}

// upTo is an adapter whose requests have at most n bytes.
func upTo(n int) func(transport.Address, int) error {
	return func(_ transport.Address, request int) error {
		if request > n {
			return transport.ErrLength
		}
		return nil
	}
}

func noForm(transport.Address, int) error { return transport.ErrForm }

func TestObstacles(t *testing.T) {
	second := func(pins string, bitrate int) bool { return pins == "3/11" && bitrate == 125_000 }
	for _, c := range []struct {
		rule   string
		limits limits
		pins   string
		why    Obstacle
		can    bool
	}{
		{"no limits", limits{}, "6/14", "", true},
		{"pins that are not known are the usual ones", limits{}, "", "", true},
		{"other pins, and no second bus", limits{}, "3/11", OtherPins, false},
		{"other pins, and a second bus there", limits{reaches: second}, "3/11", "", true},
		{"other pins, and a second bus elsewhere", limits{reaches: second}, "3/8", OtherPins, false},
		{"a form that it cannot carry", limits{carries: noForm}, "6/14", OddForm, false},
		{"the same at pins that it reaches", limits{carries: noForm, reaches: second}, "3/11", OddForm, false},
		{"the longest request just fits", limits{carries: upTo(3)}, "6/14", "", true},
		{"it does not, but others do", limits{carries: upTo(2)}, "6/14", LongRequest, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			m := judged(Make{Makes: []string{"A"}}, []profiles.Unit{unit(c.pins)}, c.limits, options(t).Printer)
			require.Equal(t, c.why, m.Units[0].Why)
			require.Equal(t, c.can, m.Units[0].Can)
			require.Equal(t, c.why == "", m.Units[0].Summary == "")
			require.Equal(t, map[bool]Reach{true: All, false: Nobody}[c.can], m.Reach)
		})
	}
}

func TestReach(t *testing.T) {
	say := options(t).Printer
	require.Equal(t, Some, judged(Make{}, []profiles.Unit{unit("6/14"), unit("3/11")}, limits{}, say).Reach)
	require.Equal(t, All, judged(Make{}, nil, limits{}, say).Reach, "of a make without units nothing is out of reach")
}

// TestWhatIsOutOfReachIsSaid of makes with a profile, each once.
func TestWhatIsOutOfReachIsSaid(t *testing.T) {
	for _, c := range []struct {
		limits limits
		want   ReasonID
	}{{limits{carries: noForm}, OutOfReach}, {limits{carries: upTo(2)}, RequestTooLong}} {
		x := &examination{o: options(t), out: &Report{}, limits: c.limits}
		x.conclude()
		require.Len(t, x.out.Reasons, 1)
		require.Equal(t, c.want, x.out.Reasons[0].ID)
		require.Contains(t, x.out.Reasons[0].Summary, "BMW, MINI, Land Rover, Jaguar, Nissan")
		require.Equal(t, Poor, x.out.Grade)
	}
}

// TestOtherPins are advised on.
func TestOtherPins(t *testing.T) {
	x := &examination{o: options(t), out: &Report{Makes: []Make{judged(Make{}, []profiles.Unit{unit("3/11")}, limits{}, options(t).Printer)}}}
	require.True(t, x.otherPins())
	x.out.Makes[0].Units[0].Why = OddForm
	require.False(t, x.otherPins())
}

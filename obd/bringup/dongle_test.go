package bringup

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

const (
	fast = 500_000
	lazy = 250_000
)

var (
	narrow = []transport.Address{obd}
	wide   = []transport.Address{obd29}
)

// through brings a car up in virtual time.
func through(t *testing.T, s *stick, check func(t *testing.T, car *Car, took time.Duration, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		began := time.Now()
		car, err := Through(t.Context(), s, Options{})
		check(t, car, time.Since(began), err)
		joined := len(s.joined)
		if err == nil {
			joined--
			require.NoError(t, car.Link.Close())
			require.Equal(t, joined+1, s.closed)
		}
		require.GreaterOrEqual(t, s.closed, joined, "nothing is left open")
	})
}

func TestTrafficBehindADongle(t *testing.T) {
	frame := can.NewFrame(0x123, 1)
	for _, rate := range []int{fast, lazy} {
		s := &stick{rate: rate, traffic: []can.Frame{frame}}
		through(t, s, func(t *testing.T, car *Car, took time.Duration, err error) {
			t.Helper()
			require.NoError(t, err)
			require.Equal(t, rate, car.Bitrate)
			require.False(t, car.Quiet)
			require.Empty(t, s.asked, "nothing was sent")
			require.Equal(t, time.Duration(fast/rate)*Listen, took)
			require.True(t, car.InUse(transport.MustAddress("123/456")))
			require.Equal(t, uint64(2), car.Health().Resets, "what only a dongle suffers is told")
		})
	}
}

func TestErrorsBehindADongle(t *testing.T) {
	for _, at := range [][]int{{fast}, {lazy}, {fast, lazy}} {
		s := &stick{rate: 125_000, noise: at}
		through(t, s, func(t *testing.T, _ *Car, _ time.Duration, err error) {
			t.Helper()
			require.Equal(t, &BusErrorsError{Bitrates: Bitrates}, err)
			require.Empty(t, s.joined, "never active")
		})
	}
}

// TestAPauseIsNoOtherBitRate: errors elsewhere show that there is traffic.
func TestAPauseIsNoOtherBitRate(t *testing.T) {
	s := &stick{rate: fast, noise: []int{lazy}, traffic: []can.Frame{can.NewFrame(0x123, 1)}, pausing: 1}
	through(t, s, func(t *testing.T, car *Car, took time.Duration, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, fast, car.Bitrate)
		require.Equal(t, []int{fast, lazy, fast}, s.listened)
		require.Empty(t, s.asked, "nothing was sent")
		require.Equal(t, 3*Listen, took)
	})
	s = &stick{rate: fast, noise: []int{lazy}, traffic: []can.Frame{can.NewFrame(0x123, 1)}, pausing: 2}
	through(t, s, func(t *testing.T, _ *Car, _ time.Duration, err error) {
		t.Helper()
		require.Equal(t, &BusErrorsError{Bitrates: Bitrates}, err)
		require.Equal(t, []int{fast, lazy, fast}, s.listened, "and no further")
		require.Empty(t, s.joined, "never active")
	})
}

func TestASilentBusBehindADongle(t *testing.T) {
	usual, extended := obd.String(), obd29.String()
	for name, row := range map[string]struct {
		stick stick
		asked []string
		rate  int
	}{
		"one question":                           {stick{rate: fast, units: narrow}, []string{usual}, fast},
		"29 bits after 11":                       {stick{rate: fast, units: wide}, []string{usual, extended}, fast},
		"a broken answer is one":                 {stick{rate: fast, units: narrow, broken: &transport.ProtocolError{Clause: "N_WFT"}}, []string{usual}, fast},
		"so is one whose end never came":         {stick{rate: fast, units: narrow, broken: &transport.TimeoutError{Timer: "N_Cr"}}, []string{usual}, fast},
		"rubbish is nobody":                      {stick{rate: fast, units: narrow, broken: &transport.OpError{Err: transport.ErrGarbled}}, nil, 0},
		"a slow dongle makes no car a sleeper":   {stick{rate: fast, units: narrow, slow: 150 * time.Millisecond}, []string{usual}, fast},
		"the dongle has no 29 bits, nobody has":  {stick{narrow: true}, nil, 0},
		"a dongle that knows who acknowledged":   {stick{rate: fast, units: narrow, tells: true}, []string{usual}, fast},
		"acknowledged, and 29 bits are answered": {stick{rate: fast, units: wide, tells: true}, []string{usual, extended}, fast},
	} {
		t.Run(name, func(t *testing.T) {
			s := row.stick
			through(t, &s, func(t *testing.T, car *Car, _ time.Duration, err error) {
				t.Helper()
				if row.rate == 0 {
					var none *NoCarError
					require.ErrorAs(t, err, &none)
					require.True(t, none.Unanswered)
					return
				}
				require.NoError(t, err)
				require.Equal(t, row.asked, s.asked)
				require.Equal(t, row.rate, car.Bitrate)
				require.True(t, car.Quiet)
				require.False(t, car.Woken)
				require.False(t, car.Deaf)
			})
		})
	}
}

func TestTheOtherRateBehindADongle(t *testing.T) {
	for name, s := range map[string]*stick{
		"11 bits":                  {rate: lazy, units: narrow},
		"29 bits":                  {rate: lazy, units: wide},
		"nobody acknowledges 500k": {rate: lazy, units: narrow, tells: true},
	} {
		t.Run(name, func(t *testing.T) {
			through(t, s, func(t *testing.T, car *Car, took time.Duration, err error) {
				t.Helper()
				require.NoError(t, err)
				require.Equal(t, lazy, car.Bitrate)
				require.False(t, car.Woken, "it was the rate")
				require.Less(t, took, canLimit)
			})
		})
	}
}

func TestASleepingCarBehindADongle(t *testing.T) {
	for name, s := range map[string]*stick{
		"a clone":                      {},
		"one that knows who hears":     {tells: true},
		"a unit that wakes at the end": {asleep: 1700 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			s.rate, s.units = fast, narrow
			s.asleep = max(s.asleep, 700*time.Millisecond)
			through(t, s, func(t *testing.T, car *Car, took time.Duration, err error) {
				t.Helper()
				require.NoError(t, err)
				require.True(t, car.Woken)
				require.Equal(t, fast, car.Bitrate)
				require.Greater(t, took, 2*Listen+s.asleep+wakeRest, "its units had time to start")
			})
		})
	}
}

func TestNobodyBehindADongle(t *testing.T) {
	for name, row := range map[string]struct {
		stick stick
		want  NoCarError
	}{
		"a clone":                          {stick{}, NoCarError{Bitrates: Bitrates, Unanswered: true}},
		"one that knows":                   {stick{tells: true}, NoCarError{Bitrates: Bitrates}},
		"with a supply":                    {stick{supply: 11_900}, NoCarError{Bitrates: Bitrates, Unanswered: true, Millivolts: 11_900}},
		"deaf":                             {stick{deaf: true}, NoCarError{Bitrates: Bitrates, Unanswered: true, Deaf: true}},
		"stays at one rate":                {stick{fixed: lazy}, NoCarError{Bitrates: []int{lazy}, Unanswered: true}},
		"stays at the first":               {stick{fixed: fast}, NoCarError{Bitrates: []int{fast}, Unanswered: true}},
		"deaf and stays at one rate":       {stick{fixed: lazy, deaf: true}, NoCarError{Bitrates: []int{lazy}, Unanswered: true, Deaf: true}},
		"deaf and stays at the first rate": {stick{fixed: fast, deaf: true}, NoCarError{Bitrates: []int{fast}, Unanswered: true, Deaf: true}},
		"every command takes long":         {stick{slow: 300 * time.Millisecond}, NoCarError{Bitrates: Bitrates, Unanswered: true}},
		"hangs":                            {stick{hangs: true}, NoCarError{Bitrates: Bitrates, Unanswered: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := row.stick
			through(t, &s, func(t *testing.T, _ *Car, took time.Duration, err error) {
				t.Helper()
				require.Equal(t, &row.want, err)
				require.LessOrEqual(t, took, canLimit)
			})
		})
	}
}

// TestGentleness: waking is not hammering.
func TestGentleness(t *testing.T) {
	s := &stick{}
	through(t, s, func(t *testing.T, _ *Car, _ time.Duration, _ error) {
		t.Helper()
		count := map[string]int{}
		for _, a := range s.asked {
			count[a]++
		}
		require.Equal(t, map[string]int{obd.String(): 8, obd29.String(): 3}, count)
	})
}

func TestADeafDongle(t *testing.T) {
	s := &stick{deaf: true, rate: fast, units: narrow}
	through(t, s, func(t *testing.T, car *Car, _ time.Duration, err error) {
		t.Helper()
		require.NoError(t, err)
		require.True(t, car.Deaf)
		require.True(t, car.Quiet)
		require.Empty(t, s.listened)
		require.Equal(t, []string{obd.String()}, s.asked, "as a silent bus")
	})
}

func TestCancelledBehindADongle(t *testing.T) {
	for _, after := range []time.Duration{100 * time.Millisecond, time.Second, 2800 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			began := time.Now()
			_, err := Through(ctx, &stick{}, Options{})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, after, time.Since(began))
		})
	}
}

// seeker is a stick that searches K-line.
type seeker struct {
	stick
	asked  bool // the URI asks for it
	found  adapter.Found
	err    error
	takes  time.Duration
	search int
}

func (s *seeker) Searches() bool { return s.asked }

func (s *seeker) Search(ctx context.Context, tell func(string, int, int)) (adapter.Found, error) {
	s.search++
	tell("ISO 9141-2", 1, 3)
	if err := rest(ctx, s.takes); err != nil {
		return adapter.Found{}, err
	}
	return s.found, s.err
}

func TestKLine(t *testing.T) {
	found := adapter.Found{Link: &deadEnd{}, Protocol: "ISO 9141-2"}
	other := errors.New("unplugged")
	none := &NoCarError{Bitrates: Bitrates, Unanswered: true, KLine: true}
	for name, row := range map[string]struct {
		seeker seeker
		search int
		err    error
	}{
		"nobody asked for it":     {seeker{found: found}, 0, &NoCarError{Bitrates: Bitrates, Unanswered: true}},
		"the URI asks for it":     {seeker{found: found, asked: true}, 1, nil},
		"somebody is on CAN":      {seeker{asked: true, stick: stick{rate: fast, units: narrow}}, 0, nil},
		"errors on CAN end it":    {seeker{asked: true, stick: stick{noise: []int{fast}}}, 0, &BusErrorsError{Bitrates: Bitrates}},
		"nobody there either":     {seeker{asked: true, err: adapter.ErrNoProtocol}, 1, none},
		"just in time":            {seeker{asked: true, found: found, takes: klineLimit - 1}, 1, nil},
		"not in time":             {seeker{asked: true, found: found, takes: klineLimit + 1}, 1, none},
		"a failure is no absence": {seeker{asked: true, err: other}, 1, other},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told []string
				s := row.seeker
				car, err := Through(t.Context(), &s, Options{Progress: func(protocol string, _, _ int) { told = append(told, protocol) }})
				require.Equal(t, row.err, err)
				require.Equal(t, row.search, s.search)
				require.Len(t, told, row.search)
				if err == nil && row.search > 0 {
					require.Equal(t, "ISO 9141-2", car.Protocol)
					require.True(t, car.Quiet)
					require.Zero(t, car.Bitrate)
				}
			})
		})
	}
}

func TestKLineWithoutAnybodyWatching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		car, err := Through(t.Context(), &seeker{asked: true, found: adapter.Found{Link: &deadEnd{}}}, Options{})
		require.NoError(t, err)
		require.NotNil(t, car)
	})
}

func TestWhyThereIsNoCar(t *testing.T) {
	e := &NoCarError{Bitrates: Bitrates}
	require.EqualError(t, e, "bringup: nobody acknowledges a frame at [500000 250000] bit/s")
	e = &NoCarError{Bitrates: Bitrates, Unanswered: true, KLine: true, Millivolts: 4100}
	require.EqualError(t, e, "bringup: nobody answers at [500000 250000] bit/s nor on K-line, 4100 mV at the connector")
}

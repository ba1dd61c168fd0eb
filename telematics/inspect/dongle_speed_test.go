package inspect_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// plugged is a dongle in a car's socket.
type plugged struct {
	chip *velm.Dongle
	line *trace
	baud int
	pull func()
}

func plugIn(t *testing.T, s *car.Scenario, dongle string) *plugged {
	t.Helper()
	c, err := car.Start(s, car.Options{Seed: 1})
	require.NoError(t, err)
	open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		return c.Connect(bitrate, listenOnly)
	}
	chip, err := velm.New(dongle, open, velm.Options{Seed: 1, Supply: c.Voltage})
	require.NoError(t, err)
	host, device := vserial.Pipe(chip.Line())
	serving, unplug := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = chip.Serve(serving, device)
	}()
	return &plugged{chip: chip, line: &trace{Port: host}, baud: chip.Line().Baud, pull: func() {
		_ = host.Close()
		unplug()
		<-served
		require.NoError(t, c.Close())
	}}
}

// pass is an inspection through a dongle, from the opened port to the result.
type pass struct {
	took     time.Duration
	result   *telematics.Inspection
	ledger   velm.Ledger
	baud     int
	commands []command // after the bus was joined
}

// atItsSpeed inspects a car at the speed that a dongle starts with.
func atItsSpeed(t *testing.T, s *car.Scenario, dongle string) (p pass) {
	t.Helper()
	in := plugIn(t, s, dongle)
	defer in.pull()
	began := time.Now()
	d, err := elm327.New(t.Context(), in.line, elm327.Options{Baud: in.baud})
	require.NoError(t, err)
	defer d.Close()
	up, err := bringup.Through(t.Context(), d, bringup.Options{})
	require.NoError(t, err)
	defer up.Link.Close()
	joined := len(in.line.commands)
	p.result, err = inspect.Car(t.Context(), up, d.Info(), options(t))
	require.NoError(t, err)
	p.took, p.ledger, p.baud, p.commands = time.Since(began), in.chip.Ledger(), in.line.Baud(), in.line.commands[joined:]
	require.Equal(t, in.baud, p.baud)
	return p
}

// addresses are those of all profiles.
func addresses(t *testing.T) (list []transport.Address) {
	t.Helper()
	for _, p := range options(t).Profiles.All() {
		for i := range p.Units {
			list = append(list, p.Units[i].Address)
		}
	}
	return list
}

// asks makes the same requests by a naive driver.
func asks(t *testing.T, s *car.Scenario, dongle string, list []asked, pause time.Duration) (took time.Duration, n naive) {
	t.Helper()
	in := plugIn(t, s, dongle)
	defer in.pull()
	began := time.Now()
	n = naive{line: in.line, pause: pause}
	n.begin(t)
	for i := range list {
		n.ask(t, &list[i])
	}
	return time.Since(began), n
}

// TestRatioOfDongles inspects every car through the two dongles that the limits
// are for: in at most 1.3 times what line, chip and car take, with at most two
// settings from one unit to the next, and three times as fast as a naive driver
// that asks the same of the same car through the same dongle.
func TestRatioOfDongles(t *testing.T) {
	for _, info := range car.List() {
		if underRace && info.ID != "land-rover-discovery-2016" {
			continue
		}
		clean := cleanCar(t, info.ID)
		for _, dongle := range []string{"stn1110", "elm-1.4b"} {
			t.Run(info.ID+"/"+dongle, func(t *testing.T) {
				var ours pass
				synctest.Test(t, func(t *testing.T) { ours = atItsSpeed(t, load(t, info.ID), dongle) })
				require.Empty(t, cmp.Diff(clean.Identifiers, ours.result.Identifiers))
				list := askedOf(load(t, info.ID), addresses(t), ours.ledger.Frames)
				requireBound(t, info.ID+" over "+dongle, &ours, list)
				requireTurns(t, ours.commands)
				requireFaster(t, info.ID, dongle, &ours, list)
			})
		}
	}
}

func requireBound(t *testing.T, name string, ours *pass, list []asked) {
	t.Helper()
	p := least(list, &ours.ledger, ours.baud, exchange.DefaultP2)
	ratio := ours.took.Seconds() / p.sum().Seconds()
	t.Logf("ratio: %s inspected in %v, bound %v: %.3f x (limit 1.3); bytes %v, units %v, chip %v, ATST %v",
		name, ms(ours.took), ms(p.sum()), ratio, ms(p.bytes), ms(p.units), ms(p.chip), ms(p.waiting))
	s := spentOn(ours.commands)
	t.Logf("on the car: requests %v, listening %v, settings %v, nothing %v", ms(s.requests), ms(s.listening), ms(s.settings), ms(s.idle))
	require.LessOrEqual(t, ratio, 1.3)
}

func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

func requireTurns(t *testing.T, commands []command) {
	t.Helper()
	n := countTurns(commands)
	t.Logf("%d times from one unit to another, %d settings, at most %d (limit 2); %d times with another protocol or format or a group, %d settings; ATST %d times",
		n.plain, n.settings, n.most, n.more, n.settingsMore, n.timers)
	require.NotZero(t, n.plain)
	require.LessOrEqual(t, n.most, 2)
	require.Zero(t, n.stray, "settings between two requests to the same unit")
}

// requireFaster: programs that do not look for the prompt first wait 200 ms after
// each command, or more. What one would take that does is told. A car that
// sleeps does not count: only we wait until it is awake, and get its answers.
func requireFaster(t *testing.T, id, dongle string, ours *pass, list []asked) {
	t.Helper()
	for _, pause := range []time.Duration{200 * time.Millisecond, 0} {
		synctest.Test(t, func(t *testing.T) {
			took, n := asks(t, load(t, id), dongle, list, pause)
			ratio := took.Seconds() / ours.took.Seconds()
			t.Logf("a naive driver that waits %v after a command takes %v: %.2f x; of %d answers it gets %d right and %d wrong",
				pause, ms(took), ratio, n.same+n.lost+n.wrong, n.same, n.wrong)
			if pause > 0 && !load(t, id).Sleep.Asleep {
				require.GreaterOrEqual(t, ratio, 3.0)
				require.Zero(t, n.wrong)
				require.Greater(t, n.same, 2*n.lost)
			}
		})
	}
}

package inspect_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// visit is an inspection over a simulated dongle.
type visit struct {
	up, err error
	result  *telematics.Inspection
	took    time.Duration
	ledger  velm.Ledger // what the driver did with the dongle
}

// overELM inspects a car through a dongle and our driver, in virtual time. The
// car must not have been asked anything that safety forbids, whoever else uses
// the dongle: what he asks here is allowed.
func overELM(t *testing.T, s *car.Scenario, dongle, fault string, o inspect.Options) (v visit) {
	t.Helper()
	c, err := car.Start(s, car.Options{Seed: 1})
	require.NoError(t, err)
	v = inspected(t, dongle, socketOf(c), velm.Options{Fault: fault, Seed: 1, Supply: c.Voltage}, o)
	require.NoError(t, c.Close())
	requireAllowed(t, c.Journal())
	require.Empty(t, c.Violations())
	requireMannerly(t, v.ledger.Violations, fault)
	return v
}

// provoking are the faults with which a chip takes longer than any may: it is
// broken off then.
var provoking = []string{"chunked-reads", "slow-prompt", "late-reply"}

// requireMannerly: the driver did nothing that no driver may do. What it says to
// a chip that does not answer is no part of a request, even when it is cut: all
// requests and most settings have digits.
func requireMannerly(t *testing.T, violations []velm.Violation, fault string) {
	t.Helper()
	if !slices.Contains(provoking, fault) {
		require.Empty(t, violations)
	}
	for _, v := range violations {
		require.NotContains(t, "0123456789", v.Text, "%+v", v)
	}
}

func socketOf(c *car.Car) velm.Open {
	return func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		return c.Connect(bitrate, listenOnly)
	}
}

// inspected is an inspection through a dongle in a socket.
func inspected(t *testing.T, dongle string, socket velm.Open, at velm.Options, o inspect.Options) (v visit) {
	t.Helper()
	chip, err := velm.New(dongle, socket, at)
	require.NoError(t, err)
	line := chip.Line()
	line.Lost = func(err error) error { return &serialport.LostError{Port: dongle, Err: err} }
	if chip.Bridged() {
		line.NoBaud = serialport.ErrNoBaud
	}
	host, device := vserial.Pipe(line)
	serving, unplug := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = chip.Serve(serving, device)
	}()
	began := time.Now()
	d, err := elm327.New(t.Context(), host, elm327.Options{URI: "elm327:" + dongle, Search: at.KLine != nil})
	if err == nil {
		v.throughDongle(t, d, o)
		_ = d.Close()
	} else {
		v.up = err
		_ = host.Close()
	}
	v.took = time.Since(began)
	time.Sleep(time.Second) // what was sent last has arrived
	unplug()
	<-served
	v.ledger = chip.Ledger()
	return v
}

func (v *visit) throughDongle(t *testing.T, d *elm327.Dongle, o inspect.Options) {
	t.Helper()
	up, err := bringup.Through(t.Context(), d, bringup.Options{})
	if v.up = err; err != nil {
		return
	}
	v.result, v.err = inspect.Car(t.Context(), up, d.Info(), o)
	_ = up.Link.Close()
}

// TestEveryCarOverEveryDongle gives what frames give, or tells of what this
// dongle cannot.
func TestEveryCarOverEveryDongle(t *testing.T) {
	for _, info := range car.List() {
		if underRace && info.ID != "land-rover-discovery-2016" {
			continue
		}
		want := cleanCar(t, info.ID)
		for _, dongle := range velm.Names() {
			t.Run(info.ID+"/"+dongle, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := overELM(t, load(t, info.ID), dongle, "", options(t))
					require.NoError(t, v.up)
					require.NoError(t, v.err)
					if poor(dongle) {
						requireNothingUntold(t, want, v.result)
						return
					}
					require.Empty(t, cmp.Diff(want.Identifiers, v.result.Identifiers))
					require.Empty(t, cmp.Diff(want.Signals, v.result.Signals))
					require.Equal(t, want.Telematics, v.result.Telematics)
					require.Equal(t, want.Coverage, v.result.Coverage)
				})
			})
		}
	}
}

func poor(dongle string) bool { return strings.Contains(dongle, "clone") }

// cleanCar is what frames tell of a car.
func cleanCar(t *testing.T, id string) (clean *telematics.Inspection) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		got, err := drive(t, load(t, id), options(t))
		require.NoError(t, err)
		clean = got
	})
	return clean
}

// requireNothingUntold: no value that the car does not have, and of each unit of
// which one is missing something is told.
func requireNothingUntold(t *testing.T, want, got *telematics.Inspection) {
	t.Helper()
	for _, id := range got.Identifiers {
		require.True(t, gives(want, id), "the car does not say %+v", id)
	}
	for _, s := range got.Signals {
		require.True(t, says(want, s), "the car does not say %+v", s)
	}
	told := func(unit string) bool {
		return slices.ContainsFunc(got.Findings, func(f telematics.Finding) bool {
			return f.Unit == unit || f.ID == telematics.Incomplete
		})
	}
	for _, id := range want.Identifiers {
		require.True(t, gives(got, id) || told(id.Unit), "%s %s is missing and nothing said", id.Unit, id.Request)
	}
	for _, s := range want.Signals {
		require.True(t, says(got, s) || told(s.Unit), "%s %s is missing and nothing said", s.Unit, s.Request)
	}
	require.NotEqual(t, telematics.No, got.Telematics.Fitted)
}

// gives reports whether a unit gave an identifier, in answer to whichever
// request: the first that got through.
func gives(i *telematics.Inspection, id telematics.ReadIdentifier) bool {
	return slices.ContainsFunc(i.Identifiers, func(x telematics.ReadIdentifier) bool {
		return x.Unit == id.Unit && x.Kind == id.Kind && x.Masked == id.Masked && x.Valid == id.Valid
	})
}

// says is gives for a signal.
func says(i *telematics.Inspection, s telematics.Signal) bool {
	return slices.ContainsFunc(i.Signals, func(x telematics.Signal) bool {
		return x.Unit == s.Unit && x.Name == s.Name && x.Value == s.Value
	})
}

// TestEveryFaultOfADongle: nothing hangs, nothing is wrong, and what is missing
// is told.
func TestEveryFaultOfADongle(t *testing.T) {
	want := cleanCar(t, "bmw-5-2017")
	faults := []string{"lock-up:0322F190", "disconnect:4000", "half-open:4000"}
	for _, f := range velm.Faults() {
		faults = append(faults, f.Name)
	}
	dongles := []string{"elm-2.2", "stn1110"}
	if underRace {
		dongles = dongles[:1]
	}
	for _, fault := range faults {
		for _, dongle := range dongles {
			t.Run(fault+"/"+dongle, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := overELM(t, load(t, "bmw-5-2017"), dongle, fault, options(t))
					require.Less(t, v.took, 5*time.Minute)
					if v.up != nil {
						require.True(t, aboutDongle(v.up), "%v", v.up)
						return
					}
					requireNothingUntold(t, want, v.result)
					if fault == "second-client" {
						require.ErrorAs(t, v.err, new(*elm327.UnexpectedError), "nothing is asked any more")
					}
					if v.err != nil {
						require.Contains(t, findings(v.result), telematics.Incomplete)
					}
				})
			})
		}
	}
}

// TestACarOnKLine is read as far as it goes, and nobody takes it for a car
// without telematics.
func TestACarOnKLine(t *testing.T) {
	answers := map[string][]byte{
		"\x01\x00": {0x41, 0x00, 0x80, 0x18, 0x00, 0x01}, "\x01\x0D": {0x41, 0x0D, 0x00},
	}
	unit := &velm.KLine{Fast: true, Address: 0x10, Answer: func(_ byte, request []byte) [][]byte {
		if a := answers[string(request)]; a != nil {
			return [][]byte{a}
		}
		return nil
	}}
	synctest.Test(t, func(t *testing.T) {
		nobody := vbus.New(vbus.Config{Bitrate: 500_000})
		nothing := func(_ context.Context, bitrate int, _ bool) (can.Bus, error) {
			return nobody.Attach("dongle", vbus.Bitrate(bitrate)), nil
		}
		v := inspected(t, "elm-2.2", nothing, velm.Options{KLine: unit, Supply: func() int { return 12_100 }}, options(t))
		require.NoError(t, v.up)
		require.NoError(t, v.err)
		require.Contains(t, findings(v.result), telematics.OverKLine)
		require.Equal(t, telematics.Unknown, v.result.Telematics.Fitted)
		require.NotContains(t, findings(v.result), telematics.UnitSilent)
		require.Contains(t, findings(v.result), telematics.SupplyLow)
		require.Len(t, v.result.Units, 1)
		require.NoError(t, nobody.Close())
	})
}

// TestTheSecondBusOfAnSTN is switched to where somebody agrees.
func TestTheSecondBusOfAnSTN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(hostileCar(t, ""), car.Options{Seed: 1})
		require.NoError(t, err)
		other := otherNetwork(t)
		o := apartOptions(t)
		o.OtherPins = func(context.Context, string, string) bool { return true }
		v := inspected(t, "stn2255", socketOf(c), velm.Options{Seed: 1, Second: socketOf(other)}, o)
		require.NoError(t, v.up)
		require.NoError(t, v.err)
		require.Equal(t, "TC0001", identifier(v.result, "TCU", telematics.KindSerial).Masked)
		require.Equal(t, telematics.Yes, v.result.Telematics.Fitted)
		require.NoError(t, other.Close())
		require.NoError(t, c.Close())
	})
}

// aboutDongle: an error that says what is wrong with it.
func aboutDongle(err error) bool {
	var (
		lost   *serialport.LostError
		late   *elm327.LateError
		locked *elm327.LockedUpError
		none   *elm327.NoDongleError
	)
	return errors.As(err, &lost) || errors.As(err, &late) || errors.As(err, &locked) || errors.As(err, &none)
}

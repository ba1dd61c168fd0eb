package inspect_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// hostile is a Land Rover whose engine gives the VIN and whose telematics unit
// is what a test makes of it.
const hostile = `
id: hostile
title: a car for tests
bitrate: 500000
ignition: "on"
supply: %d
speed: %d
background:
  - ids: ["120", "2A0"]
    share: 0.05
units:
  - name: PCM
    address: 7E0/7E8
    functional: [7DF/7E8-7EF]
    latency: 10ms
    answers:
      - {request: 01 0D, response: '41 0D {speed}'}
      - {request: 01 42, response: '41 42 {supply}'}
      - {request: "03", response: 43 00}
      - {request: "07", response: 47 00}
      - {request: 0A, response: 4A 00}
      - {request: 09 02, response: '49 02 01 "SALXK2N01GH271845"'}
  - name: BCM
    address: 726/72E
    latency: 10ms
    answers:
      - {request: 22 F190, response: '62 F190 "SALXK2N01GH271845"'}
%s
`

func hostileCar(t *testing.T, units string) *car.Scenario {
	t.Helper()
	return hostileAt(t, 12600, 0, units)
}

func hostileAt(t *testing.T, millivolts, speed int, units string) *car.Scenario {
	t.Helper()
	s, err := car.Parse("hostile.yaml", fmt.Appendf(nil, hostile, millivolts, speed, units))
	require.NoError(t, err)
	return s
}

// tcu is a telematics unit with these answers.
func tcu(answers ...string) string {
	return "  - name: TCU\n    address: 754/75C\n    latency: 10ms\n    answers:\n      - " + strings.Join(answers, "\n      - ")
}

const (
	ownVIN = `{request: 22 F190, response: '62 F190 "SALXK2N01GH271845"'}`
	serial = `{request: 22 F18C, response: '62 F18C "TC0001"'}`
)

// TestHostile: each thing that a unit can do wrong is told, nothing hangs, and
// the rest of the inspection goes on.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name  string
		units string
		want  telematics.FindingID
		check func(t *testing.T, i *telematics.Inspection)
	}{
		{"wrong service", `  - name: TCU
    address: 754/75C
    script:
      - {on: "754#0322F18CCCCCCCCC", play: [{after: 5ms, frame: "75C#0663F18C41423132"}]}
      - {on: "754#0322F190CCCCCCCC", play: [{after: 5ms, frame: "75C#037F2231"}]}`, telematics.WrongService, nil},
		{"wrong identifier", tcu(`{request: 22 F190, response: '62 F191 "SALXK2N01GH271845"'}`, serial), telematics.WrongDID, nil},
		{"short data", tcu(`{request: 22 F190, response: '62 F190 "SALXK2"'}`, serial), telematics.AnswerMalformed, func(t *testing.T, i *telematics.Inspection) {
			t.Helper()
			require.True(t, i.Units[0].Answered, "it counts as answered")
		}},
		{"no data", tcu(`{request: 22 F190, response: 62 F190}`, serial), telematics.AnswerMalformed, nil},
		{"78 for ever", tcu(`{request: 22 F190, response: '62 F190 "SALXK2N01GH271845"', latency: 10m}`, serial), telematics.PendingLimit, nil},
		{"another car's VIN", tcu(`{request: 22 F190, response: '62 F190 "SALXK2N01GH271846"'}`, serial), telematics.VINSwapped, nil},
		{"a wiped VIN", tcu(`{request: 22 F190, response: 62 F190 FF*17}`, serial), telematics.VINWiped, nil},
		{"a blank VIN", tcu(`{request: 22 F190, response: 62 F190 00*17}`, serial), telematics.VINWiped, nil},
		{"a serial of nothing", tcu(ownVIN, `{request: 22 F18C, response: 62 F18C 20*8}`, serial), telematics.IdentifierBlank, nil},
		{"busy for ever", tcu(`{request: 22 F190, response: 7F 22 21}`, serial), telematics.UnitBusy, nil},
		{"another VIN in the body", tcu(ownVIN, serial) + "\n" + `  - name: IPC
    address: 720/728
    answers: [{request: 22 F190, response: '62 F190 "SALXK2N01GH271847"'}]`, telematics.VINConflict, nil},
		{"consecutive frames out of order", `  - name: TCU
    address: 754/75C
    script:
      - {on: "754#0322F190CCCCCCCC", play: [{after: 5ms, frame: "75C#101462F19053414C"}]}
      - {on: "754#300000CCCCCCCCCC", play: [{after: 1ms, frame: "75C#22584B324E303147"}]}
      - {on: "754#0322F18CCCCCCCCC", play: [{after: 5ms, frame: "75C#0662F18C41423132"}]}`, telematics.SequenceBroken, nil},
		{"the rest of an answer never comes", `  - name: TCU
    address: 754/75C
    script:
      - {on: "754#0322F190CCCCCCCC", play: [{after: 5ms, frame: "75C#101462F19053414C"}]}
      - {on: "754#0322F18CCCCCCCCC", play: [{after: 5ms, frame: "75C#0662F18C41423132"}]}`, telematics.SequenceBroken, nil},
		{"two units on one response identifier", `  - name: TCU
    address: 754/75C
    script:
      - {on: "754#0322F190CCCCCCCC", play: [{after: 5ms, frame: "75C#037F2231"}]}
      - {on: "754#0322F18CCCCCCCCC", play: [{after: 5ms, frame: "75C#0662F18741423132"}, {after: 9ms, frame: "75C#0662F18C41423132"}]}`, telematics.TwoSpeakers, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i, err := drive(t, hostileCar(t, c.units), options(t))
				require.NoError(t, err)
				require.Contains(t, findings(i), c.want)
				require.Equal(t, "SALXK2N01GH271845", i.Vehicle.VIN)
				require.Equal(t, "SALXK2N01GH271845", identifier(i, "BCM", telematics.KindVIN).Masked, "the rest goes on")
				if !strings.Contains(c.units, "IPC") {
					require.Equal(t, []string{"TCU"}, i.Telematics.Units)
				}
				if c.check != nil {
					c.check(t, i)
				}
			})
		})
	}
}

// TestGuessedUnit: a unit at an address that only other makes are known for is
// asked and told of, and does not make the car one with telematics.
func TestGuessedUnit(t *testing.T) {
	for vin, fitted := range map[string]string{"SALXK2N01GH271845": "yes", "JMZZK19F601482736": "unknown"} {
		synctest.Test(t, func(t *testing.T) {
			units := strings.ReplaceAll(tcu(ownVIN, serial), "SALXK2N01GH271845", vin)
			s, err := car.Parse("hostile.yaml", []byte(strings.ReplaceAll(fmt.Sprintf(hostile, 12600, 0, units), "SALXK2N01GH271845", vin)))
			require.NoError(t, err)
			i, err := drive(t, s, options(t))
			require.NoError(t, err)
			require.Len(t, i.Telematics.Units, 1)
			require.Equal(t, fitted, i.Telematics.Fitted)
			require.Equal(t, fitted == "unknown", has(i, telematics.UnitByAddress))
		})
	}
}

// TestForeignFlowControlChangesNothing: flow control from another sender, in
// the middle of the VIN, moves nothing and breaks nothing.
func TestForeignFlowControlChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := hostileCar(t, tcu(ownVIN, serial)+`
  - name: meddler
    address: 700/708
    script:
      - {on: "754#300000CCCCCCCCCC", play: [{after: 0ms, frame: "708#32000000CCCCCCCC"}, {after: 0ms, frame: "770#3F7FFF00CCCCCCCC"}]}`)
		i, err := drive(t, s, options(t))
		require.NoError(t, err)
		require.Equal(t, "SALXK2N01GH271845", identifier(i, "TCU", telematics.KindVIN).Masked)
	})
}

func TestSupply(t *testing.T) {
	for _, c := range []struct {
		name       string
		millivolts int
		want, not  telematics.FindingID
		asked      bool
	}{
		{"enough", 12200, "", telematics.SupplyLow, true},
		{"low", 12199, telematics.SupplyLow, telematics.SupplyStop, true},
		{"still enough to go on", 11800, telematics.SupplyLow, telematics.SupplyStop, true},
		{"too low", 11799, telematics.SupplyStop, telematics.SupplyLow, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i, err := drive(t, hostileAt(t, c.millivolts, 0, tcu(ownVIN, serial)), options(t))
				require.NoError(t, err)
				if c.want != "" {
					require.Contains(t, findings(i), c.want)
				}
				require.NotContains(t, findings(i), c.not)
				require.Equal(t, c.asked, len(i.Telematics.Units) == 1)
			})
		})
	}
}

// sessions is a Leaf's unit that answers in session C0 only.
const inSession = `  - name: TCU
    dialect: kwp
    address: 746/783
    latency: 10ms
    sessions:
      - {id: "81", response: 50 81}
      - {id: C0, response: 50 C0}
    answers:
      - {request: 21 81, response: '61 81 "SJNZZAZE0U0083174" 0000', session: [C0]}
      - {request: 21 04, response: 61 04 01, session: [C0]}`

// TestMovingCar: no session is opened while the car moves.
func TestMovingCar(t *testing.T) {
	for speed, opened := range map[int]bool{0: true, 1: false} {
		synctest.Test(t, func(t *testing.T) {
			s := hostileAt(t, 12600, speed, inSession)
			s.Units[0].Answers = s.Units[0].Answers[:5] // no VIN: the Leaf is known by its fingerprint
			c, err := car.Start(s, car.Options{})
			require.NoError(t, err)
			at := socket{c, s.ID}
			up, err := bringup.Up(t.Context(), at)
			require.NoError(t, err)
			o := options(t)
			o.Profile = "nissan-leaf-tcu"
			i, err := inspect.Car(t.Context(), up, at.Info(), o)
			require.NoError(t, err)
			require.NoError(t, up.Link.Close())
			require.NoError(t, c.Close())
			require.Equal(t, opened, i.Telematics.Services == "active")
			require.Equal(t, !opened, has(i, telematics.CarMoving))
			for _, e := range c.Journal() {
				require.False(t, !opened && e.Data[0] == 0x10 && e.Data[1] != 0x81, "%X", e.Data)
			}
			require.Empty(t, c.Violations())
		})
	}
}

func has(i *telematics.Inspection, id telematics.FindingID) bool {
	for _, f := range i.Findings {
		if f.ID == id {
			return true
		}
	}
	return false
}

// dying is a socket whose controller goes bus-off after some frames.
type dying struct {
	socket
	left *atomic.Int32
}

type dyingBus struct {
	can.Bus
	left *atomic.Int32
}

func (d dying) OpenBus(ctx context.Context, c adapter.BusConfig) (can.Bus, error) {
	bus, err := d.socket.OpenBus(ctx, c)
	return dyingBus{bus, d.left}, err
}

func (b dyingBus) Echoes() bool { return can.Echoes(b.Bus) }

func (b dyingBus) Send(ctx context.Context, f can.Frame) error {
	if b.left.Add(-1) < 0 {
		return can.ErrBusOffState
	}
	return b.Bus.Send(ctx, f)
}

func TestBusOffInTheMiddle(t *testing.T) {
	for _, after := range []int32{0, 1, 3, 6, 9, 14} {
		synctest.Test(t, func(t *testing.T) {
			c, err := car.Start(load(t, "land-rover-discovery-2016"), car.Options{})
			require.NoError(t, err)
			at := dying{socket{c, "dying"}, &atomic.Int32{}}
			at.left.Store(after)
			up, err := bringup.Up(t.Context(), at)
			require.NoError(t, err)
			i, err := inspect.Car(t.Context(), up, at.Info(), options(t))
			require.ErrorIs(t, err, transport.ErrBusOff)
			require.Contains(t, findings(i), telematics.BusOff)
			require.Contains(t, findings(i), telematics.Incomplete)
			_ = up.Link.Close()
			require.NoError(t, c.Close())
		})
	}
}

// TestInterrupted: Ctrl-C ends an inspection at once, with what it has, and
// leaves no session open.
func TestInterrupted(t *testing.T) {
	for _, after := range []time.Duration{350 * time.Millisecond, 900 * time.Millisecond, 2500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(after, cancel)
			began := time.Now()
			i, err := driveWith(ctx, t, load(t, "nissan-leaf-2013"), options(t), func(*car.Car) {})
			require.ErrorIs(t, err, context.Canceled)
			require.Contains(t, findings(i), telematics.Incomplete)
			require.Less(t, time.Since(began)-after-time.Second, 200*time.Millisecond)
		})
	}
}

func TestUnknownProfile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t)
		o.Profile = "trabant"
		_, err := drive(t, hostileCar(t, tcu(ownVIN)), o)
		var unknown *inspect.UnknownProfileError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, "trabant", unknown.ID)
		require.Contains(t, unknown.Known, "bmw-atm")
	})
}

func TestReveal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t)
		o.Reveal = true
		i, err := drive(t, load(t, "bmw-5-2017"), o)
		require.NoError(t, err)
		id := identifier(i, "ATM", telematics.KindIMEI)
		require.Len(t, id.Value, 15)
		require.NotContains(t, id.Value, "*")
		require.Contains(t, id.Masked, "*")
	})
}

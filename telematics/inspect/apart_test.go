package inspect_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// apart is a profile of which one telematics unit is at other pins.
const apart = `
id: apart
version: 1
title: A car with two networks
makes: [Land Rover]
match:
  wmi: {SAL: Land Rover}
units:
  - {name: BCM, role: body, network: {pins: 6/14, bitrate: 500000}, address: 726/72E, dialect: uds, confidence: single, source: a test,
     reads: [{request: 22 F190, name: VIN, length: 17, confidence: standard, source: ISO 14229-1,
       fields: [{name: vin, type: text, length: 17, identifier: vin}]}]}
  - {name: TCU, role: telematics, network: {pins: 3/11, bitrate: 125000}, address: 726/72E, dialect: uds, confidence: single, source: a test,
     reads: [{request: 22 F18C, name: serial, confidence: standard, source: ISO 14229-1,
       fields: [{name: serial, type: text, identifier: serial}]}]}
route: {en: none, de: keiner}
limits: {en: none, de: keine}
sources: [a test]
`

func apartOptions(t *testing.T) inspect.Options {
	t.Helper()
	own, err := profiles.LoadFS(fstest.MapFS{"apart.yaml": {Data: []byte(apart)}})
	require.NoError(t, err)
	o := options(t)
	o.Profiles, _ = o.Profiles.With(own)
	o.Profile = "apart"
	return o
}

// otherNetwork is the same car's bus at other pins. Its unit has the address of
// another one here.
func otherNetwork(t *testing.T) *car.Car {
	t.Helper()
	text := strings.NewReplacer("bitrate: 500000", "bitrate: 125000", "name: BCM", "name: TCU", ownVIN, serial).
		Replace(fmt.Sprintf(hostile, 12600, 0, ""))
	s, err := car.Parse("other.yaml", []byte(text))
	require.NoError(t, err)
	c, err := car.Start(s, car.Options{Seed: 1})
	require.NoError(t, err)
	return c
}

// TestOtherPins: a dongle goes there if somebody agrees, and comes back; else
// the unit is told of, and is not silent.
func TestOtherPins(t *testing.T) {
	yes := func(_ context.Context, unit, pins string) bool { return unit == "TCU" && pins == "3/11" }
	no := func(context.Context, string, string) bool { return false }
	for name, row := range map[string]struct {
		can    bool // the dongle switches
		agree  func(ctx context.Context, unit, pins string) bool
		want   telematics.FindingID
		fitted string
	}{
		"nobody can be asked": {true, nil, telematics.OtherPins, telematics.Unknown},
		"the user says no":    {true, no, telematics.OtherPins, telematics.Unknown},
		"the user says yes":   {true, yes, "", telematics.Yes},
		"a dongle that can't": {false, yes, telematics.PinsUnreachable, telematics.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var used *stick
				o := apartOptions(t)
				o.OtherPins = row.agree
				got, err := through(t, hostileCar(t, ""), o, func(s *stick) {
					used = s
					if row.can {
						s.other = otherNetwork(t)
					}
				})
				require.NoError(t, err)
				require.Equal(t, row.fitted, got.Telematics.Fitted)
				if used.other != nil {
					require.NoError(t, used.other.Close())
				}
				if row.want != "" {
					require.Contains(t, findings(got), row.want)
					require.Empty(t, used.switched)
					require.Empty(t, identifier(got, "TCU", telematics.KindSerial).Masked)
					return
				}
				require.Equal(t, []string{"3/11", "6/14"}, used.switched)
				require.Equal(t, "TC0001", identifier(got, "TCU", telematics.KindSerial).Masked)
			})
		})
	}
}

// TestOtherBitrate: a unit that the profile has at a bit rate which the car has
// not at these pins is told of, and is neither asked nor called silent.
func TestOtherBitrate(t *testing.T) {
	text := strings.Replace(apart, "pins: 3/11, bitrate: 125000", "pins: 6/14, bitrate: 250000", 1)
	own, err := profiles.LoadFS(fstest.MapFS{"apart.yaml": {Data: []byte(text)}})
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		o := apartOptions(t)
		o.Profiles, _ = options(t).Profiles.With(own)
		o.OtherPins = func(context.Context, string, string) bool { return true }
		got, err := through(t, hostileCar(t, ""), o, func(*stick) {})
		require.NoError(t, err)
		require.Contains(t, findings(got), telematics.OtherBitrate)
		require.NotContains(t, findings(got), telematics.UnitSilent)
		require.Contains(t, got.Units, telematics.Unit{Role: "telematics", Name: "TCU", Address: "726/72E"})
		require.Equal(t, telematics.Unknown, got.Telematics.Fitted)
	})
}

func TestNoWayBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var used *stick
		o := apartOptions(t)
		o.OtherPins = func(context.Context, string, string) bool { return true }
		got, err := through(t, hostileCar(t, ""), o, func(s *stick) {
			s.other, s.stuck, used = otherNetwork(t), true, s
		})
		var op *transport.OpError
		require.ErrorAs(t, err, &op)
		require.Contains(t, findings(got), telematics.AdapterFailed)
		require.NoError(t, used.other.Close())
	})
}

// nobody is a link over K-line on which no address of CAN can be asked.
type nobody struct{}

func (nobody) Dial(_ context.Context, a transport.Address, _ transport.Params) (transport.Conn, error) {
	return nil, &transport.OpError{Op: "dial", Address: a, Sent: transport.SentNo, Err: transport.ErrForm}
}

func (nobody) Close() error { return nil }

// TestOverKLine: what is on CAN is not asked, and that is said.
func TestOverKLine(t *testing.T) {
	up := &bringup.Car{Link: guard.New(nobody{}, guard.Policy{}), Protocol: "ISO 9141-2", Quiet: true}
	got, err := inspect.Car(t.Context(), up, adapter.Info{Kind: adapter.KindMessage}, options(t))
	require.NoError(t, err)
	require.Contains(t, findings(got), telematics.OverKLine)
	require.Equal(t, telematics.Unknown, got.Telematics.Fitted)
	require.NotContains(t, findings(got), telematics.UnitSilent)
	require.Empty(t, got.Units)
}

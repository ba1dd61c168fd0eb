package elm327_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds/client"
)

// TestIdentifiers reads what a telematics unit says of itself, through the
// guard and the client.
func TestIdentifiers(t *testing.T) {
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		t.Run(dongle, func(t *testing.T) {
			inCar(t, "bmw-5-2017", dongle, "", func(t *testing.T, b *bench, _ *car.Car) {
				t.Helper()
				link := b.join()
				g := guard.New(link, guard.Policy{Units: []guard.Unit{{
					Address: transport.MustAddress("6F1:61/661:F1"), Dialect: guard.UDS,
					Reads: [][]byte{{0x22, 0xD0, 0x5A}, {0x22, 0xD0, 0x6B}, {0x22, 0xD2, 0x5F}},
				}}})
				conn, err := g.Dial(t.Context(), transport.MustAddress("6F1:61/661:F1"), guard.UDS, transport.Params{})
				require.NoError(t, err)
				unit := client.New(conn)
				for request, want := range map[string]string{
					"\x22\xF1\x90": "WBAUN7C07HG104217",
					"\x22\xF1\x8C": "AT17H0042917",
					"\x22\xD0\x5A": "89490000419273506187\x00",
					"\x22\xD0\x6B": "359917042816357",
					"\x22\xD2\x5F": "89049032004008882600001739465283\x00",
				} {
					res, err := unit.Do(t.Context(), []byte(request))
					require.NoError(t, err)
					require.Equal(t, want, string(res.Message.Data[3:]))
				}
				require.NoError(t, unit.Close(t.Context()))
				require.NoError(t, g.Close())
				require.Empty(t, b.velm.Ledger().Violations)
			})
		})
	}
}

// TestGroups: every unit of a group answers for itself, at the address that is
// its own, in one frame or several.
func TestGroups(t *testing.T) {
	const vin = "WBAUN7C07HG104217"
	for _, dongle := range velm.Names() {
		t.Run(dongle, func(t *testing.T) {
			inCar(t, "bmw-5-2017", dongle, "", func(t *testing.T, b *bench, _ *car.Car) {
				t.Helper()
				link := b.join()
				got := collect(t, link, "7DF/7E8-7EF", []byte{0x09, 0x02})
				require.Equal(t, map[string]string{"7E0/7E8": "\x49\x02\x01" + vin}, got)
				if b.dongle.Capabilities().Extended == elm327.No { // others have identifiers of the group too
					_, err := link.Dial(t.Context(), transport.MustAddress("6F1:DF/600-6FF:F1"), transport.Params{})
					require.ErrorIs(t, err, transport.ErrForm)
					return
				}
				got = collect(t, link, "6F1:DF/600-6FF:F1", []byte{0x22, 0xF1, 0x90})
				for _, unit := range []string{"6F1:10/610:F1", "6F1:40/640:F1", "6F1:60/660:F1", "6F1:61/661:F1", "6F1:63/663:F1"} {
					require.Equal(t, "\x62\xF1\x90"+vin, got[unit], unit)
				}
				require.Len(t, got, 5)
			})
		})
	}
}

// collect gives what each unit of a group answers.
func collect(t *testing.T, link transport.Link, group string, request []byte) map[string]string {
	t.Helper()
	answers, failures, err := exchange.Collect(t.Context(), dial(t, link, group), request, exchange.Terms{}, nil)
	require.NoError(t, err)
	require.Empty(t, failures)
	got := map[string]string{}
	for _, a := range answers {
		got[a.Message.From.String()] = string(a.Message.Data)
	}
	return got
}

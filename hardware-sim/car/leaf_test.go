package car_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

const leafTCU = "746/783"

func TestLeaf(t *testing.T) {
	drive(t, "nissan-leaf-2013", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		for _, row := range []struct{ rule, address, request, want string }{
			{"nobody answers OBD", obd, "01 00", ""},
			{"nobody gives the VIN over OBD", obd, "09 02", ""},
			{"reads need session C0", leafTCU, "21 04", "7F217F"},
			{"it does not speak UDS", leafTCU, "22 F190", "7F2211"},
			{"nor does it know UDS's tester present", leafTCU, "3E 00", "7F3E12"},
			{"tester present of KWP", leafTCU, "3E", "7E"},
			{"no such session", leafTCU, "10 03", "7F1012"},
			{"session C0", leafTCU, "10 C0", "50C0"},
			{"activation", leafTCU, "21 04", "610401"},
			{"VIN and two bytes", leafTCU, "21 81", "6181" + text("SJNZZAZE0U0083174") + "0000"},
			{"server name, 128 bytes after the profile", leafTCU, "21 19", "611901" + text("server.example") + strings.Repeat("00", 114)},
			{"no such id", leafTCU, "21 99", "7F2131"},
			{"switched off", leafTCU, "3B 04 00", "7B04"},
			{"which shows", leafTCU, "21 04", "610400"},
			{"back to the default session", leafTCU, "10 81", "5081"},
			{"where reads are refused", leafTCU, "21 04", "7F217F"},
			{"the cluster knows no VIN", "743/763", "22 F190", "7F2231"},
		} {
			require.Equal(t, row.want, x.ask(row.address, row.request), row.rule)
		}
		require.Empty(t, c.Violations())
	})
}

// What is written on 128 bytes is private; it has the length all the same.
func TestLeafFieldsHave128Bytes(t *testing.T) {
	s, err := car.Load("nissan-leaf-2013")
	require.NoError(t, err)
	for id := byte(0x10); id <= 0x19; id++ {
		e := s.Unit("TCU").Expect([]byte{0x10, 0xC0}, []byte{0x21, id})
		require.Len(t, e.Response, 3+128, "21 %02X", id)
	}
}

package car_test

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

// response is what a unit of a built-in car answers, in its default session.
func response(t *testing.T, name, unit, request string) []byte {
	t.Helper()
	s, err := car.Load(name)
	require.NoError(t, err)
	require.NotNil(t, s.Unit(unit), unit)
	r := s.Unit(unit).Expect(bytesOf(t, request)).Response
	require.NotEmpty(t, r, "%s: %s: %s", name, unit, request)
	return r
}

// content is the text that follows the echo of a two-byte id, or of 02 and
// the count.
func content(msg []byte) string { return string(bytes.TrimRight(msg[3:], "\x00")) }

func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d = d*2%10 + d/5
		}
		sum += d
	}
	return sum%10 == 0
}

// checkDigit is position 9 of a VIN by the weighted sum of the others.
func checkDigit(vin string) byte {
	const (
		letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
		values  = "12345678123457923456789"
		weights = "8765432X098765432"
	)
	sum := 0
	for i := range len(vin) {
		v, w := vin[i], int(weights[i]-'0')
		if weights[i] == 'X' {
			w = 10
		}
		if at := strings.IndexByte(letters, v); at >= 0 {
			v = values[at]
		}
		sum += int(v-'0') * w
	}
	return "0123456789X"[sum%11]
}

func TestVINs(t *testing.T) {
	for name, row := range map[string]struct {
		wmi     string
		year    byte // position 10
		checked bool // position 9 is the check digit
	}{
		"bmw-5-2017":                {"WBA", 'H', true},
		"land-rover-discovery-2016": {"SAL", 'G', true},
		"two-modems-2021":           {"WBA", 'M', true},
		"no-telematics-2008":        {"JMZ", '0', false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := car.Load(name)
			require.NoError(t, err)
			vin := content(response(t, name, s.Units[0].Name, "0902"))
			require.Regexp(t, "^[A-HJ-NPR-Z0-9]{17}$", vin)
			require.Equal(t, row.wmi, vin[:3])
			require.Equal(t, row.year, vin[9])
			require.Equal(t, row.checked, checkDigit(vin) == vin[8])
			if row.checked {
				require.Regexp(t, "[A-Z]", vin[6:7], "of 2010 or later")
			}
			for i := range s.Units {
				own := s.Units[i].Expect(bytesOf(t, "22F190")).Response
				require.True(t, len(own) == 0 || own[0] == 0x7F || content(own) == vin, s.Units[i].Name)
			}
		})
	}
	unit := leafVIN(t)
	require.Regexp(t, "^SJN[A-HJ-NPR-Z0-9]{14}$", unit)
	require.NotEqual(t, unit[8], checkDigit(unit), "a European VIN without model year")
}

func leafVIN(t *testing.T) string {
	t.Helper()
	s, err := car.Load("nissan-leaf-2013")
	require.NoError(t, err)
	return string(s.Unit("TCU").Expect([]byte{0x10, 0xC0}, []byte{0x21, 0x81}).Response[2:19])
}

func TestModemsHaveValidIdentifiers(t *testing.T) {
	for _, name := range []string{"bmw-5-2017", "two-modems-2021"} {
		t.Run(name, func(t *testing.T) {
			iccid := content(response(t, name, "ATM", "22D05A"))
			require.Regexp(t, "^89[0-9]{18}$", iccid)
			require.True(t, luhn(iccid))

			imei := content(response(t, name, "ATM", "22D06B"))
			require.Regexp(t, "^[0-9]{15}$", imei)
			require.True(t, luhn(imei))

			eid := content(response(t, name, "ATM", "22D25F"))
			require.Regexp(t, "^89[0-9]{30}$", eid)
			n, ok := new(big.Int).SetString(eid, 10)
			require.True(t, ok)
			require.Equal(t, int64(1), n.Mod(n, big.NewInt(97)).Int64())

			profiles := response(t, name, "ATM", "22D26E")[3:]
			require.Equal(t, []byte{0x04, 0x01, 0x00}, statuses(t, profiles, iccid), "activated, personalised, selectable")

			params := response(t, name, "ATM", "22D0CE")[3:]
			parts := bytes.Split(params[19:], []byte{0})
			require.Equal(t, content(response(t, name, "ATM", "22F190"))[10:], string(params[:7]), "short VIN")
			require.Equal(t, [][]byte{{}, {}}, parts[3:5], "no cause")
			require.Equal(t, []string{iccid, imei, content(response(t, name, "ATM", "22F18C"))},
				[]string{string(parts[6]), string(parts[7]), string(parts[8])})
		})
	}
}

// statuses reads the SIM profiles: id, status, ICCID and IMSI each. The first
// one is in use.
func statuses(t *testing.T, rest []byte, inUse string) (all []byte) {
	t.Helper()
	text := func() (s string) {
		before, tail, found := bytes.Cut(rest, []byte{0})
		require.True(t, found)
		rest = tail
		return string(before)
	}
	for len(rest) > 0 {
		require.NotEmpty(t, text(), "the profile's id")
		all, rest = append(all, rest[0]), rest[1:]
		iccid, imsi := text(), text()
		require.True(t, luhn(iccid))
		require.Regexp(t, "^262980[0-9]{9}$", imsi)
		require.Equal(t, len(all) == 1, iccid == inUse)
	}
	return all
}

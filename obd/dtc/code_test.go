package dtc_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/dtc"
)

func TestCode(t *testing.T) {
	for _, c := range []struct {
		rule   string
		bytes  []byte
		text   string
		system dtc.System
		origin dtc.Origin
	}{
		{"two bits of system: 00 powertrain", []byte{0x04, 0x20}, "P0420", dtc.Powertrain, dtc.Standard},
		{"two bits of system: 01 chassis", []byte{0x40, 0x35}, "C0035", dtc.Chassis, dtc.Standard},
		{"two bits of system: 10 body", []byte{0x80, 0x01}, "B0001", dtc.Body, dtc.Standard},
		{"two bits of system: 11 network", []byte{0xC1, 0x00}, "U0100", dtc.Network, dtc.Standard},
		{"failure type 00 is a failure type", []byte{0xC1, 0x00, 0x00}, "U0100-00", dtc.Network, dtc.Standard},
		{"failure type", []byte{0x99, 0x15, 0xF1}, "B1915-F1", dtc.Body, dtc.Maker},
		{"hex digits", []byte{0x95, 0xCE, 0x00}, "B15CE-00", dtc.Body, dtc.Maker},
		{"P1 maker", []byte{0x12, 0x34}, "P1234", dtc.Powertrain, dtc.Maker},
		{"P2 standard", []byte{0x2A, 0xAD}, "P2AAD", dtc.Powertrain, dtc.Standard},
		{"P30-P33 maker: first", []byte{0x30, 0x00}, "P3000", dtc.Powertrain, dtc.Maker},
		{"P30-P33 maker: last", []byte{0x33, 0xFF}, "P33FF", dtc.Powertrain, dtc.Maker},
		{"P34-P39 standard: first", []byte{0x34, 0x00}, "P3400", dtc.Powertrain, dtc.Standard},
		{"P34-P39 standard: last", []byte{0x39, 0xFF}, "P39FF", dtc.Powertrain, dtc.Standard},
		{"P3A-P3F reserved", []byte{0x3A, 0x00}, "P3A00", dtc.Powertrain, dtc.Reserved},
		{"C1 maker", []byte{0x51, 0x00}, "C1100", dtc.Chassis, dtc.Maker},
		{"C2 maker", []byte{0x61, 0x00}, "C2100", dtc.Chassis, dtc.Maker},
		{"C3 reserved", []byte{0x71, 0x00}, "C3100", dtc.Chassis, dtc.Reserved},
		{"B2 maker", []byte{0xA1, 0x00}, "B2100", dtc.Body, dtc.Maker},
		{"B3 reserved", []byte{0xB1, 0x00}, "B3100", dtc.Body, dtc.Reserved},
		{"U1 maker", []byte{0xD2, 0x01}, "U1201", dtc.Network, dtc.Maker},
		{"U2 maker", []byte{0xE4, 0x02}, "U2402", dtc.Network, dtc.Maker},
		{"U3 standard", []byte{0xF0, 0x03}, "U3003", dtc.Network, dtc.Standard},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var code dtc.Code
			if len(c.bytes) == 2 {
				code = dtc.Two(c.bytes[0], c.bytes[1])
			} else {
				code = dtc.Three(c.bytes[0], c.bytes[1], c.bytes[2])
			}
			require.Equal(t, c.text, code.String())
			require.Equal(t, c.system, code.System())
			require.Equal(t, c.origin, code.Origin())
			require.Equal(t, c.bytes, code.Bytes())

			parsed, err := dtc.Parse(strings.ToLower(c.text))
			require.NoError(t, err)
			require.Equal(t, code, parsed)
		})
	}
}

func TestCodeFailureType(t *testing.T) {
	typed := dtc.Three(0x99, 0x15, 0xF1)
	failure, ok := typed.FailureType()
	require.True(t, ok)
	require.Equal(t, byte(0xF1), failure)
	require.Equal(t, dtc.Two(0x99, 0x15), typed.Base())

	_, ok = typed.Base().FailureType()
	require.False(t, ok)
}

func TestCodeIsZero(t *testing.T) {
	require.True(t, dtc.Two(0, 0).IsZero())
	require.True(t, dtc.Three(0, 0, 0).IsZero())
	require.False(t, dtc.Two(0, 1).IsZero())
	require.False(t, dtc.Three(0, 0, 1).IsZero())
}

func TestSystemString(t *testing.T) {
	for system, want := range map[dtc.System]string{
		dtc.Powertrain: "powertrain", dtc.Chassis: "chassis", dtc.Body: "body", dtc.Network: "network", 0: "system(00)",
	} {
		require.Equal(t, want, system.String())
	}
}

func TestParse(t *testing.T) {
	code, err := dtc.Parse("B15CE00")
	require.NoError(t, err, "the form without a hyphen")
	require.Equal(t, dtc.Three(0x95, 0xCE, 0x00), code)

	for rule, text := range map[string]string{
		"empty":                    "",
		"a letter that is none":    "X0100",
		"first digit above 3":      "P4100",
		"a digit that is not hex":  "P01G0",
		"four characters":          "P042",
		"six characters":           "P04200",
		"hyphen without a type":    "P0420-",
		"hyphen in the wrong spot": "P042-000",
		"type of three digits":     "P0420-000",
		"type that is not hex":     "P0420-0X",
		"sign":                     "P+420",
		"hex digits alone":         "FDA3",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := dtc.Parse(text)
			var bad *dtc.ParseError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, text, bad.Text)
			require.ErrorContains(t, err, "no trouble code")
		})
	}
}

func TestCodeText(t *testing.T) {
	in := map[string]dtc.Code{"code": dtc.Three(0xC1, 0x00, 0x87)}
	b, err := json.Marshal(in)
	require.NoError(t, err)
	require.JSONEq(t, `{"code":"U0100-87"}`, string(b))

	var out map[string]dtc.Code
	require.NoError(t, json.Unmarshal(b, &out))
	require.Equal(t, in, out)
	require.Error(t, json.Unmarshal([]byte(`{"code":"none"}`), &out))
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"P0420", "u0100-00", "B15CE00", "P4", "P0420-", "ſ0420"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := dtc.Parse(text)
		if err != nil {
			return
		}
		again, err := dtc.Parse(code.String())
		require.NoError(t, err)
		require.Equal(t, code, again)
	})
}

func FuzzCode(f *testing.F) {
	f.Add(byte(0x04), byte(0x20), byte(0))
	f.Fuzz(func(t *testing.T, hi, mid, failure byte) {
		for _, code := range []dtc.Code{dtc.Two(hi, mid), dtc.Three(hi, mid, failure)} {
			parsed, err := dtc.Parse(code.String())
			require.NoError(t, err)
			require.Equal(t, code, parsed)
			require.NotEmpty(t, code.Origin())
		}
	})
}

package elm327

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

func TestFrameOf(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		wide bool
		want can.Frame
	}{
		"11 bit":                  {"7E8064100BE3EB811", false, can.NewFrame(0x7E8, 6, 0x41, 0, 0xBE, 0x3E, 0xB8, 0x11)},
		"11 bit with blanks":      {"7E8 02 7E 00", false, can.NewFrame(0x7E8, 2, 0x7E, 0)},
		"lower case":              {"75c027e00", false, can.NewFrame(0x75C, 2, 0x7E, 0)},
		"without data":            {"7E8", false, can.NewFrame(0x7E8)},
		"29 bit":                  {"18DAF110027E00", true, can.NewFrame(0x18DAF110, 2, 0x7E, 0)},
		"a nibble lost":           {"7E8027E0", false, can.Frame{}},
		"29 bit, a nibble lost":   {"18DAF11027E00", true, can.Frame{}},
		"beyond 11 bit":           {"FE8027E00", false, can.Frame{}},
		"beyond 29 bit":           {"FFDAF110027E00", true, can.Frame{}},
		"nine bytes":              {"7E8001122334455667788", false, can.Frame{}},
		"data with something in":  {"7E8 02 7E 00 <RX ERROR", false, can.Frame{}},
		"a word that is also hex": {"DEAD", false, can.Frame{}},
		"shorter than a header":   {"7E", false, can.Frame{}},
	} {
		t.Run(name, func(t *testing.T) {
			f, ok := frameOf(row.text, row.wide)
			require.Equal(t, row.want != can.Frame{}, ok)
			require.Empty(t, cmp.Diff(row.want, f))
		})
	}
}

func TestTorn(t *testing.T) {
	for name, row := range map[string]struct {
		frame can.Frame
		ae    int
		left  int
		want  bool
	}{
		"padded single frame":                   {can.NewFrame(1, 2, 0x7E, 0, 0, 0, 0, 0, 0), 0, 0, false},
		"exact single frame":                    {can.NewFrame(1, 2, 0x7E, 0), 0, 0, false},
		"single frame in between":               {can.NewFrame(1, 2, 0x7E, 0, 0, 0, 0, 0), 0, 0, true},
		"single frame without its end":          {can.NewFrame(1, 2, 0x7E), 0, 0, true},
		"address byte, exact":                   {can.NewFrame(1, 0xF1, 2, 0x7E, 0), 1, 0, false},
		"address byte alone":                    {can.NewFrame(1, 0xF1), 1, 0, true},
		"first frame of seven":                  {can.NewFrame(1, 0x10, 20, 1, 2, 3, 4, 5), 0, 0, true},
		"last consecutive frame, exact":         {can.NewFrame(1, 0x22, 1, 2, 3), 0, 3, false},
		"consecutive frame in between":          {can.NewFrame(1, 0x22, 1, 2, 3), 0, 2, true},
		"consecutive frame that lost its end":   {can.NewFrame(1, 0x21, 1, 2, 3), 0, 12, true},
		"flow control of three":                 {can.NewFrame(1, 0x30, 0, 0), 0, 0, false},
		"flow control of four":                  {can.NewFrame(1, 0x30, 0, 0, 0), 0, 0, true},
		"a type that ISO 15765-2 does not have": {can.NewFrame(1, 0x40, 0, 0), 0, 0, true},
		"empty":                                 {can.Frame{ID: 1}, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, torn(&row.frame, row.ae, row.left)) })
	}
}

func FuzzFrameOf(f *testing.F) {
	f.Add("7E8064100BE3EB811", false)
	f.Add("18DAF110027E00", true)
	f.Add("7E8 02 7E 00 <RX ERROR", false)
	f.Fuzz(func(t *testing.T, text string, wide bool) {
		frame, ok := frameOf(text, wide)
		if !ok {
			require.Equal(t, can.Frame{}, frame)
			return
		}
		require.NoError(t, frame.Validate())
		again, ok := frameOf(can.FormatID(frame.ID, wide)+hexOf(frame.Payload()), wide)
		require.True(t, ok)
		require.Equal(t, frame, again)
	})
}

package vecu_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
)

func literal(t *testing.T, text string) (b vecu.Bytes) {
	t.Helper()
	require.NoError(t, b.UnmarshalText([]byte(text)))
	return b
}

func pattern(t *testing.T, text string) (p vecu.Pattern) {
	t.Helper()
	require.NoError(t, p.UnmarshalText([]byte(text)))
	return p
}

func TestBytesAreWrittenAsPeopleWriteThem(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"hex", "62", "62"},
		{"several bytes in a word", "62 D05A", "62D05A"},
		{"either case", "aB Cd", "ABCD"},
		{"blanks around", "  62  01 ", "6201"},
		{"a text", `"a b"`, "612062"},
		{"an empty text", `62 ""`, "62"},
		{"digits in a text are letters", `62 "04.12" 00`, "6230342E313200"},
		{"hex right after a text", `"A"42`, "4142"},
		{"a byte and how often", "00*4", "00000000"},
		{"once", "FF*1", "FF"},
		{"the length of a hole of one byte", "41 0D {speed}", "410D00"},
		{"the length of a hole of two bytes", "41 42 {supply} 01", "4142000001"},
		{"as long as a message can be", "00*4095", strings.Repeat("00", 4095)},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, strings.ToUpper(hex.EncodeToString(literal(t, row.text).Data)))
		})
	}
}

func TestBytesThatAreRefused(t *testing.T) {
	for _, row := range []struct{ name, text, reason string }{
		{"nothing", "", "no bytes"},
		{"blanks", "  ", "no bytes"},
		{"an empty text alone", `""`, "no bytes"},
		{"half a byte", "62 D", "half a byte"},
		{"no hex", "62 XY", `"XY" is not hex`},
		{"a text without end", `62 "abc`, "a text without end"},
		{"a hole without end", "41 0D {speed", `"{speed" has no }`},
		{"a value that no car has", "41 0D {age}", `no value is called "age"`},
		{"a repetition of nothing", "*4", "*4 is not a byte and how often"},
		{"a repetition of two bytes", "0102*4", "0102*4 is not a byte and how often"},
		{"no times", "00*", "00*"},
		{"zero times", "00*0", "00*0"},
		{"negative times", "00*-1", "00*-1"},
		{"too many times", "00*4096", "00*4096"},
		{"more than a message", "00*4095 01", "more than 4095 bytes"},
		{"a wildcard", "62 ..", ".. only stands in requests"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := literal(t, "AA")
			require.ErrorContains(t, b.UnmarshalText([]byte(row.text)), row.reason)
			require.Equal(t, []byte{0xAA}, b.Data, "left as it was")
		})
	}
}

func TestPatterns(t *testing.T) {
	for _, row := range []struct {
		name, text, written string
		begins, not         []string
	}{
		{"without a wildcard", "22 F190", "22F190", []string{"22F190", "22F19001"}, []string{"22F191", "22F1"}},
		{"a wildcard is any byte", "2E F1..", "2EF1..", []string{"2EF100", "2EF1FF"}, []string{"2EF1", "2EF200"}},
		{"bytes after a wildcard count", "31 .. A079", "31..A079", []string{"3101A079", "31FFA07900"}, []string{"3101A078"}},
		{"wildcards in a row", "36....", "36....", []string{"360000", "36FFFF"}, []string{"36FF", "370000"}},
		{"a text", `2E "A" ..`, "2E41..", []string{"2E4100"}, []string{"2E4200"}},
		{"a repetition", "31 00*2 ..", "310000..", []string{"310000FF"}, []string{"310001FF"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := pattern(t, row.text)
			require.Equal(t, row.written, p.String())
			for _, req := range row.begins {
				require.True(t, p.Begins(bytesOf(t, req)), req)
			}
			for _, req := range row.not {
				require.False(t, p.Begins(bytesOf(t, req)), req)
			}
		})
	}
}

func TestPatternsThatAreRefused(t *testing.T) {
	for _, row := range []struct{ name, text, reason string }{
		{"nothing", "", "no bytes"},
		{"a hole", "22 {speed}", "holes only stand in responses"},
		{"half a wildcard", "22 .", "half a byte"},
		{"half hex, half wildcard", "22 .0", `".0" is not hex`},
		{"a wildcard repeated", "22 ..*2", "..*2 is not a byte and how often"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := pattern(t, "AA")
			require.ErrorContains(t, p.UnmarshalText([]byte(row.text)), row.reason)
			require.Equal(t, "AA", p.String(), "left as it was")
		})
	}
}

// texts are seeds of every form, right and wrong.
var texts = []string{
	"", "62 D05A", `62 "894902" 00*4 {supply}`, "22 F1 ..", "..*2", "00*4095 00", `"`, `""`, "{", "{speed}", "{speed", "*", "0*1", "ä", "22\t01",
}

func FuzzBytes(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b vecu.Bytes
		if b.UnmarshalText([]byte(text)) != nil {
			require.Empty(t, b.Data)
			return
		}
		require.NotEmpty(t, b.Data)
		require.LessOrEqual(t, len(b.Data), 4095)
		again := literal(t, strings.ToUpper(hex.EncodeToString(b.Data)))
		require.True(t, bytes.Equal(b.Data, again.Data), "the hex of it says the same")
	})
}

func FuzzPattern(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var p vecu.Pattern
		if p.UnmarshalText([]byte(text)) != nil {
			require.Empty(t, p.Data)
			return
		}
		require.LessOrEqual(t, len(p.Data), 4095)
		require.True(t, p.Begins(p.Data))
		again := pattern(t, p.String())
		require.Empty(t, cmp.Diff(p, again, cmp.AllowUnexported(vecu.Pattern{})))
	})
}

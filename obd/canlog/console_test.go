package canlog_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

// The lines are typed as candump.c and lib.c of can-utils print them.
func TestNextReadsEveryFormOfPrintedLine(t *testing.T) {
	tests := []struct{ option, line, want string }{
		{"none", "  can0  123   [4]  DE AD BE EF", "123#DEADBEEF"},
		{"none, 29-bit", "  can0  18DAF110   [8]  02 41 0D 00 00 00 00 00", "18DAF110#02410D0000000000"},
		{"none, 11-bit below 29-bit", "  can0       7E8   [2]  02 41", "7E8#0241"},
		{"none, empty", "  can0  123   [0] ", "123#"},
		{"none, remote", "  can0  123   [0]  remote request", "123#R"},
		{"none, remote with length", "  can0  12345678   [8]  remote request", "12345678#R8"},
		{
			"none, error frame", "  can0  20000088   [8]  00 00 80 19 00 00 00 00   ERRORFRAME",
			"20000088#0000801900000000",
		},
		{"none, short error frame", "  can0  20000004   [2]  00 01                     ERRORFRAME", "20000004#0001"},
		{"none, CAN FD", "  can0  123  [12]  00 11 22 33 44 55 66 77 88 99 AA BB", "123##000112233445566778899AABB"},
		{"none, CAN FD of eight", "  can0  123  [08]  00 11 22 33 44 55 66 77", "123##00011223344556677"},
		{"none, CAN FD, empty", "  can0  123  [00] ", "123##0"},
		{"-t a", " (1732204044.540800)  can0  7E8   [1]  41", "7E8#41"},
		{"-t A", " (2024-11-21 15:47:24.540800)  can0  7E8   [1]  41", "7E8#41"},
		{"-t z -N", " (003.000000001)  can0  7E8   [1]  41", "7E8#41"},
		{"-x, received", "  can0  RX - -  7E8   [1]  41", "7E8#41"},
		{"-x, sent", "  can0  TX - -  7E0   [1]  01", "7E0#01 T"},
		{"-x, BRS", "  can0  RX B -  123  [01]  AA", "123##1AA"},
		{"-x, ESI", "  can0  RX - E  123  [01]  AA", "123##2AA"},
		{"-x, both", "  can0  TX B E  123  [01]  AA", "123##3AA T"},
		{"-a", "  can0  123   [3]  41 42 43                  'ABC'", "123#414243"},
		{"-a, all eight", "  can0  123   [8]  41 42 43 44 45 46 27 00   'ABCDEF'.'", "123#4142434445462700"},
		{"-a, empty", "  can0  123   [0]                            ''", "123#"},
		{"-a, CAN FD of 12", "  can0  123  [12]  41 42 43 44 45 46 47 48 49 4A 4B 4C", "123##04142434445464748494A4B4C"},
		{"-a, misleading", "  can0  123   [8]  5B 38 5D 20 23 27 20 31   '[8] #' 1'", "123#5B385D2023272031"},
		{"-S", "  can0  123   [4]  EF`BE`AD`DE", "123#DEADBEEF"},
		{"-S, one byte", "  can0  123   [1]  EF", "123#EF"},
		{"-S -a", "  can0  123   [3]  43`42`41                  `CBA`", "123#414243"},
		{"-i", "  can0  123   [2]  11011110 00000001", "123#DE01"},
		{"-i -S", "  can0  123   [2]  00000001`11011110", "123#DE01"},
		{"-8", "  can0  123   {8}  00 11 22 33 44 55 66 77", "123#0011223344556677"},
		{"-8, code above eight", "  can0  123   {E}  00 11 22 33 44 55 66 77", "123#0011223344556677"},
		{"-8, remote", "  can0  123   {F}  remote request", "123#R8"},
		{"-c", " \x1b[34m (1732204044.540800)  can0\x1b[0m  123   [1]  41", "123#41"},
		{"-c -c", "  \x1b[1m\x1b[31mcan0  123   [1]  41\x1b[0m", "123#41"},
		{"-L", "(1732204044.540800)   can0 123#41", "123#41"},
		{"-L -x", "(1732204044.540800) can0 123##5AA T", "123##1AA T"},
		{"-L -8", "(1732204044.540800) can0 123#0011223344556677_E", "123#0011223344556677"},
		{"-L -8, remote", "(1732204044.540800) can0 123#R8_9", "123#R8"},
	}
	for _, tt := range tests {
		t.Run(tt.option, func(t *testing.T) {
			all := readAll(t, strings.NewReader(tt.line+"\n"))
			require.Len(t, all, 1)
			text := all[0].Rx.Frame.String()
			if all[0].Rx.Own {
				text += " T"
			}
			require.Equal(t, tt.want, text)
			require.Equal(t, "can0", all[0].Interface)
		})
	}
}

func TestNextRefusesPrintedLinesThatAreNot(t *testing.T) {
	tests := []struct{ name, line, reason, text string }{
		{"fewer bytes than announced", "can0 123 [3] 11 22", "not a valid frame", "can0 123"},
		{"more bytes than announced", "can0 123 [1] 11 22", "not a valid frame", "can0 123"},
		{"nine bytes", "can0 123 [9] 11 22 33 44 55 66 77 88 99", "not a valid frame", "can0 123"},
		{"no CAN FD length", "can0 123 [09] 11 22 33 44 55 66 77 88 99", "not a valid frame", "can0 123"},
		{"CAN FD of 99", "can0 123 [99] 11", "not a valid frame", "can0 123"},
		{"CAN XL", "can0 123 [0001] (00|80:00:00000000) 11", "not a valid frame", "can0 123"},
		{"no digit", "can0 123 [x] 11", "not a valid frame", "can0 123"},
		{"data length code no digit", "can0 123 {x} 11", "not a valid frame", "can0 123"},
		{"bracket open", "can0 123 [1 11", "no time in parentheses", "can0 123"},
		{"bytes not hexadecimal", "can0 123 [2] 11 2G", "not a valid frame", "can0 123"},
		{"bytes together", "can0 123 [2] 1122", "not a valid frame", "can0 123"},
		{"three digits", "can0 123 [2] 11 223", "not a valid frame", "can0 123"},
		{"two separators", "can0 123 [3] 11`22 33", "not a valid frame", "can0 123"},
		{"binary and hexadecimal", "can0 123 [2] 00000001 11", "not a valid frame", "can0 123"},
		{"ASCII too short", "can0 123 [2] 41 42   'A'", "not a valid frame", "can0 123"},
		{"ASCII open", "can0 123 [2] 41 42   'ABC", "not a valid frame", "can0 123"},
		{"remote CAN FD", "can0 123 [08] remote request", "not a valid frame", "can0 123"},
		{"remote and more", "can0 123 [8] remote request 11", "not a valid frame", "can0 123"},
		{"BRS in a classic frame", "can0 RX B - 123 [1] 11", "not a valid frame", "can0"},
		{"error frame without its word", "can0 20000080 [1] 11", "not a valid frame", "can0 20000080"},
		{"11-bit identifier out of range", "can0 800 [1] 11", "not a valid frame", "can0 800"},
		{"29-bit identifier out of range", "can0 F0000000 [1] 11", "not a valid frame", "can0 F0000000"},
		{"columns of no kind", "can0 RX X - 123 [1] 11", "no time in parentheses", "can0"},
		{"no length", "can0 123 11 22", "no time in parentheses", "can0 123"},
		{"no month", "(2024-13-01 00:00:00.0) can0 123 [1] 11", "no time in parentheses", "(2024-13-01 00:00:00.0) can0 123"},
		{"no day", "(2023-02-29 00:00:00.0) can0 123 [1] 11", "no time in parentheses", "(2023-02-29 00:00:00.0) can0 123"},
		{"no hour", "(2024-01-01 24:00:00.0) can0 123 [1] 11", "no time in parentheses", "(2024-01-01 24:00:00.0) can0 123"},
		{"date before 1970", "(1969-12-31 23:59:59.0) can0 123 [1] 11", "no time in parentheses", "(1969-12-31 23:59:59.0) can0 123"},
		{"dropped", "DROPCOUNT: dropped 2 CAN frames on 'can0' socket (total drops 2)", "frames were lost while recording", "DROPCOUNT:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := canlog.NewReader(strings.NewReader(tt.line)).Next()
			require.Equal(t, &canlog.LineError{Line: 1, Text: tt.text, Reason: tt.reason}, err)
		})
	}
}

// A form that is not known may hold payload anywhere.
func TestALineErrorShowsNothingThatCouldBePayload(t *testing.T) {
	for line, want := range map[string]string{
		"     1)         1.8  Rx         0455  8  57 42 41 00 ": "1)         1.8  Rx",
		"   0.015991 2  11              Rx   d 8 57 42 41":      "0.015991",
		"7E8,8,57,42,41,4A":                           "",
		"57 42 41 4A 43 35":                           "",
		"87 66 65 74":                                 "",
		"574241":                                      "",
		"WBAJC51090B123456 is a VIN":                  "",
		"356938035643809":                             "",
		"can0 RX - - 57 42":                           "can0",
		"can0 574241 42":                              "can0",
		"can0 vcan1 57":                               "can0",
		"(1.0) can0 7E8 57 42":                        "(1.0) can0 7E8",
		"(1.0) WBAJC51090B123456 7E8#5":               "(1.0)",
		"'WBA 7E8":                                    "",
		"can0\x00\x01 7E8":                            "",
		"(1.0) can0 7E8#1014490201574241zz":           "(1.0) can0 7E8",
		"  can0  7E8   [8]  10 14 49 02 01 57 42":     "can0  7E8",
		"  can0  7E8   [3]  41 42 43           'ABCD": "can0  7E8",
	} {
		_, err := canlog.NewReader(strings.NewReader(line)).Next()
		var bad *canlog.LineError
		require.ErrorAs(t, err, &bad, line)
		require.Equal(t, want, bad.Text, line)
	}
}

func TestTheTextOfErrorFramesIsPassedOver(t *testing.T) {
	require.Equal(t, []string{
		"can0 20000088#0000801900000000", "can0 123#11", `canlog: line 5: not the form (SECONDS) INTERFACE FRAME: "bus-error"`,
	}, heard(t, strings.NewReader("  can0  20000088   [8]  00 00 80 19 00 00 00 00   ERRORFRAME\n"+
		"\tprotocol-violation{{error-on-tx}{acknowledge-slot}}\n\tbus-error\n"+
		"  can0  123   [1]  11\n\tbus-error\n")))
}

// printed writes a line as lib.c does, with options drawn.
func printed(t *rapid.T, rec *canlog.Record) string {
	f := &rec.Rx.Frame
	var b strings.Builder
	b.WriteString("  " + rec.Interface)
	columns := []string{"- -", "B -", "- E", "B E"}[f.Flags>>3&3]
	direction := map[bool]string{false: "RX", true: "TX"}[rec.Rx.Own]
	b.WriteString("  " + direction + " " + columns + "  ")
	id, _, _ := strings.Cut(f.String(), "#")
	size := "  [" + string('0'+f.Len) + "]"
	if f.Is(can.FD) {
		size = " [" + string('0'+f.Len/10) + string('0'+f.Len%10) + "]"
	}
	b.WriteString(id + " " + size + " ")
	if f.Is(can.Remote) {
		return b.String() + " remote request"
	}
	form, separator, gap := "%02X", " ", 3
	if rapid.Bool().Draw(t, "binary") {
		form, gap = "%08b", 9
	}
	swap := rapid.Bool().Draw(t, "swap")
	if swap {
		separator = "`"
	}
	b.WriteString(" " + groups(f.Payload(), form, separator, swap))
	if f.Len > 8 {
		return b.String()
	}
	b.WriteString(strings.Repeat(" ", gap*(8-int(f.Len))+3))
	switch {
	case f.Is(can.Error):
		b.WriteString("ERRORFRAME")
	case rapid.Bool().Draw(t, "ascii"):
		b.WriteString("'" + ascii(f.Payload()) + "'")
	}
	return b.String()
}

func TestWhatIsPrintedIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out strings.Builder
		var want []canlog.Record
		for i := range rapid.IntRange(1, 20).Draw(t, "frames") {
			want = append(want, canlog.Record{Rx: can.Rx{
				Frame: drawFrame(t), Own: rapid.Bool().Draw(t, "own"),
				Time: time.Unix(0, int64(i)*250_000).UTC(),
			}, Interface: "can0", Line: i + 1})
			out.WriteString(printed(t, &want[i]) + "\n")
		}
		require.Empty(t, cmp.Diff(want, readAll(t, strings.NewReader(out.String()))))
	})
}

// log2long of can-utils prints what candump -l wrote as candump -a prints it.
func TestLog2longIsUnderstood(t *testing.T) {
	program, err := exec.LookPath("log2long")
	if err != nil {
		require.NotEqual(t, "1", os.Getenv("UNTETHER_REQUIRE_TOOLS"), "log2long must be there")
		t.Skip("no log2long on this machine: apt-get install can-utils")
	}
	rapid.Check(t, func(t *rapid.T) {
		var out, long bytes.Buffer
		w := canlog.NewWriter(&out, "can0")
		var want []canlog.Record
		for i := range 20 {
			rx := can.Rx{Frame: drawFrame(t), Time: at(1732204044540800 + int64(i))}
			require.NoError(t, w.Write(&rx))
			rx.Frame.Flags &^= can.BRS | can.ESI // are not printed
			want = append(want, canlog.Record{Rx: rx, Interface: "can0", Line: i + 1})
		}
		require.NoError(t, w.Flush())
		c := exec.Command(program)
		c.Stdin, c.Stdout = &out, &long
		require.NoError(t, c.Run())
		require.Empty(t, cmp.Diff(want, readAll(t, &long)), long.String())
	})
}

func groups(data []byte, form, separator string, swap bool) string {
	texts := make([]string, len(data))
	for i, v := range data {
		at := i
		if swap {
			at = len(data) - 1 - i
		}
		texts[at] = fmt.Sprintf(form, v)
	}
	return strings.Join(texts, separator)
}

func ascii(data []byte) string {
	return strings.Map(func(c rune) rune {
		if c > 0x1F && c < 0x7F {
			return c
		}
		return '.'
	}, string(latin(data)))
}

// latin keeps one rune a byte.
func latin(data []byte) []rune {
	runes := make([]rune, len(data))
	for i, v := range data {
		runes[i] = rune(v)
	}
	return runes
}

package elm327

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

// replyTo feeds what a chip prints to a command.
func replyTo(command, printed string) []line {
	var m lines
	m.begin(command)
	m.feed(time.Time{}, []byte(printed))
	return drained(&m)
}

func drained(m *lines) []line {
	var all []line
	for {
		l, ok := m.next()
		if !ok {
			return all
		}
		all = append(all, l)
	}
}

var wholeLines = cmp.Options{cmp.AllowUnexported(line{}), cmpopts.IgnoreFields(line{}, "text", "rubbish")}

func TestLines(t *testing.T) {
	prompt := line{kind: kindPrompt}
	text, banner := line{kind: kindText}, line{kind: kindBanner}
	word := func(w word) line { return line{kind: kindWord, word: w} }
	data := func(b ...byte) line { return line{kind: kindData, data: b} }
	frame := func(id uint32, b ...byte) line { return line{kind: kindData, header: 3, id: id, data: b} }
	for name, row := range map[string]struct {
		command, printed string
		want             []line
	}{
		"only the prompt ends a reply":              {"ATE0", "OK\r\r", []line{word(wordOK)}},
		"pairs with blanks":                         {"010C", "41 0C 1A F8 \r\r>", []line{data(0x41, 0x0C, 0x1A, 0xF8), prompt}},
		"pairs without blanks":                      {"010C", "410C1AF8\r\r>", []line{data(0x41, 0x0C, 0x1A, 0xF8), prompt}},
		"line feeds too":                            {"010C", "410C\r\n\r\n>", []line{data(0x41, 0x0C), prompt}},
		"11-bit id, blanks":                         {"010C", "7E8 03 41 0C \r>", []line{frame(0x7E8, 3, 0x41, 0x0C), prompt}},
		"11-bit id, no blanks":                      {"010C", "7E803410C\r>", []line{frame(0x7E8, 3, 0x41, 0x0C), prompt}},
		"29-bit id, blanks":                         {"010C", "18 DA F1 10 02 41 \r>", []line{data(0x18, 0xDA, 0xF1, 0x10, 2, 0x41), prompt}},
		"29-bit id in one piece":                    {"010C", "18DAF110 02 41\r>", []line{data(0x18, 0xDA, 0xF1, 0x10, 2, 0x41), prompt}},
		"29-bit id, no blanks":                      {"010C", "18DAF1100241\r>", []line{data(0x18, 0xDA, 0xF1, 0x10, 2, 0x41), prompt}},
		"a long message without headers":            {"0902", "014\r0: 49 02 01\r1:4142\r>", []line{{kind: kindLength, length: 0x14}, {kind: kindIndex, data: []byte{0x49, 2, 1}}, {kind: kindIndex, index: 1, data: []byte{0x41, 0x42}}, prompt}},
		"an odd digit is no pair":                   {"010C", "41 0C 1\r>", []line{text, prompt}},
		"two ways of writing are none":              {"010C", "41 0C1AF8\r>", []line{text, prompt}},
		"a double blank lost something":             {"010C", "41  1A F8\r>", []line{text, prompt}},
		"hex inside a text is no data":              {"010C", "DATA 41 0C\r>", []line{text, prompt}},
		"NULs in front":                             {"010C", "\x00\x00\x00\x0041 0C\r\x00>", []line{data(0x41, 0x0C), prompt}},
		"a NUL inside, put in":                      {"010C", "41\x00 0C\r>", []line{data(0x41, 0x0C), prompt}},
		"NULs inside, in a row":                     {"010C", "410C\x00\x00F8\r>", []line{text, prompt}},
		"rubbish inside":                            {"010C", "41 0C\xb1 F8\r>", []line{text, prompt}},
		"rubbish in front of data":                  {"010C", "\xfc41 0C\r>", []line{text, prompt}},
		"rubbish in front of a banner":              {"ATZ", "\xfc\r\rELM327 v1.5\r\r>", []line{banner, prompt}},
		"rubbish in front of a word":                {"ATE0", "\xfcOK\r>", []line{word(wordOK), prompt}},
		"the echo goes":                             {"ATE0", "ATE0\rOK\r\r>", []line{word(wordOK), prompt}},
		"the echo goes with its blanks":             {"ATE0", "AT E0 \rOK\r\r>", []line{word(wordOK), prompt}},
		"a numeric echo is no data":                 {"010C", "010C\r410C1AF8\r>", []line{data(0x41, 0x0C, 0x1A, 0xF8), prompt}},
		"an echo that comes twice, or late":         {"010C", "010C\r010C\r7E8024101\r010C\r>", []line{frame(0x7E8, 2, 0x41, 1), prompt}},
		"another command's echo is not dropped":     {"010D", "010C\r>", []line{data(1, 0x0C), prompt}},
		"an echo that came back, glued":             {"ATZ", "ATZ\r\r\rELM327 v1.4b\r\r>", []line{banner, prompt}},
		"settings never give data":                  {"ATDPN", "A6\r>", []line{text, prompt}},
		"an STN's filters never give data":          {"STFPC", "7E8024101\r>", []line{text, prompt}},
		"monitoring gives data":                     {"ATMA", "7E8024101\r>", []line{frame(0x7E8, 2, 0x41, 1), prompt}},
		"an STN's request gives data":               {"STPX H:7E0, D:010C", "7E8024101\r>", []line{frame(0x7E8, 2, 0x41, 1), prompt}},
		"SEARCHING, glued":                          {"0100", "SEARCHING...4100BE3E\r>", []line{word(wordSearching), data(0x41, 0, 0xBE, 0x3E), prompt}},
		"SEARCHING, its own line":                   {"0100", "SEARCHING...\r4100\r>", []line{word(wordSearching), data(0x41, 0), prompt}},
		"SEARCHING, few dots":                       {"0100", "SEARCHING..7E8024100\r>", []line{word(wordSearching), frame(0x7E8, 2, 0x41, 0), prompt}},
		"SEARCHING behind data":                     {"0100", "4100SEARCHING...\r>", []line{word(wordSearching), prompt}},
		"SEARCHING, then nobody":                    {"0100", "SEARCHING...\rUNABLE TO CONNECT\r\r>", []line{word(wordSearching), word(wordUnable), prompt}},
		"BUS INIT, its dots, its outcome":           {"0100", "BUS INIT: ...OK\r41 00\r>", []line{word(wordBusInit), data(0x41, 0), prompt}},
		"BUS INIT without dots, glued":              {"0100", "BUS INIT: OK4100\r>", []line{word(wordBusInit), data(0x41, 0), prompt}},
		"BUS INIT fails":                            {"0100", "BUS INIT: ...ERROR\r\r>", []line{word(wordBusInitError), prompt}},
		"dots that came late":                       {"0100", "...4100\r>", []line{word(wordSearching), data(0x41, 0), prompt}},
		"BUFFER FULL behind data":                   {"ATMA", "7E8 10 14 DEADBEEF123 BUFFER FULL\r>", []line{word(wordBufferFull), prompt}},
		"RX ERROR behind data":                      {"ATMA", "7E8 02 41 01 <RX ERROR\r>", []line{word(wordRxError), prompt}},
		"DATA ERROR is not DA AE":                   {"ATMA", "7E8 02 41 01 <DATA ERROR\rDATA ERROR\r>", []line{word(wordDataError), word(wordDataError), prompt}},
		"NO DATA":                                   {"010C", "NO DATA\r\r>", []line{word(wordNoData), prompt}},
		"CAN ERROR":                                 {"010C", "CAN ERROR\r\r>", []line{word(wordCANError), prompt}},
		"BUS BUSY, BUS ERROR, FB ERROR":             {"010C", "BUS BUSY\rBUS ERROR\rFB ERROR\r>", []line{word(wordBusBusy), word(wordBusError), word(wordFBError), prompt}},
		"STOPPED behind data":                       {"ATMA", "7E8024STOPPED\r\r>", []line{word(wordStopped), prompt}},
		"ERR94":                                     {"010C", "ERR94\r\r>", []line{word(wordFatal), prompt}},
		"an alert with its mark":                    {"010C", "!ACT ALERT\r!LP ALERT\r>", []line{word(wordActAlert), word(wordLPAlert), prompt}},
		"an STN's words":                            {"010C", "OUT OF MEMORY\rFC RX TIMEOUT\rUART RX OVERFLOW\r>", []line{word(wordNoMemory), word(wordFCTimeout), word(wordOverflow), prompt}},
		"an echo glued to OK":                       {"ATE0", "ATE0OK\r\r>", []line{word(wordOK), prompt}},
		"the beginning of an echo":                  {"ATE0", "A?\r\r>", []line{word(wordUnknown), prompt}},
		"what is no echo stays":                     {"ATE0", "B OK\r\r>", []line{text, prompt}},
		"a reset in the middle":                     {"010C", "7E80\rLV RESET\r\rELM327 v2.2\r\r>", []line{data(0x7E, 0x80), word(wordLVReset), banner, prompt}},
		"? stands alone":                            {"ATXX", "?\r\r>", []line{word(wordUnknown), prompt}},
		"? with a voltage is a text":                {"ATRV", "12.3V?\r>", []line{text, prompt}},
		"OK stands alone":                           {"ATRV", "OK?\r>", []line{text, prompt}},
		"a length of three digits with a header on": {"010C", "7E8\r>", []line{{kind: kindLength, length: 0x7E8}, prompt}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, replyTo(row.command, row.printed), wholeLines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLinesInPieces(t *testing.T) {
	printed := "010C\rSEARCHING...7E8 04 41 0C 1A F8 \r7E9 04 41 0C 00 00 \r\r>"
	whole := replyTo("010C", printed)
	require.Len(t, whole, 4)
	for n := 1; n < 12; n++ {
		var m lines
		m.begin("010C")
		for rest := printed; rest != ""; {
			k := min(n, len(rest))
			m.feed(time.Time{}, []byte(rest[:k]))
			rest = rest[k:]
		}
		if diff := cmp.Diff(whole, drained(&m), cmp.AllowUnexported(line{})); diff != "" {
			t.Errorf("in pieces of %d: %s", n, diff)
		}
	}
}

func TestLinesHaveATime(t *testing.T) {
	var m lines
	m.begin("010C")
	first := time.Unix(1, 0)
	m.feed(first, []byte("41 "))
	m.feed(first.Add(time.Second), []byte("0C\r>"))
	for _, l := range drained(&m) {
		require.Equal(t, first.Add(time.Second), l.at, "of its last byte")
	}
}

func TestLinesSearching(t *testing.T) {
	var m lines
	m.begin("0100")
	require.False(t, m.searching())
	m.feed(time.Time{}, []byte("\x00SEARCHING"))
	require.True(t, m.searching(), "before the line is whole")
	m.feed(time.Time{}, []byte("...\r4100"))
	require.False(t, m.searching())
	m.feed(time.Time{}, []byte("\rBUS INIT: "))
	require.True(t, m.searching())
}

func TestALineWithoutEndTakesNoMemory(t *testing.T) {
	var m lines
	m.begin("ATMA")
	for range 1000 {
		m.feed(time.Time{}, []byte(strings.Repeat("41", 1000)))
	}
	require.LessOrEqual(t, len(m.part), maxLine)
	m.feed(time.Time{}, []byte("\r"))
	all := drained(&m)
	require.Len(t, all, 1)
	require.Equal(t, kindText, all[0].kind, "what was cut is no data")
}

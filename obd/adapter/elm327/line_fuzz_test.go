package elm327

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzLines: whatever comes, no panic, the same lines in any pieces, and data
// is what stands in the line, every digit of it.
func FuzzLines(f *testing.F) {
	for _, s := range []string{
		"41 0C 1A F8\r>", "7E8024101\r\r>", "SEARCHING...4100\r>", "BUS INIT: ...OK\r>", "0: 49 02\r014\r",
		"7E8 02 41 01 <RX ERROR\r", "\x00\x00ELM327 v1.5\r\r>", "ERR94\r>", "BUS INITERRORERR\r", "ERR\r", "...\r>>",
	} {
		f.Add("010C", []byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, command string, printed []byte, piece uint8) {
		var whole, pieces lines
		whole.begin(command)
		whole.feed(time.Time{}, printed)
		pieces.begin(command)
		for rest := printed; len(rest) > 0; {
			n := min(int(piece)+1, len(rest))
			pieces.feed(time.Time{}, rest[:n])
			rest = rest[n:]
		}
		all := drained(&whole)
		require.Equal(t, all, drained(&pieces))
		require.LessOrEqual(t, len(all), 4*len(printed)+1)
		for _, l := range all {
			requireHonest(t, l)
		}
	})
}

// requireHonest holds that data is the text of its line, read as hex.
func requireHonest(t *testing.T, l line) {
	t.Helper()
	if l.kind != kindData && l.kind != kindIndex {
		require.Empty(t, l.data, "only data has data: %q", l.text)
		return
	}
	require.Equal(t, wordNone, l.word)
	written := hex.EncodeToString(l.data)
	switch {
	case l.kind == kindIndex:
		written = fmt.Sprintf("%x:", l.index) + written
	case l.header == 3:
		written = fmt.Sprintf("%03x", l.id) + written
	}
	require.Equal(t, strings.ToLower(compact(l.text)), written)
}

// FuzzDialogue: a reply that a car gave, and then what serial lines, clones and
// chips do to it. What comes out as data was said by the car, whole.
func FuzzDialogue(f *testing.F) {
	for i := range byte(mutations) {
		f.Add([]byte{7, 0xE8, 6, 0x41, 0, 0xBE, 0x3E, 0xB8, 0x11, 7, 0xE9, 6, 0x41, 0, 0x80}, []byte{i, 0, i, 9, i, 40, i, 200}, i)
	}
	f.Fuzz(func(t *testing.T, said, changes []byte, style uint8) {
		lines := carLines(said, style)
		all := replyTo("22F190", string(mutate(lines, changes)))
		for _, l := range all {
			if l.kind != kindData {
				continue
			}
			require.Contains(t, lines, spelled(l, style), "the car did not say %q", l.text)
		}
	})
}

// carLines are frames as a chip prints them: with ids of 11 or 29 bits, with
// blanks or without.
func carLines(said []byte, style uint8) []string {
	var all []string
	for len(said) > 2 {
		n := min(2+int(said[1]%8)+1, len(said))
		frame := said[:n]
		said = said[n:]
		l := line{data: frame}
		if style&1 == 0 {
			l.header, l.id, l.data = 3, uint32(frame[0])<<3&0x7FF, frame[1:]
		}
		all = append(all, spelled(l, style))
	}
	return all
}

// spelled is a frame as the chip prints it.
func spelled(l line, style uint8) string {
	s := strings.ToUpper(hex.EncodeToString(l.data))
	if style&2 == 0 {
		s = strings.ToUpper(strings.TrimSpace(fmt.Sprintf("% x", l.data)))
	}
	switch {
	case l.header == 0:
		return s
	case style&2 == 0:
		return fmt.Sprintf("%03X %s", l.id, s)
	}
	return fmt.Sprintf("%03X%s", l.id, s)
}

const mutations = 12

// mutate prints the lines and does something to them: pairs of what and where.
func mutate(all []string, changes []byte) []byte {
	lines := append([]string(nil), all...)
	words := []string{"BUFFER FULL", " <RX ERROR", "<DATA ERROR", "STOPPED", "LV RESET", "ACT ALERT", "FB ERROR", "ERR94", "?", "NO DATA"}
	for len(changes) > 1 && len(lines) > 0 {
		what, where := changes[0], int(changes[1])
		changes = changes[2:]
		i := where % len(lines)
		j := 0
		if lines[i] != "" {
			j = where / len(lines) % len(lines[i])
		}
		put := func(s string) { lines[i] = lines[i][:j] + s + lines[i][j:] }
		switch what % mutations {
		case 0:
			if j == 0 || lines[i][j-1] != 0 {
				put("\x00")
			}
		case 1:
			put(string([]byte{0x80 | byte(where)}))
		case 2:
			put("\x7F")
		case 3:
			lines[i] = lines[i][:j] + words[where%len(words)]
		case 4:
			lines[i] += words[where%len(words)]
		case 5:
			lines[i] = "SEARCHING..." + lines[i]
		case 6:
			lines[i] = "BUS INIT: ...OK" + lines[i]
		case 7:
			lines = append(lines[:i:i], lines[i+1:]...)
		case 8:
			k := (i + 1) % len(lines)
			lines[i], lines[k] = lines[k], lines[i]
		case 9:
			lines[i] = "\xfc\x00" + lines[i]
		case 10:
			lines = append([]string{"22F190"}, lines...)
		case 11:
			lines[i] += ">"
		}
	}
	return append(bytes.ReplaceAll([]byte(strings.Join(lines, "\r")), []byte("\r\r"), []byte("\r")), "\r\r>"...)
}

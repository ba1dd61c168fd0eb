package inspect_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/can"
)

// naive drives a dongle as simple programs do: it resets it and waits a second,
// says before each request to whom and how, waits after each command for a
// fixed time and then for the prompt, and lets the chip find out by itself that
// nothing more comes, within the 200 ms of its default. It trusts what it reads.
type naive struct {
	line  serialport.Port
	pause time.Duration // after each command
	wide  bool          // the protocol that is set

	special bool // a unit's filter and flow control are set
	front   bool // so is an address byte

	same  int // answers as the scenario has them
	lost  int // those that came later than the chip waited, and some that 78 had promised
	wrong int // those to another request, that came late
}

// say sends a command and gives the reply with its prompt.
func (n *naive) say(t *testing.T, command string, pause time.Duration) (reply string) {
	t.Helper()
	require.NoError(t, n.line.Write(t.Context(), []byte(command+"\r")))
	time.Sleep(pause)
	for buf := make([]byte, 512); !strings.HasSuffix(reply, ">"); {
		got, err := n.line.Read(t.Context(), buf)
		require.NoError(t, err)
		reply += string(buf[:got])
	}
	return reply
}

// set is for commands to which every dongle here says OK.
func (n *naive) set(t *testing.T, commands ...string) {
	t.Helper()
	for _, command := range commands {
		require.Contains(t, n.say(t, command, n.pause), "OK", command)
	}
}

func (n *naive) begin(t *testing.T) {
	t.Helper()
	n.say(t, "ATZ", time.Second)
	n.set(t, "ATE0", "ATL0", "ATS0", "ATH1", "ATSP6")
}

// ask makes a request, and looks at the answers.
func (n *naive) ask(t *testing.T, a *asked) {
	t.Helper()
	n.address(t, a)
	got := heard(n.say(t, fmt.Sprintf("%X", a.data), n.pause), n.wide, fronted(&a.frame))
	for rx, want := range a.answers {
		switch answer := got[rx]; {
		case len(answer) == 0, bytes.Equal(answer, []byte{0x7F, a.data[0], 0x78}):
			n.lost++
		case bytes.Equal(want, answer), a.data[0] == 0x01 && len(want) == len(answer): // what is measured changes
			n.same++
		default:
			n.wrong++
		}
	}
}

// address says to whom: header, filter, flow control and address byte.
func (n *naive) address(t *testing.T, a *asked) {
	t.Helper()
	if wide := a.frame.Is(can.Extended); wide != n.wide {
		n.wide = wide
		n.set(t, map[bool]string{true: "ATSP7", false: "ATSP6"}[wide])
	}
	id := strings.TrimPrefix(can.FormatID(a.frame.ID, n.wide), "18") // which ATCP is by default
	n.set(t, "ATSH"+id)
	front := fronted(&a.frame) > 0
	switch {
	case front:
		n.set(t, fmt.Sprintf("ATCEA%02X", a.frame.Data[0]))
	case n.front:
		n.set(t, "ATCEA")
	}
	switch {
	case !a.group:
		n.set(t, "ATCRA"+can.FormatID(a.from, n.wide), "ATFCSH"+id, "ATFCSD300000", "ATFCSM1")
	case n.special:
		n.set(t, "ATAR", "ATFCSM0")
	}
	n.special, n.front = !a.group, front
}

// heard puts the frames of a reply together, without doubting any.
func heard(reply string, wide bool, front int) map[uint32][]byte {
	digits := 3
	if wide {
		digits = 8
	}
	messages, length := map[uint32][]byte{}, map[uint32]int{}
	for line := range strings.SplitSeq(strings.TrimSuffix(reply, ">"), "\r") {
		if len(line) <= digits {
			continue
		}
		id, err := strconv.ParseUint(line[:digits], 16, 32)
		data, bad := hex.DecodeString(line[digits:])
		if err != nil || bad != nil || len(data) < front+2 {
			continue
		}
		rx, data := uint32(id), data[front:]
		switch n := int(data[0] & 0xF); data[0] >> 4 {
		case 0:
			messages[rx], length[rx] = data[1:min(len(data), 1+n)], n
		case 1:
			messages[rx], length[rx] = data[2:], n<<8|int(data[1])
		case 2:
			messages[rx] = append(messages[rx], data[1:]...)
		}
	}
	for rx, n := range length {
		messages[rx] = messages[rx][:min(n, len(messages[rx]))]
	}
	return messages
}

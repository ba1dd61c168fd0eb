package socketcand

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// command writes a frame as a client does: < send 7E0 2 2 1 >.
func command(f *can.Frame) []byte {
	b := fmt.Appendf(nil, "< send %s %d ", f.IDString(), f.Len)
	for _, v := range f.Payload() {
		b = fmt.Appendf(b, "%x ", v)
	}
	return append(b, '>')
}

// report writes a received frame, or the class of an error frame, as
// socketcand does. Without data two spaces are between time and end; there
// are clients that count on it.
func report(rx *can.Rx) []byte {
	seconds, micros := max(rx.Time.Unix(), 0), rx.Time.Nanosecond()/1000
	if rx.Frame.Is(can.Error) {
		return fmt.Appendf(nil, "< error %03X %d.%06d >", rx.Frame.ID, seconds, micros)
	}
	return fmt.Appendf(nil, "< frame %s %d.%06d %X >", rx.Frame.IDString(), seconds, micros, rx.Frame.Payload())
}

// parseSend reads what follows the word send.
func parseSend(words []string) (can.Frame, error) {
	if len(words) < 2 {
		return can.Frame{}, fault("send", words, "identifier and length are missing")
	}
	f, ok := parseID(words[0])
	n, err := strconv.ParseUint(words[1], 10, 8)
	data := words[2:]
	if !ok || err != nil || n > can.MaxLen || int(n) != len(data) {
		return can.Frame{}, fault("send", words, "no frame")
	}
	f.Len = uint8(n)
	for i, w := range data {
		v, err := strconv.ParseUint(w, 16, 8)
		if err != nil || len(w) > 2 {
			return can.Frame{}, fault("send", words, "no frame")
		}
		f.Data[i] = byte(v)
	}
	return f, nil
}

// parseFrame reads what follows the word frame. The data may be divided by
// spaces.
func parseFrame(words []string) (can.Rx, error) {
	if len(words) < 2 {
		return can.Rx{}, fault("frame", words, "identifier and time are missing")
	}
	f, ok := parseID(words[0])
	at, timed := parseTime(words[1])
	data := strings.Join(words[2:], "")
	if !ok || !timed || len(data) > 2*can.MaxLen {
		return can.Rx{}, fault("frame", words, "no frame")
	}
	n, err := hex.Decode(f.Data[:], []byte(data))
	if err != nil {
		return can.Rx{}, fault("frame", words, "no frame")
	}
	f.Len = uint8(n)
	return can.Rx{Frame: f, Time: at}, nil
}

// parseError reads what follows the word error, if it is an error frame and
// no text.
func parseError(words []string) (can.Rx, bool) {
	if len(words) != 2 {
		return can.Rx{}, false
	}
	class, err := strconv.ParseUint(words[0], 16, 29)
	at, ok := parseTime(words[1])
	return can.Rx{Frame: can.Frame{ID: uint32(class), Flags: can.Error}, Time: at}, ok && err == nil
}

// parseID reads an identifier. Eight digits make it extended, and so does a
// number beyond 11 bits: there are clients that leave out zeros in front.
func parseID(s string) (can.Frame, bool) {
	id, err := strconv.ParseUint(s, 16, 29)
	f := can.Frame{ID: uint32(id)}
	if len(s) == 8 || id > can.MaxID {
		f.Flags = can.Extended
	}
	return f, err == nil && len(s) <= 8
}

// parseTime reads seconds with a fraction of up to nine digits, up to a time
// that durations reach.
func parseTime(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseUint(whole, 10, 32)
	if err != nil || len(fraction) > 9 {
		return time.Time{}, false
	}
	nanos, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
	return time.Unix(int64(seconds), int64(nanos)).UTC(), err == nil
}

func fault(verb string, words []string, reason string) error {
	return &ProtocolError{Got: head(append([]string{verb}, words...)), Reason: reason}
}

package passive

import (
	"math"

	"github.com/untether-obd/untether/obd/can"
)

const (
	negative = 0x7F
	positive = 0x40 // what an answer adds to its request's service
	pending  = 0x78
)

// service is what is known of a request and its positive answer in the
// dialects that have it (UDS, KWP, J1979). Lengths include the service byte.
type service struct {
	min, max int  // length of the request
	echo     int  // leading bytes behind the service that the answer repeats
	must     int  // as many of them every dialect repeats
	sub      bool // a sub-function whose bit 7 asks for no positive answer
}

const long = math.MaxInt32 // no limit to a request's length

var services = map[byte]service{
	0x01: {min: 2, max: 7, echo: 1, must: 1},
	0x02: {min: 3, max: 7, echo: 2, must: 2},
	0x03: {min: 1, max: 1},
	0x04: {min: 1, max: 1},
	0x06: {min: 2, max: 7, echo: 1, must: 1},
	0x07: {min: 1, max: 1},
	0x08: {min: 2, max: 7, echo: 1, must: 1},
	0x09: {min: 2, max: 7, echo: 1, must: 1},
	0x0A: {min: 1, max: 1},
	0x10: {min: 2, max: 3, echo: 1, sub: true},
	0x11: {min: 2, max: 2, echo: 1, sub: true},
	0x12: {min: 2, max: 6},
	0x13: {min: 1, max: 4},
	0x14: {min: 1, max: 5},
	0x17: {min: 3, max: 3},
	0x18: {min: 2, max: 5},
	0x19: {min: 2, max: 12, echo: 1, must: 1, sub: true},
	0x1A: {min: 2, max: 3, echo: 1, must: 1},
	0x20: {min: 1, max: 1},
	0x21: {min: 2, max: 7, echo: 1, must: 1},
	0x22: {min: 3, max: long, echo: 2, must: 2},
	0x23: {min: 4, max: long},
	0x24: {min: 3, max: 3, echo: 2, must: 2},
	0x27: {min: 2, max: long, echo: 1, must: 1, sub: true},
	0x28: {min: 2, max: 5, echo: 1, sub: true},
	0x29: {min: 2, max: long, echo: 1, must: 1, sub: true},
	0x2A: {min: 2, max: long},
	0x2C: {min: 2, max: long, echo: 1, must: 1, sub: true},
	0x2E: {min: 4, max: long, echo: 2, must: 2},
	0x2F: {min: 4, max: long, echo: 3, must: 2},
	0x30: {min: 2, max: long, echo: 1, must: 1},
	0x31: {min: 2, max: long, echo: 3, must: 1, sub: true},
	0x32: {min: 2, max: long, echo: 1, must: 1},
	0x33: {min: 2, max: long, echo: 1, must: 1},
	0x34: {min: 4, max: long},
	0x35: {min: 4, max: long},
	0x36: {min: 1, max: long, echo: 1},
	0x37: {min: 1, max: long},
	0x38: {min: 4, max: long, echo: 1, must: 1},
	0x3B: {min: 3, max: long, echo: 1, must: 1},
	0x3D: {min: 5, max: long, echo: 3},
	0x3E: {min: 1, max: 2, echo: 1, sub: true},
	0x83: {min: 2, max: long, echo: 1, must: 1, sub: true},
	0x84: {min: 2, max: long},
	0x85: {min: 2, max: long, echo: 1, sub: true},
	0x86: {min: 2, max: long, echo: 1, must: 1, sub: true},
	0x87: {min: 2, max: 6, echo: 1, must: 1, sub: true},
}

// isRequest reports whether a message of length bytes, of which head is the
// beginning, is a request of a known service.
func isRequest(head []byte, length int) bool {
	s, known := services[head[0]]
	if head[0] == 0x22 && length%2 == 0 {
		return false
	}
	return known && length >= s.min && length <= s.max
}

// isAnswer reports whether such a message can be an answer, whatever to.
func isAnswer(head []byte, length int) bool {
	if head[0] == negative {
		if length != 3 || len(head) < 3 || head[2] == 0 {
			return false
		}
		_, known := services[head[1]]
		return known
	}
	s, known := services[head[0]-positive]
	return known && length > s.must
}

// isPending reports whether an answer is a 78: the final one comes later.
func isPending(answer []byte) bool {
	return len(answer) >= 3 && answer[0] == negative && answer[2] == pending
}

// foretold counts the leading bytes of an answer that the request foretold;
// 0 if it is no answer to it.
func foretold(request, answer []byte) int {
	sid := request[0]
	switch {
	case answer[0] == negative && len(answer) >= 3 && answer[1] == sid:
		return 2
	case answer[0] != sid+positive:
		return 0
	}
	s := services[sid]
	n := 0
	for _, ids := range alternatives(request) {
		n = max(n, s.echoed(ids, answer[1:]))
	}
	if n < s.must {
		return 0
	}
	return 1 + n
}

// alternatives are the parts of a request that an answer may begin with: a
// unit leaves out what it does not have of several DIDs or PIDs.
func alternatives(request []byte) [][]byte {
	step := 0
	switch request[0] {
	case 0x01, 0x06, 0x09:
		step = 1
	case 0x22:
		step = 2
	}
	ids := request[1:]
	if step == 0 || len(ids) <= step {
		return [][]byte{ids}
	}
	var each [][]byte
	for ; len(ids) >= step && len(each) < can.MaxLenFD; ids = ids[step:] {
		each = append(each, ids[:step])
	}
	return each
}

func (s service) echoed(ids, answer []byte) int {
	n := 0
	for n < min(s.echo, len(ids), len(answer)) && s.same(n, ids[n], answer[n]) {
		n++
	}
	return n
}

// same compares the i-th byte; UDS repeats a sub-function without its bit 7.
func (s service) same(i int, asked, got byte) bool {
	return asked == got || i == 0 && s.sub && asked&0x7F == got
}

// isQuiet reports whether a request wants no positive answer. 3E 02 is KWP's
// way to say so.
func isQuiet(request []byte) bool {
	if len(request) < 2 {
		return false
	}
	return services[request[0]].sub && request[1]&0x80 != 0 || request[0] == 0x3E && request[1] == 2
}

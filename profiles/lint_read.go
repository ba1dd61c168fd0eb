package profiles

import (
	"fmt"
	"slices"

	"github.com/untether-obd/untether/obd/guard"
)

func (r *report) reads(path string, d guard.Dialect, reads []Read) {
	seen := map[string]bool{}
	for i, read := range reads {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !wellFormedRead(d, read.Request):
			r.add(at+".request", "request", "%s is no read request of %s", read.Request, d)
		case r.Denied != nil && r.Denied(d, read.Request):
			r.add(at+".request", "denied", "the guard never lets %s pass", read.Request)
		case seen[read.Request.String()]:
			r.add(at+".request", "request", "%s is asked twice", read.Request)
		}
		seen[read.Request.String()] = true
		if read.Confidence == Standard && !standardRead(d, read.Request) {
			r.add(at+".confidence", "confidence", "no standard says what %s is", read.Request)
		}
		r.fields(at+".fields", read.Fields)
		r.length(at, read)
	}
}

// wellFormedRead reports whether a request reads one thing and nothing else in
// its dialect.
//
//	UDS    22 and one identifier of two bytes
//	KWP    21 and a local identifier, 1A and an identification option
//	GMLAN  1A and an identifier
//	J1979  01 and a parameter, 09 and an information type
func wellFormedRead(d guard.Dialect, request Hex) bool {
	var services string
	length := 2
	switch d {
	case guard.UDS:
		services, length = "\x22", 3
	case guard.KWP:
		services = "\x21\x1A"
	case guard.GMLAN:
		services = "\x1A"
	case guard.J1979:
		services = "\x01\x09"
	}
	return len(request) == length && slices.Contains([]byte(services), request[0])
}

// standardRead reports whether a standard gives the id its meaning: ISO 14229-1
// F180-F19F and FF00-FF01, OBD under UDS at F400-F8FF, ISO 14230-3 1A 80-9F.
func standardRead(d guard.Dialect, request Hex) bool {
	if !wellFormedRead(d, request) {
		return true // said already
	}
	id := int(request[1])
	if len(request) == 3 {
		id = id<<8 | int(request[2])
	}
	switch d {
	case guard.UDS:
		return id >= 0xF180 && id <= 0xF19F || id >= 0xF400 && id <= 0xF8FF || id == 0xFF00 || id == 0xFF01
	case guard.KWP:
		return request[0] == 0x1A && id >= 0x80 && id <= 0x9F
	}
	return d == guard.J1979
}

// length holds the read's length against what its fields take.
func (r *report) length(path string, read Read) {
	least, fixed := size(read.Fields)
	switch {
	case read.Length == 0 || len(read.Fields) == 0:
	case fixed && least != read.Length:
		r.add(path+".length", "length", "the fields take %d bytes, not %d", least, read.Length)
	case least > read.Length:
		r.add(path+".length", "length", "the fields take at least %d bytes, more than %d", least, read.Length)
	}
}

// size is the least that fields take, and whether they always do.
func size(fields []Field) (least int, fixed bool) {
	fixed = true
	for _, f := range fields {
		n, all := f.Length, f.Length > 0
		if f.Repeat > 0 {
			n, all = size(f.Fields)
			n *= f.Repeat
		}
		least += n
		fixed = fixed && all
	}
	return least, fixed
}

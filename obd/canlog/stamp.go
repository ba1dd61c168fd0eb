package canlog

import (
	"bytes"
	"time"
)

// stamp is what a line says of its time.
type stamp struct {
	kind  stampKind
	at    time.Time     // absolute
	after time.Duration // relative
}

type stampKind uint8

const (
	untimed  stampKind = iota
	absolute           // seconds since 1970, or a date
	relative           // seconds since the first frame or since the one before
)

// maxSeconds is the first second, about the year 5138, that no form holds.
const maxSeconds = 100_000_000_000

// parseStamp reads what stands in the parentheses:
//
//	1732204044.540800           seconds, with up to nine digits behind the point
//	2024-11-21 15:47:24.540800  UTC
//	000.001200                  relative: candump fills up other seconds to ten digits
func parseStamp(b []byte) (s stamp, ok bool) {
	whole, fraction, point := bytes.Cut(b, []byte("."))
	nanos, good := parseFraction(fraction)
	if !point || !good {
		return s, false
	}
	if len(whole) == len(time.DateTime) {
		day, ok := parseDate(whole)
		return stamp{kind: absolute, at: day.Add(time.Duration(nanos))}, ok
	}
	seconds, ok := parseNumber(whole)
	if !ok || len(whole) > 11 {
		return s, false
	}
	s.kind, s.at = absolute, time.Unix(seconds, nanos).UTC()
	if len(whole) < 10 {
		s.kind, s.after = relative, time.Duration(seconds)*time.Second+time.Duration(nanos)
	}
	return s, true
}

func parseFraction(b []byte) (nanos int64, ok bool) {
	if len(b) > 9 {
		return 0, false
	}
	if len(b) > 0 {
		if nanos, ok = parseNumber(b); !ok {
			return 0, false
		}
	}
	for range 9 - len(b) {
		nanos *= 10
	}
	return nanos, true
}

// parseNumber reads digits, few enough not to overflow.
func parseNumber(b []byte) (n int64, ok bool) {
	if len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(b) > 0
}

func parseDate(b []byte) (time.Time, bool) {
	if b[4] != '-' || b[7] != '-' || b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return time.Time{}, false
	}
	var n [6]int
	for i, field := range [][]byte{b[:4], b[5:7], b[8:10], b[11:13], b[14:16], b[17:]} {
		v, ok := parseNumber(field)
		if !ok {
			return time.Time{}, false
		}
		n[i] = int(v)
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	same := t.Month() == time.Month(n[1]) && t.Day() == n[2] && t.Hour() == n[3] && t.Minute() == n[4] && t.Second() == n[5]
	return t, same && n[0] >= 1970
}

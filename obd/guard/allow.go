package guard

import (
	"math"
	"slices"
)

// Services that the rules speak of.
const (
	currentData      = 0x01 // J1979: by PID
	sessionControl   = 0x10
	readECUID        = 0x1A // KWP: readECUIdentification, GMLAN: readDataByIdentifier
	stopSession      = 0x20 // KWP: stopDiagnosticSession
	readByLocalID    = 0x21 // KWP: readDataByLocalIdentifier
	readByIdentifier = 0x22 // UDS: readDataByIdentifier
	testerPresent    = 0x3E
)

// scope selects the forms for a dialect and a kind of address.
type scope struct {
	dialect Dialect
	group   bool
}

// form is one shape of request: a service, the byte after it (if there is
// one), the length of the whole, and what must hold besides.
type form struct {
	service byte
	sub     span
	length  span
	also    func(c *Conn, req []byte) error
}

// span is a range with both its ends.
type span struct{ first, last int }

func (s span) has(n int) bool { return s.first <= n && n <= s.last }

func exactly(n int) span { return span{n, n} }

func atLeast(n int) span { return span{n, math.MaxInt} }

var anything = span{0x00, 0xFF}

func (f form) fits(req []byte) bool {
	return f.length.has(len(req)) && req[0] == f.service && (len(req) == 1 || f.sub.has(int(req[1])))
}

// allowed is all that an inspection may send. What no form fits is denied;
// the first that fits decides.
var allowed = map[scope][]form{
	{J1979, false}: obd,
	{J1979, true}:  obd,
	{UDS, false}: {
		{testerPresent, exactly(0x00), exactly(2), always},
		{testerPresent, exactly(0x80), exactly(2), (*Conn).checkKeepAlive},
		{sessionControl, anything, exactly(2), (*Conn).checkSession},
		{0x19, span{0x01, 0x02}, exactly(3), always}, // status mask
		{0x19, exactly(0x03), exactly(2), always},
		{0x19, exactly(0x04), exactly(6), always}, // trouble code, snapshot record
		{0x19, exactly(0x06), exactly(6), always}, // trouble code, extended data record
		{0x19, exactly(0x0A), exactly(2), always},
		{0x19, exactly(0x42), exactly(5), always}, // functional group, status mask, severity mask
		{0x19, exactly(0x55), exactly(3), always}, // functional group
		{readByIdentifier, anything, atLeast(3), (*Conn).checkIdentifiers},
	},
	{UDS, true}: {
		{readByIdentifier, anything, atLeast(3), (*Conn).checkIdentifiers},
	},
	{KWP, false}: {
		{testerPresent, span{0x01, 0x02}, span{1, 2}, always},
		{readECUID, span{0x80, 0x9F}, exactly(2), always},
		{readECUID, anything, atLeast(2), (*Conn).checkDeclared},
		{readByLocalID, anything, atLeast(2), (*Conn).checkDeclared},
		{sessionControl, anything, exactly(2), (*Conn).checkSession},
		{stopSession, anything, exactly(1), (*Conn).checkOurs},
		{0x12, anything, span{1, 5}, always}, // freeze frame: frame, access mode, id
		{0x13, anything, exactly(1), always}, // trouble codes
		{0x13, anything, exactly(3), always}, // of a group
		{0x17, anything, exactly(3), always}, // status of one trouble code
		{0x18, anything, exactly(4), always}, // by status, of a group
	},
	{GMLAN, false}: {
		{testerPresent, anything, exactly(1), always},
		{readECUID, anything, exactly(2), always},
	},
}

// obd is what SAE J1979 allows: up to six ids a request, or three pairs of
// PID and freeze frame.
var obd = []form{
	{currentData, anything, span{2, 7}, always},
	{0x02, anything, exactly(3), always},
	{0x02, anything, exactly(5), always},
	{0x02, anything, exactly(7), always},
	{0x03, anything, exactly(1), always},
	{0x05, anything, exactly(3), always}, // test, oxygen sensor
	{0x06, anything, span{2, 7}, always},
	{0x07, anything, exactly(1), always},
	{0x09, anything, span{2, 7}, always},
	{0x0A, anything, exactly(1), always},
}

func always(*Conn, []byte) error { return nil }

// check gives a *DeniedError unless req may be sent now.
func (c *Conn) check(req []byte) error {
	for _, id := range ids(req) {
		if rule := c.barred(id); rule != "" {
			return c.deny([]byte(id), rule)
		}
	}
	forms := allowed[scope{c.dialect, c.group}]
	i := slices.IndexFunc(forms, func(f form) bool { return f.fits(req) })
	if i < 0 {
		return c.deny(req, ruleList)
	}
	return forms[i].also(c, req)
}

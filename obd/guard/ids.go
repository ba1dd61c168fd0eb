package guard

import (
	"encoding/binary"
	"slices"
	"strings"
)

// idLength is how many bytes each id has in the services that take several.
var idLength = map[byte]int{currentData: 1, readByIdentifier: 2}

// ids splits a request into those for one id each: 22 F190 F18C is 22 F190 and
// 22 F18C. A request of another service is one whole.
func ids(req []byte) []string {
	if len(req) == 0 {
		return nil
	}
	n, several := idLength[req[0]]
	if !several {
		return []string{string(req)}
	}
	var list []string
	for id := range slices.Chunk(req[1:], n) {
		list = append(list, string(req[:1])+string(id))
	}
	return list
}

// standard are the identifiers that may be asked of any unit that speaks UDS:
// identification, OBD (SAE J1979-2) and protocol versions; of a group the VIN
// and OBD.
var standard = map[bool][]span{
	false: {{0xF100, 0xF1FF}, {0xF400, 0xF8FF}, {0xFF00, 0xFF01}},
	true:  {{0xF190, 0xF190}, {0xF400, 0xF4FF}, {0xF800, 0xF8FF}},
}

// checkIdentifiers judges each identifier of a 22 by itself. Declared reads
// are one unit's: a group is asked for none of them.
func (c *Conn) checkIdentifiers(req []byte) error {
	for _, id := range ids(req) {
		if len(id) < 3 {
			return c.deny([]byte(id), ruleWhole)
		}
		declared := !c.group && c.unit.reads[id]
		if !declared && !c.standard(id) {
			return c.deny([]byte(id), ruleDeclared)
		}
	}
	return nil
}

func (c *Conn) standard(id string) bool {
	n := binary.BigEndian.Uint16([]byte(id[1:]))
	return slices.ContainsFunc(standard[c.group], func(s span) bool { return s.has(int(n)) })
}

// checkDeclared passes only the profile's own reads, whole.
func (c *Conn) checkDeclared(req []byte) error {
	if !c.unit.reads[string(req)] {
		return c.deny(req, ruleDeclared)
	}
	return nil
}

// barred gives the rule that forbids an id whatever a profile declares.
func (c *Conn) barred(id string) string {
	if why := neverWhy(id); why != "" {
		return "never asked of any car: " + why
	}
	if startsWithOneOf(id, c.unit.withheld) {
		return ruleWithheld
	}
	return ""
}

func startsWithOneOf(id string, requests []string) bool {
	return slices.ContainsFunc(requests, func(request string) bool { return strings.HasPrefix(id, request) })
}

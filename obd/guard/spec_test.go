package guard_test

import (
	"slices"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/guard"
)

// spec is the allow-list as written in the rules of the project, in words of
// its own: the guard's table is not consulted. A line is a request; 80-9F is a
// range for one byte, *2 any two bytes, *1-6 one to six of any.
type spec struct {
	forms    []string
	dids     [][2]int // for 22, in any number
	declared []int    // further ones
	withheld []int    // fewer
}

type question struct {
	dialect guard.Dialect
	group   bool
	opened  bool // a telematics unit whose profile is known, in a session of ours; else a stranger
}

var j1979 = []string{"01 *1-6", "02 *2", "02 *4", "02 *6", "03", "05 *2", "06 *1-6", "07", "09 *1-6", "0A"}

var (
	udsReads = []string{
		"3E 00", "19 01 *1", "19 02 *1", "19 03", "19 04 *4", "19 06 *4", "19 0A", "19 42 *3", "19 55 *1",
	}
	kwpReads = []string{
		"3E", "3E 01", "3E 02", "1A 80-9F", "12 *0-4", "13", "13 *2", "17 *2", "18 *3",
	}
	gmlanReads = []string{"3E", "1A *1"}
	standard   = [][2]int{{0xF100, 0xF1FF}, {0xF400, 0xF8FF}, {0xFF00, 0xFF01}}
	toAll      = [][2]int{{0xF190, 0xF190}, {0xF400, 0xF4FF}, {0xF800, 0xF8FF}}
)

var specs = map[question]spec{
	{guard.J1979, false, false}: {forms: j1979},
	{guard.J1979, true, false}:  {forms: j1979},
	{guard.J1979, false, true}:  {forms: j1979},
	{guard.J1979, true, true}:   {forms: j1979},
	{guard.UDS, false, false}:   {forms: udsReads, dids: standard},
	{guard.UDS, true, false}:    {dids: toAll},
	{guard.UDS, true, true}:     {dids: toAll},
	{guard.UDS, false, true}: {
		forms:    append([]string{"3E 80", "10 01", "10 03", "10 41"}, udsReads...),
		dids:     standard,
		declared: []int{0xD05A, 0xD25F, 0xD26E},
		withheld: []int{0xF1A5, 0xF1A6},
	},
	{guard.KWP, false, false}: {forms: kwpReads},
	{guard.KWP, false, true}: {
		forms: append([]string{"10 81", "10 41", "20", "21 04", "21 D1 02", "1A A0", "1A 88 01"}, kwpReads...),
	},
	{guard.GMLAN, false, false}: {forms: gmlanReads},
	{guard.GMLAN, false, true}:  {forms: gmlanReads},
}

// profile is what the opened questions' unit declares; a good part of it must
// not help.
var profile = guard.Unit{
	Reads: unhexAll(
		"22 D05A D26E", "22 D25F", "21 04", "21 D1 02", "1A A0", "1A 88 01", // these do
		"22 6CB0", "22 F1A5", "22 4010", "21 12", "21 B0", // barred or withheld
		"3E 05", "10 60", "11 01", "14 FF", "23 00", "27 01", "2E F1 90", "31 01 A0 79", "3B 04 00", "04", "08 00", "", "22",
	),
	Withheld:         unhexAll("22 F1A5", "22 4010", "21 B0", "22 F1A6 4010"),
	Sessions:         []byte{0x41, 0x02, 0x82},
	MayChangeSession: true,
}

// judge is a specification made quick, for it is asked millions of times.
type judge struct {
	forms [0x100][]form
	dids  [0x10000]bool
}

type form struct {
	bytes    [][2]int // ranges
	min, max int      // bytes of any value after them
}

func (s spec) judge() *judge {
	j := &judge{}
	for _, text := range s.forms {
		f := parseForm(text)
		service := f.bytes[0][0]
		j.forms[service] = append(j.forms[service], f)
	}
	for _, r := range s.dids {
		for did := r[0]; did <= r[1]; did++ {
			j.dids[did] = true
		}
	}
	for _, did := range s.withheld {
		j.dids[did] = false
	}
	for _, did := range s.declared {
		j.dids[did] = true
	}
	return j
}

func parseForm(text string) (f form) {
	for _, token := range strings.Fields(text) {
		if count, ok := strings.CutPrefix(token, "*"); ok {
			f.min, f.max = ends(count, 10)
			return f
		}
		first, last := ends(token, 16)
		f.bytes = append(f.bytes, [2]int{first, last})
	}
	return f
}

func ends(s string, base int) (first, last int) {
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	return number(low, base), number(high, base)
}

func number(s string, base int) int {
	n, err := strconv.ParseInt(s, base, 32)
	if err != nil {
		panic(err)
	}
	return int(n)
}

func (j *judge) allows(req []byte) bool {
	if len(req) > 0 && req[0] == 0x22 {
		return j.allowsDIDs(req[1:])
	}
	return len(req) > 0 && slices.ContainsFunc(j.forms[req[0]], func(f form) bool { return f.fits(req) })
}

func (j *judge) allowsDIDs(b []byte) bool {
	for ; len(b) > 1; b = b[2:] {
		if !j.dids[int(b[0])<<8|int(b[1])] {
			return false
		}
		if len(b) == 2 {
			return true
		}
	}
	return false
}

func (f form) fits(req []byte) bool {
	rest := len(req) - len(f.bytes)
	if rest < f.min || rest > f.max {
		return false
	}
	for i, r := range f.bytes {
		if int(req[i]) < r[0] || int(req[i]) > r[1] {
			return false
		}
	}
	return true
}

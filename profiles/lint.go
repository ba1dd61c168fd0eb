package profiles

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/untether-obd/untether/obd/guard"
)

// Problem is something that a profile file says and should not, or does not
// say and should, though it loads.
type Problem struct {
	File         string
	Line, Column int
	Rule         string // unit-address, request, length, ...
	Text         string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s (%s)", p.File, p.Line, p.Column, p.Text, p.Rule)
}

// Linter holds profiles against the rules for them and against the words and
// prohibitions of the rest of the program.
type Linter struct {
	Kinds   []string            // identifier kinds
	Signals map[string][]string // signal name -> its values; none: any value
	// Denied reports whether the guard refuses a request at whatever unit.
	Denied func(d guard.Dialect, request []byte) bool
}

// Lint gives all problems of a set's profiles, by file and line.
func (l Linter) Lint(s *Set) []Problem {
	var found []Problem
	for _, p := range s.profiles {
		r := report{Linter: l, profile: p, source: s.sources[p.ID]}
		r.run()
		found = append(found, r.problems...)
	}
	slices.SortFunc(found, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Text, b.Text))
	})
	return found
}

// report gathers the problems of one profile.
type report struct {
	Linter
	profile  *Profile
	source   source
	problems []Problem
}

// add places a problem at a path that the file has.
func (r *report) add(path, rule, format string, args ...any) {
	at := r.source.at[path]
	r.problems = append(r.problems, Problem{r.source.file, at.line, at.column, rule, fmt.Sprintf(format, args...)})
}

func (r *report) run() {
	r.match()
	r.fingerprint()
	for i := range r.profile.Units {
		r.unit(i)
	}
	r.sharedResponses()
	r.reads("reads", guard.UDS, r.profile.Reads)
	if r.profile.ID != GenericID && len(r.profile.Makes) == 0 {
		r.add("", "makes", "no make")
	}
}

func (r *report) match() {
	m := r.profile.Match
	for wmi, name := range m.WMI {
		if !wellFormedWMI(wmi) {
			r.add("match.wmi."+wmi, "wmi", "%q is not three of A-Z and 0-9 without I, O and Q", wmi)
		}
		if r.profile.ID != GenericID && !slices.Contains(r.profile.Makes, name) {
			r.add("match.wmi."+wmi, "wmi", "%q is none of the profile's makes", name)
		}
	}
	if m.YearTo != 0 && m.YearFrom > m.YearTo {
		r.add("match.year_to", "years", "%d is before %d", m.YearTo, m.YearFrom)
	}
	for path, year := range map[string]int{"match.year_from": m.YearFrom, "match.year_to": m.YearTo} {
		if year != 0 && (year < firstYear || year > lastYear) {
			r.add(path, "years", "%d is no model year of a car with CAN diagnostics", year)
		}
	}
}

// Cars that speak diagnostics over CAN are of 2001 or later; the year codes of
// a VIN come again after 30 years.
const firstYear, lastYear = 2001, 2030

func wellFormedWMI(s string) bool {
	return len(s) == 3 && strings.Trim(s, "0123456789ABCDEFGHJKLMNPRSTUVWXYZ") == ""
}

func (r *report) fingerprint() {
	m := r.profile.Match
	if m.Certain && len(m.Fingerprint) == 0 {
		r.add("match.certain", "fingerprint", "certain of what: there is no fingerprint")
	}
	for i, f := range m.Fingerprint {
		path := fmt.Sprintf("match.fingerprint[%d]", i)
		if _, _, ok := r.profile.find(f); !ok {
			r.add(path, "fingerprint", "unit %q has no read %s", f.Unit, f.Request)
		}
		if !isPositive(f.Response, f.Request) {
			r.add(path+".response", "fingerprint", "%s does not begin a positive answer to %s", f.Response, f.Request)
		}
	}
}

// isPositive reports whether a prefix can only be the positive answer: the
// service with bit 6 set, then the echo of the id.
func isPositive(prefix, request Hex) bool {
	return len(prefix) >= len(request) && len(request) > 0 &&
		prefix[0] == request[0]|0x40 && slices.Equal(prefix[1:len(request)], request[1:])
}

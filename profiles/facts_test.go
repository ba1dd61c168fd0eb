package profiles

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
)

// No request is made up: every id that a make's profile asks or leaves alone
// and that no standard gives its meaning is in the make's part of the fact
// sheet.
func TestProfilesAskOnlyWhatTheFactsHave(t *testing.T) {
	sheet := string(shared(t, "telematics-units.md"))
	for id, heading := range map[string]string{
		"bmw-atm": "## 2. BMW", "nissan-leaf-tcu": "## 4. Nissan", "jaguar-land-rover": "## 8. Jaguar",
	} {
		_, part, found := strings.Cut(sheet, "\n"+heading)
		require.True(t, found, heading)
		part, _, _ = strings.Cut(part, "\n## ")
		p, _ := embeddedSet(t).ByID(id)
		for _, u := range p.Units {
			for _, request := range requestsOf(u) {
				if !standardRead(u.Dialect, request) {
					require.Regexp(t, fmt.Sprintf(`\b%X\b`, []byte(request[1:])), part, "%s %s", u.Name, request)
				}
			}
		}
	}
}

func requestsOf(u Unit) []Hex {
	list := append([]Hex{}, u.Private...)
	list = append(list, u.Secret...)
	for _, r := range u.Reads {
		list = append(list, r.Request)
	}
	return list
}

// What the fact sheet calls personal or secret is read only where the answer
// holds an identifier that is masked, or is counted and never shown.
func TestPersonalDataIsMaskedOrLeftAlone(t *testing.T) {
	personal := map[transport.Address]map[string]bool{}
	for _, f := range facts(t) {
		a, ok := f.address(t)
		for _, d := range f.DIDs {
			if ok && d.Personal {
				if personal[a] == nil {
					personal[a] = map[string]bool{}
				}
				personal[a][d.Service+" "+d.ID] = true
			}
		}
	}
	require.NotEmpty(t, personal)
	for _, p := range embeddedSet(t).All() {
		for _, u := range p.Units {
			for _, r := range u.Reads {
				if personal[u.Address][r.Request.String()] {
					require.True(t, masked(r.Fields), "%s %s", u.Name, r.Request)
				}
			}
		}
	}
}

func masked(fields []Field) bool {
	for _, f := range fields {
		if f.Identifier != "" || f.Count || masked(f.Fields) {
			return true
		}
	}
	return false
}

func TestIdentifiersThatMustNotBeAsked(t *testing.T) {
	withheld := map[string][]string{
		"bmw-atm":           {"22 D0E1", "22 D0E3", "22 4010", "22 D20B"},
		"jaguar-land-rover": {"22 A0A6"},
		"nissan-leaf-tcu":   {"21 12", "21 16", "21 18", "21 32", "22 FE9D"},
	}
	s := embeddedSet(t)
	for id, requests := range withheld {
		p, _ := s.ByID(id)
		var listed []string
		for _, u := range p.Units {
			for _, h := range append(append([]Hex{}, u.Private...), u.Secret...) {
				listed = append(listed, h.String())
			}
		}
		require.Subset(t, listed, requests, id)
	}
}

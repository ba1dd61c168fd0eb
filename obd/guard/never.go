package guard

import "slices"

// never are requests below all profiles: no profile can declare them. A number
// means this on some makes' units only; on the others it is lost, which costs
// less than a password read by mistake.
var never = []struct {
	why      string
	requests []string
}{
	{"emergency or breakdown call", []string{
		"\x22\x6C\xB0", "\x22\x6C\xB2", // state
		"\x22\x6C\x2E", "\x22\x6C\x29", // deactivation, number selection
		"\x22\x40\x1D",                 // activation
		"\x22\xD2\x74", "\x22\xD3\x4D", // tests, SIM profile
	}},
	{"SIM PIN", []string{"\x22\x6C\x40", "\x22\x6C\x42"}},
	{"SIM user or password", []string{"\x22\x6C\x38", "\x22\x6C\x3A"}},
	{"certificate or key", []string{
		"\x22\xFD\x31", "\x22\xFD\x33", "\x22\xFD\x19", "\x22\xFD\x1B", "\x22\xFD\x34",
		"\x22\xFE\x9D", "\x22\x90\x0F",
		"\x21\x32",
	}},
	{"access to the backend", []string{
		"\x22\x41\x28", "\x22\x41\x29", "\x22\x41\x6B", "\x22\x41\x6C",
	}},
	{"hotspot passphrase", []string{"\x22\xD2\x0B"}},
	{"password", []string{"\x21\x12", "\x21\x16", "\x21\x18"}}, // harmless on another supplier's unit
}

// neverWhy is why an id is never asked for, empty if it may be.
func neverWhy(id string) string {
	for _, n := range never {
		if startsWithOneOf(id, n.requests) {
			return n.why
		}
	}
	return ""
}

// Never reports whether a request asks for an id that no profile can declare.
func Never(request []byte) bool {
	return slices.ContainsFunc(ids(request), func(id string) bool { return neverWhy(id) != "" })
}

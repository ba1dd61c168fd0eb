package guard

import "fmt"

// Dialect is the language a unit speaks at an address. It is a field of the
// profile's address and never guessed: the same byte means different things
// in different dialects (10 is a session in UDS, a snapshot in GMLAN).
type Dialect uint8

// The dialects that the guard knows the allow-list of.
const (
	_ Dialect = iota
	J1979
	UDS
	KWP
	GMLAN
)

var dialectNames = map[Dialect]string{J1979: "j1979", UDS: "uds", KWP: "kwp", GMLAN: "gmlan"}

func (d Dialect) String() string {
	if s, ok := dialectNames[d]; ok {
		return s
	}
	return fmt.Sprintf("dialect(%d)", uint8(d))
}

// MarshalText and UnmarshalText let profiles hold dialects.
func (d Dialect) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Dialect) UnmarshalText(b []byte) error {
	for v, s := range dialectNames {
		if s == string(b) {
			*d = v
			return nil
		}
	}
	return fmt.Errorf("dialect %q is none of j1979, uds, kwp, gmlan", b)
}

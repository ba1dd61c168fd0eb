package guard_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
)

func TestNeverOfARequest(t *testing.T) {
	for name, c := range map[string]struct {
		request []byte
		want    bool
	}{
		"SIM PIN":                          {[]byte{0x22, 0x6C, 0x40}, true},
		"among other identifiers":          {[]byte{0x22, 0xF1, 0x90, 0x6C, 0xB0}, true},
		"KWP password":                     {[]byte{0x21, 0x12}, true},
		"SIM profiles are state, no key":   {[]byte{0x22, 0xD2, 0x6E}, false},
		"the same number, another service": {[]byte{0x1A, 0x12}, false},
		"VIN":                              {[]byte{0x22, 0xF1, 0x90}, false},
		"nothing":                          {nil, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, guard.Never(c.request)) })
	}
}

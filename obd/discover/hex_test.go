package discover_test

import (
	"encoding/hex"
	"strings"
)

func hexOf(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

package exchangetest

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Book has a unit's answers by request, both as hex text: "22 F1 90". Of
// several answers to one request each is given once, the last for ever. An
// empty one is silence, as is a request that the book lacks.
type Book map[string][]string

// Unit gives a Unit that answers by the book, each time after delay.
func (b Book) Unit(a transport.Address, delay time.Duration) *Unit {
	given := map[string]int{}
	return New(a, func(_ int, req []byte) []Reply {
		key := fmt.Sprintf("% X", req)
		answers := b[key]
		if len(answers) == 0 {
			return nil
		}
		answer := answers[min(given[key], len(answers)-1)]
		given[key]++
		if answer == "" {
			return nil
		}
		return []Reply{{After: delay, Data: Bytes(answer)}}
	})
}

// Heard are the messages received so far as hex text.
func (u *Unit) Heard() (list []string) {
	for _, r := range u.Requests() {
		list = append(list, fmt.Sprintf("% X", r.Data))
	}
	return list
}

// Bytes reads hex text; blanks do not count. It panics where there is none.
func Bytes(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

package replay

import (
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/adapter"
)

// The modes; empty: that of whose recording it is.
const (
	active  = "active"
	passive = "passive"
)

type query struct {
	mode  string
	speed float64 // recorded time passes so much faster
}

func parseQuery(u adapter.URI) (q query, err error) {
	if err := u.Allow("mode", "speed"); err != nil {
		return q, err
	}
	q = query{mode: u.Query.Get("mode"), speed: 1}
	if u.Query.Has("mode") && q.mode != active && q.mode != passive {
		return q, &ValueError{Text: u.Text, Key: "mode", Value: q.mode, Valid: []string{active, passive}}
	}
	if q.mode == passive {
		return q, q.allows(u)
	}
	if !u.Query.Has("speed") {
		return q, nil
	}
	text := u.Query.Get("speed")
	q.speed, err = strconv.ParseFloat(text, 64)
	if err != nil || q.speed <= 0 || strings.Trim(text, "0123456789.") != "" {
		return q, &ValueError{Text: u.Text, Key: "speed", Value: text}
	}
	return q, nil
}

// allows refuses what a recording that is only read has no use for.
func (q query) allows(u adapter.URI) error {
	if u.Query.Has("speed") {
		return &adapter.URIError{
			Text: u.Text, Key: "speed", Reason: `key "speed" with a recording that is only read`, Valid: []string{"mode=" + active},
		}
	}
	return nil
}

package client

import (
	"fmt"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/j1979"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// read makes a unit's message its Answer.
func read[T any](m transport.Message, parse func([]byte) (T, error)) Answer[T] {
	a := Answer[T]{From: m.From}
	if refused, ok := uds.ParseNegative(m.Data); ok {
		a.Err = fmt.Errorf("%s: %w", m.From, refused)
		return a
	}
	a.Value, a.Err = parse(m.Data)
	a.Err = exchange.Malformed[j1979.FormatError](m, a.Err)
	return a
}

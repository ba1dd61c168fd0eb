package client

import (
	"errors"
	"fmt"

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
	a.Err = malformed(m, a.Err)
	return a
}

// malformed names the unit whose answer cannot be decoded.
func malformed(m transport.Message, err error) error {
	var format *j1979.FormatError
	if !errors.As(err, &format) {
		return err
	}
	return &transport.ProtocolError{
		Address: m.From, Clause: fmt.Sprintf("%02X: %s", format.Service, format.Field), Got: format.Got, Want: format.Want,
	}
}

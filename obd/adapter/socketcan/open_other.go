//go:build !linux

package socketcan

import (
	"context"

	"github.com/untether-obd/untether/obd/adapter"
)

// Open gives ErrNoCAN: only Linux has CAN sockets.
func Open(_ context.Context, u adapter.URI) (adapter.Adapter, error) {
	s, err := parse(u)
	if err != nil {
		return nil, err
	}
	return nil, &InterfaceError{Interface: s.name, Err: ErrNoCAN}
}

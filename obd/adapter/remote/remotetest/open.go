package remotetest

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
)

// URI reads an adapter's URI.
func URI(t *testing.T, text string) adapter.URI {
	t.Helper()
	u, err := adapter.ParseURI(text)
	require.NoError(t, err)
	return u
}

// Serve has a server run at a listener until the test ends.
func Serve(t *testing.T, l net.Listener, serve func(context.Context, net.Listener) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-served)
	})
}

// Open opens an adapter until the test ends.
func Open(t *testing.T, open adapter.Opener, uri string) (adapter.Controller, error) {
	t.Helper()
	ad, err := open(t.Context(), URI(t, uri))
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { require.NoError(t, ad.Close()) })
	return ad.(adapter.Controller), nil
}

// MustOpen is Open of what opens.
func MustOpen(t *testing.T, open adapter.Opener, uri string) adapter.Controller {
	t.Helper()
	c, err := Open(t, open, uri)
	require.NoError(t, err)
	return c
}

package tunnel_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
)

func listen(t *testing.T, uri string) (*tunnel.Listener, error) {
	t.Helper()
	u, err := adapter.ParseURI(uri)
	require.NoError(t, err)
	l, err := tunnel.Listen(t.Context(), u)
	if err == nil {
		t.Cleanup(func() { _ = l.Close() })
	}
	return l, err
}

func TestURIsRefused(t *testing.T) {
	for uri, want := range map[string]any{
		"tcp:35001":                new(*adapter.URIError),
		"tcp://127.0.0.1:35001":    new(*adapter.URIError),
		"tcp:127.0.0.1:ssh":        new(*adapter.URIError),
		"tcp:127.0.0.1:70000":      new(*adapter.URIError),
		"tcp:127.0.0.1:1?fd=1":     new(*adapter.URIError),
		"unix:/nowhere/s?mode=600": new(*adapter.URIError),
		"tcp:0.0.0.0:35001":        new(*tunnel.OpenError),
		"tcp:[::]:35001":           new(*tunnel.OpenError),
		"tcp::35001":               new(*tunnel.OpenError),
		"tcp:192.0.2.1:35001":      new(*tunnel.OpenError),
		"tcp:car.example:35001":    new(*tunnel.OpenError),
	} {
		t.Run(uri, func(t *testing.T) {
			_, err := listen(t, uri)
			require.ErrorAs(t, err, want)
			_, dialed := dial(t, uri)
			require.Equal(t, err, dialed, "at either end")
			if _, open := want.(**tunnel.OpenError); open {
				require.ErrorIs(t, err, tunnel.ErrNotLoopback)
			}
		})
	}
}

func TestLoopbackAddresses(t *testing.T) {
	for _, uri := range []string{"tcp:127.0.0.1:0", "tcp:127.1.2.3:0", "tcp:localhost:0", "tcp:[::1]:0"} {
		t.Run(uri, func(t *testing.T) {
			l, err := listen(t, uri)
			if strings.Contains(uri, "::1") && err != nil {
				t.Skipf("this machine has no IPv6: %v", err)
			}
			require.NoError(t, err)
			require.Equal(t, "tcp:"+l.Addr().String(), l.URI())
			require.NotContains(t, l.URI(), ":0", "the port is the one that was found")
			_, err = listen(t, l.URI())
			require.ErrorIs(t, err, tunnel.ErrInUse)
			require.NoError(t, l.Close())
			_, err = dial(t, l.URI())
			require.ErrorIs(t, err, tunnel.ErrNobody)
		})
	}
}

func TestSocketFile(t *testing.T) {
	uri := socket(t)
	path := strings.TrimPrefix(uri, "unix:")
	_, err := dial(t, uri)
	require.ErrorIs(t, err, tunnel.ErrNobody)

	l, err := listen(t, uri)
	require.NoError(t, err)
	require.Equal(t, uri, l.URI())
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, fs.ModeSocket|0o600, info.Mode())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing else is left beside it")

	_, err = listen(t, uri)
	require.ErrorIs(t, err, tunnel.ErrInUse)
	require.NoError(t, l.Close())
	require.NoFileExists(t, path)
	_ = l.Close()
}

func TestStaleSocketIsReplaced(t *testing.T) {
	uri := socket(t)
	path := strings.TrimPrefix(uri, "unix:")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	require.NoError(t, err)
	stale.SetUnlinkOnClose(false)
	require.NoError(t, stale.Close())
	_, err = dial(t, uri)
	require.ErrorIs(t, err, tunnel.ErrNobody)

	first, err := listen(t, uri)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	_, err = listen(t, uri)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	_, err = os.Lstat(path)
	require.NoError(t, err, "a socket that somebody else has put there stays")
}

func TestSocketThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("kept"), 0o600))
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"a file":            {file, tunnel.ErrNotSocket},
		"a folder":          {dir, tunnel.ErrNotSocket},
		"no folder":         {filepath.Join(dir, "none", "s"), fs.ErrNotExist},
		"far too long path": {filepath.Join(dir, strings.Repeat("s", 300)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := listen(t, "unix:"+c.path)
			var open *tunnel.OpenError
			require.ErrorAs(t, err, &open)
			require.Equal(t, "unix:"+c.path, open.URI)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "kept", string(kept))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

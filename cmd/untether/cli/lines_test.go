package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/telematics"
)

// TestEveryDongleOnRealLines: every simulated dongle, on a terminal and behind
// TCP, each in a car of its own, gives the identifiers that the car's own socket
// gives. All of it runs on the clock, at the speed of the lines, so all at once.
func TestEveryDongleOnRealLines(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	const car = "land-rover-discovery-2016"
	want := values(t, "sim:"+car)
	require.Greater(t, len(want), 5)
	got := map[string]map[string]bool{}
	var (
		mu  sync.Mutex
		all sync.WaitGroup
	)
	for _, dongle := range velm.Names() {
		for _, place := range []string{onTerminal, "127.0.0.1:0"} {
			uri, ok := stand(t, car, "elm327:"+place+"?dongle="+dongle)
			if !ok {
				t.Logf("%s: no pseudo-terminals on this system", dongle)
				continue
			}
			all.Go(func() {
				v := values(t, uri)
				if !maps.Equal(v, want) { // a busy computer may take longer than a unit may
					t.Logf("%s: a second try, after %v", uri, v)
					v = values(t, uri)
				}
				mu.Lock()
				defer mu.Unlock()
				got[dongle+" "+place] = v
			})
		}
	}
	all.Wait()
	require.GreaterOrEqual(t, len(got), len(velm.Names()))
	for name, v := range got {
		require.Equal(t, want, v, name)
	}
}

// stand puts a car with a dongle somewhere until the test ends; false where
// there are no terminals.
func stand(t *testing.T, car, where string) (uri string, ok bool) {
	t.Helper()
	l, err := listen(t.Context(), where)
	if errors.Is(err, vserial.ErrNoPTY) {
		return "", false
	}
	require.NoError(t, err)
	c, err := simulatedCar(t.Context(), car)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, c, func(tunnel.Event) {}) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-served)
		require.NoError(t, c.Close())
	})
	return l.URI(), true
}

// values are the identifiers that an inspection reads.
func values(t *testing.T, uri string) map[string]bool {
	t.Helper()
	var out, said bytes.Buffer
	code := Main([]string{"inspect", "--adapter", uri, "--output", "json"}, Streams{Out: &out, Err: &said}, os.Getenv)
	var i telematics.Inspection
	if err := json.Unmarshal(out.Bytes(), &i); code != exitDone || err != nil {
		t.Logf("%s: exit code %d, %v: %s", uri, code, err, &said)
	}
	v := map[string]bool{}
	for _, id := range i.Identifiers {
		v[fmt.Sprintf("%s: %s %s", id.Unit, id.Kind, id.Masked)] = true
	}
	return v
}

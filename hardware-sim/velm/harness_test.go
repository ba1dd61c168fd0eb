package velm_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/can"
)

// bench is a host with a dongle in front of it.
type bench struct {
	t    *testing.T
	host *vserial.Host
	d    *velm.Dongle
	car  *car.Car
	done chan struct{}
	err  error // of Serve, once done is closed
}

// plug runs a dialogue with a dongle in a car without other traffic.
func plug(t *testing.T, dongle string, o velm.Options, run func(b *bench)) {
	t.Helper()
	inCar(t, dongle, bmw, car.Options{Seed: 1, Unpaced: true}, o, run)
}

// inTraffic does so in a car with all that is on its bus.
func inTraffic(t *testing.T, dongle string, o velm.Options, run func(b *bench)) {
	t.Helper()
	inCar(t, dongle, bmw, car.Options{Seed: 1}, o, run)
}

const bmw = "bmw-5-2017"

func inCar(t *testing.T, dongle, vehicle string, co car.Options, o velm.Options, run func(b *bench)) {
	t.Helper()
	s, err := car.Load(vehicle)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		c, err := car.Start(s, co)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		b := attach(t, dongle, opens(c), o)
		b.car = c
		run(b)
	})
}

// opens joins the car's segment.
func opens(c *car.Car) velm.Open {
	return func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		return c.Connect(bitrate, listenOnly)
	}
}

// attach connects a host to a new dongle.
func attach(t *testing.T, dongle string, open velm.Open, o velm.Options) *bench {
	t.Helper()
	d, err := velm.New(dongle, open, o)
	require.NoError(t, err)
	b := &bench{t: t, d: d}
	b.connect()
	return b
}

// connect begins a new client at the dongle's first speed.
func (b *bench) connect() {
	b.t.Helper()
	host, device := vserial.Pipe(b.d.Line())
	done := make(chan struct{})
	b.host, b.done = host, done
	go func() {
		defer close(done)
		b.err = b.d.Serve(context.Background(), device)
	}()
	b.t.Cleanup(func() {
		_ = host.Close()
		<-done
	})
	synctest.Wait()
}

// leave ends the client.
func (b *bench) leave() {
	b.t.Helper()
	require.NoError(b.t, b.host.Close())
	<-b.done
	require.NoError(b.t, b.err)
}

func (b *bench) send(text string) {
	b.t.Helper()
	require.NoError(b.t, b.host.Write(b.t.Context(), []byte(text)))
}

const patience = 60 * time.Second

// hear reads until what came ends in end, or nothing comes for so long.
func (b *bench) hear(end string, limit time.Duration) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), limit)
	defer cancel()
	var text strings.Builder
	one := make([]byte, 1)
	for end == "" || !strings.HasSuffix(text.String(), end) {
		n, err := b.host.Read(ctx, one)
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			return text.String() + "<" + err.Error() + ">"
		}
		text.Write(one[:n])
	}
	return text.String()
}

// ask sends a command and gives all until the prompt, as it came.
func (b *bench) ask(command string) string {
	b.t.Helper()
	b.send(command + "\r")
	return b.hear(">", patience)
}

// quiet is the usual beginning: no echo, no line feeds.
func (b *bench) quiet(more ...string) {
	b.t.Helper()
	for _, c := range append([]string{"ATE0", "ATL0"}, more...) {
		require.Contains(b.t, b.ask(c), "OK", c)
	}
}

// says checks a dialogue: what is sent, and all that comes until the prompt.
func (b *bench) says(dialogue ...string) {
	b.t.Helper()
	for i := 0; i < len(dialogue); i += 2 {
		require.Equal(b.t, dialogue[i+1]+"\r>", b.ask(dialogue[i]), dialogue[i])
	}
}

// blameless says that the driver did nothing wrong.
func (b *bench) blameless() {
	b.t.Helper()
	require.Empty(b.t, b.d.Ledger().Violations)
}

package slcan_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/can"
)

var (
	at500k    = adapter.BusConfig{Bitrate: 500_000}
	listening = adapter.BusConfig{Bitrate: 500_000, ListenOnly: true}
)

// canable is what CANable's firmware answers.
func canable(name string) map[byte]string { return map[byte]string{'V': name + "\r"} }

// TestWhoIsThere: what answers at a port is known in less than three seconds,
// and never with an empty line, which repeats the last command of some.
func TestWhoIsThere(t *testing.T) {
	var foreign *slcan.ForeignError
	for _, c := range []struct {
		rule    string
		answers map[byte]string
		is      error
		as      any
		name    string
	}{
		{rule: "nobody", is: slcan.ErrSilent},
		{rule: "a channel that was open", answers: usual(nil), name: "SLCAN dongle V1013 NA123"},
		{rule: "a channel that was closed", answers: usual(map[byte]string{'C': "\a"}), name: "SLCAN dongle V1013 NA123"},
		{rule: "no version, no number", answers: usual(map[byte]string{'V': "\a", 'N': "\a"}), name: "SLCAN dongle"},
		{rule: "a number that is not answered", answers: usual(map[byte]string{'N': ""}), name: "SLCAN dongle V1013"},
		{rule: "a version that is not answered", answers: usual(map[byte]string{'V': ""}), is: slcan.ErrSilent},
		{rule: "a version that no speed explains", answers: usual(map[byte]string{'V': "\xfe\x80can\r"}), is: slcan.ErrSilent},
		{rule: "CANable", answers: canable("b158aa7 github.com/x/canable-fw"), name: "SLCAN dongle b158aa7 github.com/x/canable-fw"},
		{rule: "an ELM327", answers: map[byte]string{'C': "?\r\r>", 'V': "?\r\r>"}, as: &foreign},
		{rule: "an ELM327 that echoes", answers: map[byte]string{'C': "C\r?\r\r>", 'V': "V\r?\r\r>"}, as: &foreign},
		{rule: "a GPS receiver", answers: map[byte]string{'V': "$GPGGA,,,,,,0\r\n"}, as: &foreign},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				host, s := meet(t, script(c.answers))
				d, err := slcan.New(t.Context(), host, slcan.Options{URI: "slcan:x"})
				require.Less(t, time.Since(began), 3*time.Second)
				require.NotContains(t, s.lines(), "")
				if c.name != "" {
					require.NoError(t, err)
					require.Equal(t, adapter.Info{URI: "slcan:x", Kind: adapter.KindCAN, Description: c.name}, d.Info())
					require.NoError(t, d.Close())
					return
				}
				var bad *slcan.OpenError
				require.ErrorAs(t, err, &bad)
				require.Equal(t, "slcan:x", bad.URI)
				if c.is != nil {
					require.ErrorIs(t, err, c.is)
				} else {
					require.ErrorAs(t, err, c.as)
				}
				require.ErrorIs(t, host.Write(t.Context(), nil), net.ErrClosed, "the port is let go")
			})
		})
	}
}

// TestAnotherSpeed: what comes at the wrong one is nobody.
func TestAnotherSpeed(t *testing.T) {
	for _, name := range vslcan.Names() {
		for _, theirs := range []int{9600, 38_400, 57_600, 230_400, 1_000_000} {
			synctest.Test(t, func(t *testing.T) {
				host := plug(t, attach(segment(t, 500_000), true), vslcan.Options{Name: name}, vserial.Options{Baud: theirs})
				require.NoError(t, host.SetBaud(t.Context(), 115_200))
				_, err := slcan.New(t.Context(), host, slcan.Options{})
				require.ErrorIs(t, err, slcan.ErrSilent)
			})
		}
	}
}

// TestHowADongleJoins: the lines after it is known who it is.
func TestHowADongleJoins(t *testing.T) {
	const canable2 = "16e7497 github.com/normaldotcom/canable2-fw.git"
	for _, c := range []struct {
		rule    string
		answers map[byte]string
		options slcan.Options
		config  adapter.BusConfig
		says    []string
	}{
		{rule: "active", answers: usual(nil), config: at500k, says: []string{"C", "S6", "O", "F"}},
		{rule: "listening", answers: usual(nil), config: listening, says: []string{"C", "S6", "L", "F"}},
		{rule: "without a status", answers: usual(map[byte]string{'F': "\a"}), config: at500k, says: []string{"C", "S6", "O", "F"}},
		{rule: "with times", answers: usual(nil), options: slcan.Options{Times: true}, config: at500k, says: []string{"C", "S6", "Z1", "O", "F"}},
		{rule: "by registers", answers: usual(nil), config: adapter.BusConfig{Bitrate: 83_333}, says: []string{"C", "s052B", "O", "F"}},
		{rule: "CANable active", answers: canable("canable"), config: at500k, says: []string{"C", "V", "S6", "M0", "O"}},
		{rule: "CANable listening", answers: canable("canable"), config: listening, says: []string{"C", "V", "S6", "M1", "O"}},
		{rule: "CANable's own code", answers: canable("canable"), config: adapter.BusConfig{Bitrate: 750_000}, says: []string{"C", "V", "S7", "M0", "O"}},
		{rule: "CANable 2", answers: canable(canable2), config: at500k, says: []string{"C", "V", "S6", "Y2", "M0", "O"}},
		{rule: "CANable 2 fast", answers: canable(canable2), options: slcan.Options{DataRate: 5_000_000}, config: at500k, says: []string{"C", "V", "S6", "Y5", "M0", "O"}},
		{rule: "CANable 2 classic", answers: canable(canable2), options: slcan.Options{FD: slcan.FDNever}, config: at500k, says: []string{"C", "V", "S6", "M0", "O"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, s := connect(t, c.answers, c.options)
				before := len(s.lines())
				_, err := d.OpenBus(t.Context(), c.config)
				require.NoError(t, err)
				synctest.Wait()
				require.Equal(t, c.says, s.lines()[before:])
			})
		})
	}
}

// TestWhatIsRefused: each refusal has its type, and nothing is left open.
func TestWhatIsRefused(t *testing.T) {
	var (
		rate    *slcan.BitrateError
		deaf    *adapter.CannotListenError
		refused *slcan.RefusedError
		lost    *slcan.LostError
		fixed   *adapter.FixedBitrateError
	)
	for _, c := range []struct {
		rule    string
		answers map[byte]string
		options slcan.Options
		config  adapter.BusConfig
		as      any
	}{
		{rule: "the bit rate", answers: usual(map[byte]string{'S': "\a"}), config: at500k, as: &rate},
		{rule: "a bit rate that no dongle has", answers: usual(nil), config: adapter.BusConfig{Bitrate: 477_777}, as: &rate},
		{rule: "LAWICEL's S7 at a CANable", answers: canable("canable"), config: adapter.BusConfig{Bitrate: 800_000}, as: &rate},
		{rule: "to listen", answers: usual(map[byte]string{'L': "\a"}), config: listening, as: &deaf},
		{rule: "to say whether it listens", answers: canable("some CAN"), config: listening, as: &deaf},
		{rule: "to join", answers: usual(map[byte]string{'O': "\a"}), config: at500k, as: &refused},
		{rule: "to answer", answers: usual(map[byte]string{'O': ""}), config: at500k, as: &lost},
		{rule: "another bit rate than the URI's", answers: usual(nil), options: slcan.Options{Bitrate: 250_000}, config: at500k, as: &fixed},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, s := connect(t, c.answers, c.options)
				before := len(s.lines())
				_, err := d.OpenBus(t.Context(), c.config)
				require.ErrorAs(t, err, c.as)
				synctest.Wait()
				said := s.lines()[before:]
				if c.config.ListenOnly {
					require.NotContains(t, said, "O", "never silently active")
				}
				for i, line := range said {
					if line == "O" || line == "L" {
						require.Contains(t, said[i+1:], "C", "it may have joined")
					}
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		host, _ := meet(t, script(usual(nil)))
		_, err := slcan.New(t.Context(), host, slcan.Options{FD: slcan.FDAlways})
		require.ErrorIs(t, err, slcan.ErrNoFD)
	})
}

// TestOneBusAfterAnother: opening again closes the former one, here and there.
func TestOneBusAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := connect(t, usual(nil), slcan.Options{})
		former := openBus(t, d, listening)
		require.NoError(t, s.Write(t.Context(), []byte("t12310A\r")))
		synctest.Wait()
		b := openBus(t, d, at500k)
		_, err := former.Recv(t.Context())
		require.ErrorIs(t, err, net.ErrClosed)
		require.NoError(t, s.Write(t.Context(), []byte("t12310B\r")))
		rx, err := b.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, can.NewFrame(0x123, 0x0B), rx.Frame)
		require.NoError(t, d.Close())
		_, err = d.OpenBus(t.Context(), at500k)
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = b.Recv(t.Context())
		require.ErrorIs(t, err, net.ErrClosed)
		require.Equal(t, "C", s.lines()[len(s.lines())-1], "the bus was left")
	})
}

func TestListenOnlySendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := connect(t, usual(nil), slcan.Options{})
		b := openBus(t, d, listening)
		require.Error(t, b.Send(t.Context(), can.NewFrame(0x7DF, 1)))
		synctest.Wait()
		require.NotContains(t, s.lines(), "t7DF101")
	})
}

// TestADongleThatGoes ends its bus, however it goes.
func TestADongleThatGoes(t *testing.T) {
	const mute, reset = "mute", "reset"
	for _, c := range []struct {
		rule  string
		after func(s *stranger, state *atomic.Value)
		err   error
	}{
		{"pulled", func(s *stranger, _ *atomic.Value) { _ = s.Close() }, nil},
		{"silent", func(_ *stranger, state *atomic.Value) { state.Store(mute) }, slcan.ErrGone},
		{"reset", func(_ *stranger, state *atomic.Value) { state.Store(reset) }, slcan.ErrReset},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var state atomic.Value
				host, s := meet(t, func(line string) string {
					switch state.Load() {
					case mute:
						return ""
					case reset:
						return "\a"
					}
					return script(usual(nil))(line)
				})
				d, err := slcan.New(t.Context(), host, slcan.Options{URI: "slcan:x"})
				require.NoError(t, err)
				b := openBus(t, d, at500k)
				synctest.Wait()
				c.after(s, &state)
				began := time.Now()
				_, err = b.Recv(t.Context())
				var lost *slcan.LostError
				require.ErrorAs(t, err, &lost)
				require.ErrorIs(t, err, net.ErrClosed)
				require.Equal(t, "slcan:x", lost.URI)
				if c.err != nil {
					require.ErrorIs(t, err, c.err)
				}
				require.Less(t, time.Since(began), 3*time.Second)
				_, again := b.Recv(t.Context())
				require.Equal(t, err, again)
				require.NoError(t, d.Close())
			})
		})
	}
}

// TestFullBuffer: Send waits for room, and says what it waited for.
func TestFullBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var room atomic.Bool
		host, _ := meet(t, func(line string) string {
			if !room.Load() && line[0] == 't' {
				return "\a"
			}
			return script(usual(nil))(line)
		})
		d, err := slcan.New(t.Context(), host, slcan.Options{})
		require.NoError(t, err)
		b := openBus(t, d, at500k)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = b.Send(ctx, can.NewFrame(0x7DF, 1))
		require.ErrorIs(t, err, slcan.ErrBufferFull)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.AfterFunc(time.Second, func() { room.Store(true) })
		require.NoError(t, b.Send(t.Context(), can.NewFrame(0x7DF, 1)))
		require.NoError(t, d.Close())
	})
}

package vserial_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
)

const byteAt9600 = 10 * time.Second / 9600

func readAll(t *testing.T, from interface {
	Read(context.Context, []byte) (int, error)
}, n int,
) []byte {
	t.Helper()
	var got []byte
	p := make([]byte, 64)
	for len(got) < n {
		k, err := from.Read(t.Context(), p[:min(len(p), n-len(got))])
		require.NoError(t, err)
		got = append(got, p[:k]...)
	}
	return got
}

func TestBytesTakeTenBitTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := vserial.Pipe(vserial.Options{Baud: 9600})
		begin := time.Now()
		require.NoError(t, host.Write(t.Context(), []byte("ATZ\r")))
		require.Zero(t, time.Since(begin), "the system takes it at once")
		require.Equal(t, "A", string(readAll(t, device, 1)))
		require.Equal(t, byteAt9600, time.Since(begin))
		require.Equal(t, "TZ\r", string(readAll(t, device, 3)))
		require.InDelta(t, 4*byteAt9600, time.Since(begin), 5)
	})
}

func TestALateReaderFindsAllThatArrived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := vserial.Pipe(vserial.Options{Baud: 9600})
		require.NoError(t, device.Write(t.Context(), []byte("ELM327 v1.5")))
		time.Sleep(5*byteAt9600 + 1)
		p := make([]byte, 64)
		n, err := host.Read(t.Context(), p)
		require.NoError(t, err)
		require.Equal(t, "ELM32", string(p[:n]))
	})
}

func TestTheLineGoesOnWhileNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := vserial.Pipe(vserial.Options{Baud: 115200})
		begin := time.Now()
		sent := bytes.Repeat([]byte("0123456789"), 500)
		go func() { _ = device.Write(t.Context(), sent) }()
		require.Equal(t, sent, readAll(t, host, len(sent)))
		require.InDelta(t, time.Duration(len(sent))*10*time.Second/115200, time.Since(begin), float64(time.Microsecond)*5)
	})
}

func TestADeviceWaitsWhenItsQueueIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, device := vserial.Pipe(vserial.Options{Baud: 9600, Queue: 4})
		begin := time.Now()
		require.NoError(t, device.Write(t.Context(), []byte("4142")))
		require.Zero(t, time.Since(begin))
		require.Equal(t, 4, device.(vserial.Queuer).Queued())
		require.NoError(t, device.Write(t.Context(), []byte("\r>")))
		require.InDelta(t, 2*byteAt9600, time.Since(begin), 5, "two have gone, two found room")
	})
}

func TestWrongSpeedGarbles(t *testing.T) {
	for name, test := range map[string]struct {
		host, device int
		whole        bool
	}{
		"same":                 {38400, 38400, true},
		"two per cent off":     {115200, 117600, true},
		"a divisor of 4 MHz":   {115200, 4000000 / 35, true},
		"host three times":     {115200, 38400, false},
		"host a third":         {38400, 115200, false},
		"host a bit too slow":  {105000, 115200, false},
		"host a bit too fast":  {125000, 115200, false},
		"fifty times too fast": {2000000, 38400, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				host, device := vserial.Pipe(vserial.Options{Baud: test.device})
				require.NoError(t, host.SetBaud(t.Context(), test.host))
				for _, way := range []struct {
					write func(context.Context, []byte) error
					read  func(context.Context, []byte) (int, error)
				}{{host.Write, device.Read}, {device.Write, host.Read}} {
					sent := []byte("ELM327 v2.2\r\r>")
					require.NoError(t, way.write(t.Context(), sent))
					time.Sleep(time.Second)
					p := make([]byte, 4096)
					n, err := way.read(t.Context(), p)
					require.NoError(t, err)
					require.Equal(t, test.whole, bytes.Equal(sent, p[:n]), "% X", p[:n])
				}
			})
		})
	}
}

func TestSpeedChangesAfterWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := vserial.Pipe(vserial.Options{Baud: 9600})
		begin := time.Now()
		require.NoError(t, device.Write(t.Context(), []byte("OK\r")))
		device.SetBaud(115200)
		require.Equal(t, 115200, device.Baud())
		require.Zero(t, time.Since(begin), "the device goes on with its work")
		require.NoError(t, device.Write(t.Context(), []byte("ELM327")))
		require.Equal(t, "OK\r", string(readAll(t, host, 3)))
		require.NoError(t, host.SetBaud(t.Context(), 115200))
		require.Equal(t, "ELM327", string(readAll(t, host, 6)))

		require.NoError(t, host.Write(t.Context(), []byte("\r")))
		begin = time.Now()
		require.NoError(t, host.SetBaud(t.Context(), 9600))
		require.Equal(t, 10*time.Second/115200, time.Since(begin), "the host waits until it has gone out")
		require.Equal(t, "\r", string(readAll(t, device, 1)))
	})
}

func TestEndsOfAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pulled := io.ErrUnexpectedEOF
		host, device := vserial.Pipe(vserial.Options{Baud: 9600, Lost: func(error) error { return pulled }})
		require.NoError(t, device.Write(t.Context(), []byte("41")))
		require.NoError(t, device.Close())
		require.Equal(t, "41", string(readAll(t, host, 2)), "what was sent before still comes")
		for range 2 {
			_, err := host.Read(t.Context(), make([]byte, 1))
			require.ErrorIs(t, err, pulled)
			require.ErrorIs(t, host.Write(t.Context(), []byte("x")), pulled)
			require.ErrorIs(t, host.SetBaud(t.Context(), 38400), pulled)
		}
		require.NoError(t, host.Close())
		_, err := host.Read(t.Context(), make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
	})
	synctest.Test(t, func(t *testing.T) {
		host, device := vserial.Pipe(vserial.Options{Baud: 9600})
		go func() {
			time.Sleep(time.Second)
			_ = host.Close()
		}()
		_, err := device.Read(t.Context(), make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		require.ErrorIs(t, device.Write(t.Context(), []byte("x")), io.EOF)
	})
}

func TestWaitsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := vserial.Pipe(vserial.Options{Baud: 9600, Queue: 1})
		ctx, cancel := context.WithTimeout(t.Context(), byteAt9600/2)
		defer cancel()
		require.ErrorIs(t, device.Write(ctx, []byte("0123")), context.DeadlineExceeded)
		_, err := host.Read(ctx, make([]byte, 1))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, host.Write(ctx, []byte("0")), context.DeadlineExceeded)
		require.Equal(t, "0", string(readAll(t, host, 1)), "the next wait is as ever")
	})
}

func TestWithoutASpeedBytesArriveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		host, device := vserial.Pipe(vserial.Options{})
		device.SetBaud(9600)
		require.NoError(t, host.Write(t.Context(), []byte("ATI\r")))
		require.Equal(t, "ATI\r", string(readAll(t, device, 4)))
		require.NoError(t, device.Write(t.Context(), []byte(">")))
		require.Equal(t, ">", string(readAll(t, host, 1)))
		require.Zero(t, time.Since(begin))
		require.Zero(t, host.Baud())
	})
}

func TestABridgeKeepsItsSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		no := io.ErrNoProgress
		host, device := vserial.Pipe(vserial.Options{Baud: 38400, NoBaud: no})
		require.ErrorIs(t, host.SetBaud(t.Context(), 115200), no)
		require.Zero(t, host.Baud())
		begin := time.Now()
		require.NoError(t, device.Write(t.Context(), []byte(">")))
		require.Equal(t, ">", string(readAll(t, host, 1)))
		require.InDelta(t, 10*time.Second/38400, time.Since(begin), 1)
	})
}

// A timer of this system may come a millisecond late; a line of absolute time
// catches up.
func TestARealLineKeepsItsPace(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a second of real time")
	}
	host, device := vserial.Pipe(vserial.Options{Baud: 115200})
	sent := bytes.Repeat([]byte("0123456789ABCDE\r"), 360)
	begin := time.Now()
	go func() { _ = device.Write(t.Context(), sent) }()
	require.Equal(t, sent, readAll(t, host, len(sent)))
	ideal := time.Duration(len(sent)) * 10 * time.Second / 115200
	require.GreaterOrEqual(t, time.Since(begin), ideal-time.Millisecond)
	require.Less(t, time.Since(begin), 3*ideal, "one sleep a byte would take twelve times as long")
}

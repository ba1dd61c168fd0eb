package serialport

import (
	"context"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// radio is a device whose writes wait until it is told otherwise, as those of
// a terminal whose Bluetooth link stands still.
type radio struct {
	said    chan string // what the dongle says; closed: it has gone
	heard   []byte
	stands  chan struct{} // closed: writes go through
	aborted chan struct{}
	closed  chan struct{}
	refuses error // of every speed
}

func newRadio() *radio {
	return &radio{
		said: make(chan string), stands: make(chan struct{}),
		aborted: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

func (r *radio) Read(p []byte) (int, error) {
	select {
	case text, ok := <-r.said:
		if !ok {
			return 0, io.EOF
		}
		return copy(p, text), nil
	case <-time.After(time.Second):
		return 0, nil // no news
	case <-r.closed:
		return 0, net.ErrClosed
	}
}

func (r *radio) Write(p []byte) (int, error) {
	select {
	case <-r.stands:
		r.heard = append(r.heard, p...)
		return len(p), nil
	case <-r.aborted:
		return 0, os.ErrDeadlineExceeded
	}
}

func (r *radio) arm() {
	select {
	case <-r.aborted:
	default:
	}
}

func (r *radio) abort()            { r.aborted <- struct{}{} }
func (r *radio) setBaud(int) error { return r.refuses }

func (r *radio) Close() error {
	close(r.closed)
	return nil
}

func TestAWriteThatWasLeftBehindHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRadio()
		port := newStream("/dev/rfcomm0", r, 38400)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			require.ErrorIs(t, port.Write(ctx, []byte("ATRV\r")), context.DeadlineExceeded)
			cancel()
		}
		close(r.stands)
		require.NoError(t, port.Write(t.Context(), []byte("ATI\r")))
		require.Equal(t, "ATI\r", string(r.heard), "nothing of what was given up")
		require.NoError(t, port.Close())
	})
}

func TestALossEndsAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRadio()
		port := newStream("/dev/rfcomm0", r, 38400)
		go func() {
			time.Sleep(time.Second)
			r.said <- "LV RESET"
			close(r.said)
		}()
		begin := time.Now()
		err := port.Write(t.Context(), []byte("ATI\r"))
		var lost *LostError
		require.ErrorAs(t, err, &lost)
		require.EqualError(t, err, "serialport: /dev/rfcomm0: the device has gone: EOF")
		require.Equal(t, time.Second, time.Since(begin))

		p := make([]byte, 64)
		n, err := port.Read(t.Context(), p)
		require.NoError(t, err, "what came before the loss comes before its error")
		require.Equal(t, "LV RESET", string(p[:n]))
		_, err = port.Read(t.Context(), p)
		require.ErrorAs(t, err, &lost)
		require.NoError(t, port.Close())
	})
}

func TestASpeedThatIsRefusedIsNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRadio()
		port := newStream("/dev/ttyUSB0", r, 38400)
		r.refuses = syscall.EINVAL
		err := port.SetBaud(t.Context(), 4_000_000)
		require.EqualError(t, err, "serialport: /dev/ttyUSB0: set 4000000 bit/s: invalid argument")
		require.Equal(t, 38400, port.Baud())

		r.refuses = syscall.EIO
		var lost *LostError
		require.ErrorAs(t, port.SetBaud(t.Context(), 9600), &lost)
		require.NoError(t, port.Close())
	})
}

func TestAReaderWhoIsAwayLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRadio()
		port := newStream("/dev/ttyUSB0", r, 38400)
		const lines, line = 40, 4096 // more than the inbox holds
		go func() {
			for range lines {
				r.said <- string(make([]byte, line))
			}
		}()
		time.Sleep(time.Minute)
		p, got := make([]byte, 1000), 0
		for got < lines*line {
			n, err := port.Read(t.Context(), p)
			require.NoError(t, err)
			got += n
		}
		require.Equal(t, lines*line, got)
		require.NoError(t, port.Close())
	})
}

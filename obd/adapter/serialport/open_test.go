package serialport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// slow is a device that opens late; it knows whether it was closed.
type slow struct {
	device
	closed chan struct{}
}

func (s *slow) Close() error {
	close(s.closed)
	return nil
}

func TestOpeningHasALimitOfItsOwn(t *testing.T) {
	for name, test := range map[string]struct {
		takes time.Duration
		opens bool
	}{
		"a moment before": {openLimit - 1, true},
		"a moment after":  {openLimit + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				late := &slow{closed: make(chan struct{})}
				dev, err := within(t.Context(), "/dev/rfcomm0", func() (device, error) {
					time.Sleep(test.takes)
					return late, nil
				})
				if test.opens {
					require.NoError(t, err)
					require.Same(t, late, dev)
					return
				}
				var refused *OpenError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, NoAnswer, refused.Reason)
				<-late.closed // nobody has it, so nobody may be kept from it
			})
		})
	}
}

func TestOpeningEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late := &slow{closed: make(chan struct{})}
		_, err := within(ctx, "/dev/rfcomm0", func() (device, error) {
			time.Sleep(time.Minute)
			return late, nil
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var refused *OpenError
		require.NotErrorAs(t, err, &refused, "it was the caller who lost patience")
		<-late.closed
	})
}

func TestWhyAPortWasRefused(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want Reason
	}{
		"not there":      {&fs.PathError{Op: "open", Err: syscall.ENOENT}, NoSuchPort},
		"unplugged":      {syscall.ENODEV, NoSuchPort},
		"no driver":      {syscall.ENXIO, NoSuchPort},
		"not allowed":    {syscall.EACCES, NoPermission},
		"not permitted":  {syscall.EPERM, NoPermission},
		"a folder":       {syscall.EISDIR, NotSerial},
		"a phone is off": {syscall.EHOSTDOWN, NoAnswer},
		"anything":       {errors.New("anything"), Failed},
	} {
		t.Run(name, func(t *testing.T) {
			var refused *OpenError
			require.ErrorAs(t, refusal("/dev/ttyUSB0", fmt.Errorf("open: %w", test.err)), &refused)
			require.Equal(t, test.want, refused.Reason)
			require.ErrorIs(t, refused, test.err)
		})
	}
	var busy *BusyError
	require.ErrorAs(t, refusal("/dev/ttyUSB0", syscall.EBUSY), &busy)
	require.EqualError(t, busy, "serialport: /dev/ttyUSB0: another program has it open")
}

func TestWhyAHostWasNotReached(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want Reason
	}{
		"nobody listens": {syscall.ECONNREFUSED, Refused},
		"other network":  {syscall.ENETUNREACH, NoRoute},
		"host is off":    {syscall.EHOSTUNREACH, NoRoute},
		"silence":        {os.ErrDeadlineExceeded, NoAnswer},
		"long silence":   {syscall.ETIMEDOUT, NoAnswer},
		"no such name":   {&net.DNSError{IsNotFound: true}, NoSuchHost},
		"anything":       {errors.New("anything"), Failed},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, dialReason(&net.OpError{Op: "dial", Err: test.err}))
		})
	}
}

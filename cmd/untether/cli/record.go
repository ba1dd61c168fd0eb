package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/telematics/message"
)

// recorded is a controller whose frames are kept in a file: below the guard,
// so that the file shows what really was on the bus.
type recorded struct {
	adapter.Controller
	out *canlog.Writer
}

func (r recorded) OpenBus(ctx context.Context, c adapter.BusConfig) (can.Bus, error) {
	bus, err := r.Controller.OpenBus(ctx, c)
	if err != nil {
		return nil, err
	}
	return canlog.Tap(bus, r.out), nil
}

// carried is a controller with an ISO-TP of its own, recorded.
type carried struct {
	adapter.Carrier
	below recorded
}

func (c carried) OpenBus(ctx context.Context, b adapter.BusConfig) (can.Bus, error) {
	return c.below.OpenBus(ctx, b)
}

// recordName is the interface name that tells our recordings from others'.
const recordName = "untether"

// record makes the controller write to a new file that only its owner can
// read, and gives what ends the recording.
func (a *app) record(c adapter.Controller, path string, redact bool) (adapter.Controller, func() error, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, &writeError{path, errors.Unwrap(err)}
	}
	var redactor canlog.Redactor
	if redact {
		redactor = canlog.Redact(addressByte)
	} else {
		fmt.Fprintln(a.streams.Err, a.say.Text(message.RecordingNote, path))
	}
	w := formOf(path).NewWriter(f, recordName, redactor)
	end := func() error {
		if err := errors.Join(w.Flush(), f.Close()); err != nil {
			return &writeError{path, err}
		}
		return nil
	}
	if k, ok := c.(adapter.Carrier); ok {
		return carried{k, recorded{c, w}}, end, nil
	}
	return recorded{c, w}, end, nil
}

// formOf is what the ending of a recording's name asks for.
func formOf(path string) canlog.Form {
	if strings.EqualFold(filepath.Ext(path), ".pcapng") {
		return canlog.PcapNG
	}
	return canlog.Log
}

// addressByte says which diagnostic frames begin with an address byte, as far
// as makes are known to send such: BMW's 6F1 and 6xx, Toyota's 750 and 758.
func addressByte(f *can.Frame) bool {
	if f.Is(can.Extended) || f.Len == 0 {
		return false
	}
	return f.ID == 0x6F1 || f.ID == 0x750 || f.ID == 0x758 || f.ID>>8 == 6 && f.Data[0] == 0xF1
}

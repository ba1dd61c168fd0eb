package inspect_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// trace is a serial line that writes down each command, and when its prompt
// came. One goroutine at a time has the line, as with any dongle.
type trace struct {
	serialport.Port
	done []command
}

// command is what went out up to a carriage return, or a character that ends
// monitoring.
type command struct {
	text       string
	sent, over time.Time // handed over; the prompt read
	reply      string
}

func (t *trace) Write(ctx context.Context, p []byte) error {
	t.done = append(t.done, command{text: strings.TrimSuffix(string(p), "\r"), sent: time.Now()})
	return t.Port.Write(ctx, p)
}

func (t *trace) Read(ctx context.Context, p []byte) (int, error) {
	n, err := t.Port.Read(ctx, p)
	if len(t.done) > 0 && n > 0 {
		last := &t.done[len(t.done)-1]
		last.reply += string(p[:n])
		if bytes.IndexByte(p[:n], '>') >= 0 {
			last.over = time.Now()
		}
	}
	return n, err
}

// setting reports whether a command is one to the chip, not a request.
func (c *command) setting() bool {
	return strings.HasPrefix(c.text, "AT") || strings.HasPrefix(c.text, "ST") && !strings.HasPrefix(c.text, "STPX")
}

func (c *command) String() string {
	return fmt.Sprintf("%s %8v  %q -> %q", c.sent.Format("05.000"), c.over.Sub(c.sent).Round(10*time.Microsecond), c.text, c.reply)
}

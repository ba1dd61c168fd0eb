package elm327

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// bench is a chip made of a few lines, at the other end of a serial line. It
// answers what it knows and `?` to all else, and keeps what it was told.
type bench struct {
	conn  vserial.Conn
	mu    sync.Mutex
	log   []string          // commands, as they came
	texts map[string]string // what it answers, lines ended by CR
	echo  bool
	delay time.Duration // before each answer
	home  int           // bit/s after a reset

	// script, if it says true, has dealt with a command itself.
	script func(b *bench, command string) bool

	left []byte // read and not yet looked at
}

const banner = "ELM327 v1.4b"

// settingsOf are the commands of a chip that has them all.
var settingsOf = strings.Fields(`ATE0 ATE1 ATL0 ATM0 ATS0 ATS1 ATH0 ATH1 ATAL ATNL ATCAF0 ATCAF1 ATCFC0 ATCFC1 ATFCSH7E0 ATFCSH7E1
	ATFCSD300000 ATFCSM0 ATFCSM1 ATCRA ATCRA7E8 ATCRA7E9 ATCSM1 ATCTM1 ATCTM5 ATCEA ATCEA61 ATAT0 ATAT1 ATAT2 ATJE ATSH7E0 ATSH7E1 ATSH18DB33F1
	ATTP6 ATTP7 ATST19 ATST32`)

func newBench() *bench {
	b := &bench{echo: true, delay: 2 * time.Millisecond, texts: map[string]string{
		"ATI": banner + "\r", "AT@1": "OBDII to RS232 Interpreter\r", "ATRV": "12.6V\r", "ATAMC": "00\r",
		"ATPPS": strings.Repeat("00:FF F  01:FF F  02:FF F  03:32 F\r", 12),
	}}
	for _, s := range settingsOf {
		b.texts[s] = "OK\r"
	}
	return b
}

// without makes it forget commands.
func (b *bench) without(commands ...string) *bench {
	for _, c := range commands {
		delete(b.texts, c)
	}
	return b
}

// an STN1110, which is faster and knows more.
func (b *bench) asSTN() *bench {
	for c, text := range map[string]string{
		"STI": "STN1110 v4.2.0", "STDI": "OBDLink r1.7", "STSN": "110012345678", "STCFCPC": "OK", "STPTO100": "OK", "STP33": "OK",
	} {
		b.texts[c] = text + "\r"
	}
	return b
}

// run serves until the other end has gone.
func (b *bench) run() {
	for {
		command, err := b.command()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.log = append(b.log, command)
		b.mu.Unlock()
		time.Sleep(b.delay)
		if b.script != nil && b.script(b, command) {
			continue
		}
		b.answer(command)
	}
}

// command reads up to a carriage return.
func (b *bench) command() (string, error) {
	var line []byte
	for {
		c, err := b.byte(context.Background())
		if err != nil {
			return "", err
		}
		if b.echo {
			b.print(string(c))
		}
		if c == '\r' {
			return strings.ToUpper(string(line)), nil
		}
		if c > ' ' {
			line = append(line, c)
		}
	}
}

func (b *bench) byte(ctx context.Context) (byte, error) {
	if len(b.left) == 0 {
		buf := make([]byte, 64)
		n, err := b.conn.Read(ctx, buf)
		if err != nil {
			return 0, err
		}
		b.left = buf[:n]
	}
	c := b.left[0]
	b.left = b.left[1:]
	return c, nil
}

func (b *bench) answer(command string) {
	switch command {
	case "ATZ", "ATWS":
		b.restart("\r\r")
		return
	case "ATE0", "ATE1":
		b.echo = command == "ATE1"
	}
	text, ok := b.texts[command]
	if !ok {
		text = "?\r"
	}
	b.print(text + "\r>")
}

// restart is what a reset does, of whatever cause.
func (b *bench) restart(before string) {
	b.echo = true
	if b.home != 0 {
		b.conn.SetBaud(b.home)
	}
	b.print(before + banner + "\r\r>")
}

func (b *bench) print(s string) { _ = b.conn.Write(context.Background(), []byte(s)) }

// busy prints a line each while until a byte comes, then STOPPED.
func (b *bench) busy(every time.Duration, text string) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), every)
		_, err := b.byte(ctx)
		cancel()
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			b.print(text)
		case err != nil:
			return
		default:
			b.print("STOPPED\r\r>")
			return
		}
	}
}

func (b *bench) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.log...)
}

// since gives what it was told since the last call.
func (b *bench) since() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	log := b.log
	b.log = nil
	return log
}

// withBench runs f in virtual time with a port to b's line.
func withBench(t *testing.T, b *bench, baud int, f func(t *testing.T, port *vserial.Host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := vserial.Options{Baud: baud, Lost: func(err error) error { return &serialport.LostError{Port: "line", Err: err} }}
		if baud == 0 {
			o.NoBaud = serialport.ErrNoBaud
		}
		host, device := vserial.Pipe(o)
		b.conn, b.home = device, baud
		var served sync.WaitGroup
		defer served.Wait()
		defer host.Close()
		served.Go(b.run)
		f(t, host)
	})
}

// withChip opens b first. What b was told for that is forgotten.
func withChip(t *testing.T, b *bench, f func(t *testing.T, c *chip)) {
	t.Helper()
	withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
		t.Helper()
		c, err := openChip(t.Context(), port, chipOptions{baud: 38400})
		require.NoError(t, err)
		b.since()
		f(t, c)
	})
}

// within waits for a byte.
func (b *bench) within(d time.Duration) (byte, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	c, err := b.byte(ctx)
	return c, err == nil
}

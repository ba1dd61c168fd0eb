package elm327

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
)

func TestOpenHunts(t *testing.T) {
	for _, at := range usualBauds {
		withBench(t, newBench(), at, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			require.NoError(t, port.SetBaud(t.Context(), 38400))
			begin := time.Now()
			c := newChip(port)
			require.NoError(t, c.hunt(t.Context(), bauds(0, record{})))
			require.Equal(t, at, port.Baud())
			require.Less(t, time.Since(begin), 3*time.Second)
			r, err := c.do(t.Context(), "ATI", wait{})
			require.NoError(t, err)
			require.Equal(t, banner, r.text())
		})
	}
}

func TestHuntOrder(t *testing.T) {
	require.Equal(t, usualBauds, bauds(0, record{}))
	require.Equal(t, []int{9600, 38400, 115200, 230400, 57600, 500000, 2000000}, bauds(9600, record{}), "what the user named is first")
	require.Equal(t, []int{57600, 115200, 500000, 38400, 9600, 230400, 2000000}, bauds(57600, record{Baud: 115200, Fast: 500000}), "then what is kept")
	require.Len(t, bauds(1200, record{Baud: 2400, Fast: 4800}), 8, "three seconds are not enough for more")
}

func TestOpenFindsNone(t *testing.T) {
	mute := func(*bench, string) bool { return true }
	for name, row := range map[string]struct {
		b    *bench
		baud int
		seen Seen
		text string
	}{
		"nothing, serial":  {&bench{script: mute}, 38400, SeenNothing, ""},
		"nothing, network": {&bench{script: mute}, 0, SeenNothing, ""},
		"another speed":    {newBench(), 19200, SeenGarbage, ""},
		"a GPS mouse": {&bench{script: func(b *bench, _ string) bool {
			b.print("$GPGGA,123519,4807.038,N\r\n")
			return true
		}}, 9600, SeenOther, "$GPGGA,123519,4807.038,N"},
		"a login": {&bench{script: func(b *bench, _ string) bool {
			b.print("Login incorrect\r\nlogin: ")
			return true
		}}, 0, SeenOther, "Login incorrect"},
		"a prompt that knows no echo": {&bench{script: func(b *bench, _ string) bool {
			b.print("?\r>")
			return true
		}}, 0, SeenOther, ""},
	} {
		t.Run(name, func(t *testing.T) {
			withBench(t, row.b, row.baud, func(t *testing.T, port *vserial.Host) {
				t.Helper()
				begin := time.Now()
				_, err := openChip(t.Context(), port, chipOptions{})
				require.Less(t, time.Since(begin), 3*time.Second)
				var none *NoDongleError
				require.ErrorAs(t, err, &none)
				require.Equal(t, row.seen, none.Seen)
				require.Equal(t, row.text, none.Text)
				require.NotEmpty(t, none.Error())
			})
		})
	}
}

func TestOpenAfterACrash(t *testing.T) {
	b := newBench()
	monitoring := false
	b.script = func(b *bench, command string) bool {
		if command == "MONITOR" && !monitoring {
			monitoring = true
			b.busy(5*time.Millisecond, "7E8 06 41 00 BE 3E B8 11\r")
			return true
		}
		return false
	}
	withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
		t.Helper()
		require.NoError(t, port.Write(t.Context(), []byte("MONITOR\r")))
		time.Sleep(time.Second)
		c, err := openChip(t.Context(), port, chipOptions{baud: 38400})
		require.NoError(t, err, "what an interrupted session left running is ended")
		require.Equal(t, banner, c.caps.Banner)
	})
}

func TestOpenHastens(t *testing.T) {
	shake := func(b *bench, baud int, name string) {
		b.print("OK\r")
		before := b.conn.Baud()
		b.conn.SetBaud(baud)
		time.Sleep(20 * time.Millisecond)
		b.print(name + "\r")
		if c, ok := b.within(75 * time.Millisecond); ok && c == '\r' {
			b.print("OK\r\r>")
			return
		}
		b.conn.SetBaud(before)
	}
	elm := func(deaf bool) *bench {
		b := newBench()
		b.script = func(b *bench, command string) bool {
			switch {
			case command == "ATBRD23" && deaf:
				b.print("OK\r")
				time.Sleep(100 * time.Millisecond) // and stays as it is
				return true
			case command == "ATBRD23":
				shake(b, 115200, banner)
				return true
			case command == "ATBRD68":
				shake(b, 38400, banner)
				return true
			}
			return false
		}
		return b
	}
	t.Run("an ELM, there and back", func(t *testing.T) {
		withBench(t, elm(false), 38400, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			c, err := openChip(t.Context(), port, chipOptions{})
			require.NoError(t, err)
			require.Equal(t, 115200, port.Baud())
			require.Equal(t, record{Baud: 38400, Fast: 115200, Reset: "ATWS", Capabilities: c.caps}, c.record())
			_, err = c.supply(t.Context())
			require.NoError(t, err)
			require.NoError(t, c.close(t.Context()))
			require.Equal(t, 38400, port.Baud())
			_, err = c.supply(t.Context())
			require.NoError(t, err, "it hears at its own speed")
		})
	})
	t.Run("a chip that does not know the command", func(t *testing.T) {
		withBench(t, newBench(), 38400, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			c, err := openChip(t.Context(), port, chipOptions{})
			require.NoError(t, err)
			require.Equal(t, 38400, port.Baud())
			require.True(t, c.steady)
			_, err = c.supply(t.Context())
			require.NoError(t, err)
		})
	})
	t.Run("a chip that is not heard there", func(t *testing.T) {
		withBench(t, elm(true), 38400, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			c, err := openChip(t.Context(), port, chipOptions{})
			require.NoError(t, err)
			require.Equal(t, 38400, port.Baud())
			require.True(t, c.steady)
			_, err = c.supply(t.Context())
			require.NoError(t, err)
		})
	})
	t.Run("a speed that the user named stays", func(t *testing.T) {
		b := elm(false)
		withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			_, err := openChip(t.Context(), port, chipOptions{baud: 38400})
			require.NoError(t, err)
			require.NotContains(t, b.told(), "ATBRD23")
		})
	})
	t.Run("left fast by a crash, then reset to its own", func(t *testing.T) {
		b := elm(false)
		withBench(t, b, 115200, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			b.home = 38400
			require.NoError(t, port.SetBaud(t.Context(), 9600))
			c, err := openChip(t.Context(), port, chipOptions{})
			require.NoError(t, err)
			require.Equal(t, banner, c.caps.Banner)
			_, err = c.supply(t.Context())
			require.NoError(t, err)
			require.Equal(t, 115200, port.Baud(), "brought there again")
			require.NoError(t, c.close(t.Context()))
			require.Equal(t, 38400, port.Baud(), "and given back its own speed")
		})
	})
	t.Run("an STN goes further", func(t *testing.T) {
		b := newBench().asSTN()
		b.script = func(b *bench, command string) bool {
			if command == "STBR500000" {
				shake(b, 500000, "STN1110 v4.2.0")
			}
			return command == "STBR500000"
		}
		withBench(t, b, 115200, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			c, err := openChip(t.Context(), port, chipOptions{})
			require.NoError(t, err)
			require.Equal(t, 500000, port.Baud())
			_, err = c.supply(t.Context())
			require.NoError(t, err)
		})
	})
	t.Run("not worth it", func(t *testing.T) {
		b := newBench()
		withBench(t, b, 115200, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			_, err := openChip(t.Context(), port, chipOptions{})
			require.NoError(t, err)
			require.NotContains(t, strings.Join(b.told(), " "), "BR")
		})
	})
}

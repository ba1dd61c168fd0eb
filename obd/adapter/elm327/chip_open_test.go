package elm327

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/serialport"
)

func TestOpen(t *testing.T) {
	b := newBench()
	withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
		t.Helper()
		begin := time.Now()
		c, err := openChip(t.Context(), port, chipOptions{baud: 38400})
		require.NoError(t, err)
		require.Less(t, time.Since(begin), 1500*time.Millisecond)
		require.Equal(t, Capabilities{
			Banner: banner, Description: "OBDII to RS232 Interpreter", Baud: 38400,
			FlowControl: Yes, ReceiveFilter: Yes, Silent: Yes, TimerScale: Yes, Extended: Yes, Adaptive: Yes, J1939: Yes,
			Parameters: Yes, Activity: Yes, Long: Yes, Raw: Yes, Wide: Yes, Voltage: Yes,
			STN: No, FlowPair: No, Filters: No, Wait: No, Messages: No,
		}, c.caps)
		log := b.told()
		require.Equal(t, strings.ToUpper(junk), log[0], "never a bare carriage return, never a command before the prompt")
		require.Equal(t, []string{"ATWS", "ATE0", "ATL0", "ATM0", "ATS0", "ATH1"}, log[len(log)-6:], "a known state")
		for _, command := range log {
			require.NotEmpty(t, command)
			require.NotEqual(t, "ATZ", command)
			require.True(t, !strings.HasPrefix(command, "ATPP") || command == "ATPPS", "no parameter is written: %s", command)
		}
	})
}

func TestOpenProbes(t *testing.T) {
	for name, row := range map[string]struct {
		b    *bench
		want func(c *Capabilities)
	}{
		"? is evidence": {newBench().without("ATCSM1", "ATCEA61", "ATPPS"), func(c *Capabilities) {
			c.Silent, c.Extended, c.Parameters = No, No, No
		}},
		"one ? of several is enough": {newBench().without("ATCRA"), func(c *Capabilities) { c.ReceiveFilter = No }},
		"silence is no evidence": {func() *bench {
			b := newBench()
			b.script = func(_ *bench, command string) bool { return command == "ATCTM5" }
			return b
		}(), func(c *Capabilities) { c.TimerScale = Unknown }},
		"no voltage": {func() *bench {
			b := newBench()
			b.texts["ATRV"] = "0.0V\r"
			return b
		}(), func(c *Capabilities) { c.Voltage = No }},
		"an STN": {newBench().asSTN(), func(c *Capabilities) {
			c.Firmware, c.Hardware, c.Serial = "STN1110 v4.2.0", "OBDLink r1.7", "110012345678"
			c.STN, c.FlowPair, c.Wait, c.Messages, c.Filters = Yes, Yes, Yes, Yes, Unknown
		}},
		"an old STN": {func() *bench {
			b := newBench().asSTN().without("STPTO100")
			b.texts["STI"] = "STN1110 v4.1.9\r"
			return b
		}(), func(c *Capabilities) {
			c.Firmware, c.Hardware, c.Serial = "STN1110 v4.1.9", "OBDLink r1.7", "110012345678"
			c.STN, c.FlowPair, c.Wait, c.Messages, c.Filters = Yes, Yes, No, Unknown, Unknown
		}},
	} {
		t.Run(name, func(t *testing.T) {
			withBench(t, row.b, 38400, func(t *testing.T, port *vserial.Host) {
				t.Helper()
				c, err := openChip(t.Context(), port, chipOptions{baud: 38400})
				require.NoError(t, err)
				want := Capabilities{
					Banner: banner, Description: "OBDII to RS232 Interpreter", Baud: 38400,
					FlowControl: Yes, ReceiveFilter: Yes, Silent: Yes, TimerScale: Yes, Extended: Yes, Adaptive: Yes, J1939: Yes,
					Parameters: Yes, Activity: Yes, Long: Yes, Raw: Yes, Wide: Yes, Voltage: Yes,
					STN: No, FlowPair: No, Filters: No, Wait: No, Messages: No,
				}
				row.want(&want)
				require.Equal(t, want, c.caps)
			})
		})
	}
}

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

func TestOpenCached(t *testing.T) {
	o := chipOptions{baud: 38400, key: "/dev/serial/by-id/usb-1", cache: filepath.Join(t.TempDir(), "elm327")}
	open := func(t *testing.T, b *bench, o chipOptions) (Capabilities, int) {
		t.Helper()
		var caps Capabilities
		withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			c, err := openChip(t.Context(), port, o)
			require.NoError(t, err)
			caps = c.caps
		})
		return caps, len(b.told())
	}
	first, many := open(t, newBench(), o)
	again, few := open(t, newBench().without("ATCSM1"), o)
	require.Equal(t, first, again, "believed")
	require.Equal(t, 7, few)
	require.Greater(t, many, 30)

	name, _ := o.file()
	kept, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, append(bytes.Repeat([]byte(" "), maxRecord), kept...), 0o600))
	_, few = open(t, newBench(), o)
	require.Greater(t, few, 30, "so large a file is none of ours")

	o.anew = true
	caps, _ := open(t, newBench().without("ATCSM1"), o)
	require.Equal(t, No, caps.Silent, "probed anew")
	o.anew = false
	caps, _ = open(t, newBench(), o)
	require.Equal(t, No, caps.Silent, "and kept")

	other := newBench().asSTN()
	other.texts["AT@1"] = "another\r"
	stn := o
	stn.key = "stn"
	open(t, other, stn)
	other = newBench().asSTN()
	other.texts["STSN"] = "110099999999\r"
	caps, _ = open(t, other, stn)
	require.Equal(t, "110099999999", caps.Serial, "the same banner with another serial number is another dongle")
	_, few = open(t, newBench().asSTN(), stn)
	require.Greater(t, few, 30)
	_, few = open(t, newBench().asSTN(), stn)
	require.Equal(t, 8, few)
}

func TestRecordIsHarmless(t *testing.T) {
	dir := t.TempDir()
	o := chipOptions{key: "k", cache: dir}
	o.save(record{Baud: 9600})
	name, ok := o.file()
	require.True(t, ok)
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Equal(t, 9600, o.load().Baud)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing half-written stays")

	for why, text := range map[string]string{
		"not JSON": "{", "another version": `{"version":99,"key":"k","baud":9600}`,
		"another dongle": `{"version":1,"key":"x","baud":9600}`, "too long": strings.Repeat(" ", maxRecord) + "{}", "empty": "",
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		require.Equal(t, record{}, o.load(), why)
	}
	require.NoError(t, os.Remove(name))
	require.NoError(t, os.Mkdir(name, 0o700))
	require.Equal(t, record{}, o.load(), "a folder")
	o.save(record{Baud: 9600})

	_, ok = chipOptions{key: "k"}.file()
	require.False(t, ok, "no folder, no file")
	_, ok = chipOptions{cache: dir}.file()
	require.False(t, ok, "no name, no file")
	chipOptions{key: "k", cache: filepath.Join(name, string([]byte{0}))}.save(record{})
}

func TestAbilityAsText(t *testing.T) {
	for _, a := range []Ability{Unknown, Yes, No} {
		text, err := json.Marshal(a)
		require.NoError(t, err)
		var back Ability
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, a, back)
	}
	back := Yes
	require.NoError(t, json.Unmarshal([]byte(`"maybe"`), &back))
	require.Equal(t, Unknown, back)
}

func TestVersion(t *testing.T) {
	for text, want := range map[string][2]int{"STN1110 v4.2.1": {4, 2}, "STN2255 v5.12.4": {5, 12}, "STN1100 v1.2": {1, 2}} {
		major, minor, ok := version(text)
		require.True(t, ok, text)
		require.Equal(t, want, [2]int{major, minor}, text)
	}
	for _, text := range []string{"", "STN1110", "STN1110 v4", "STN1110 vx.y", "STN1110 v4.y"} {
		_, _, ok := version(text)
		require.False(t, ok, text)
	}
}

func TestOpenSurvivesAWatchdog(t *testing.T) {
	withBench(t, on("ATPPS", func(b *bench) { b.restart("00:FF F\r\r") }), 38400, func(t *testing.T, port *vserial.Host) {
		t.Helper()
		c, err := openChip(t.Context(), port, chipOptions{baud: 38400})
		require.NoError(t, err)
		require.Equal(t, Yes, c.caps.Parameters)
		requireInStep(t, c)
	})
	again := scripted(func(b *bench, command string) bool {
		if command == "ATPPS" {
			b.restart("LV RESET\r\r")
		}
		return command == "ATPPS"
	})
	withBench(t, again, 38400, func(t *testing.T, port *vserial.Host) {
		t.Helper()
		_, err := openChip(t.Context(), port, chipOptions{baud: 38400})
		require.ErrorAs(t, err, new(*LowVoltageError))
	})
}

func TestOpenWithoutAnyReset(t *testing.T) {
	b := newBench()
	b.script = func(b *bench, command string) bool {
		if command == "ATWS" || command == "ATZ" {
			b.print("?\r\r>")
			return true
		}
		return false
	}
	withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
		t.Helper()
		c, err := openChip(t.Context(), port, chipOptions{baud: 38400})
		require.NoError(t, err)
		require.Equal(t, banner, c.caps.Banner)
		require.True(t, c.regs.has(regHeaders, "1"))
	})
}

func TestOpenPulled(t *testing.T) {
	b := newBench()
	b.script = func(b *bench, command string) bool {
		if command == "AT@1" {
			_ = b.conn.Close()
			return true
		}
		return false
	}
	withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
		t.Helper()
		_, err := openChip(t.Context(), port, chipOptions{baud: 38400})
		var lost *serialport.LostError
		require.ErrorAs(t, err, &lost)
		require.False(t, isLate(err))
		require.NotErrorAs(t, err, new(*NoDongleError))
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

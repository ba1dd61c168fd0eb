package elm327

import (
	"encoding/json"
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

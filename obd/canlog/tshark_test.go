package canlog_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

// Wireshark's programs judge what is written: what tshark tells of it, and
// what editcap makes of it in the other form.
func TestWiresharkUnderstands(t *testing.T) {
	start := time.Unix(1732204044, 540800123).UTC()
	var frames []can.Rx
	for i, text := range []string{
		"7E0#0209020000000000", "7E8#1014490201574241", "18DAF110#0241", "00000455#11", "123#", "123#R",
		"20000080#0000000000000001", "123##0AABB", "12345678##3" + strings.Repeat("5A", 64),
	} {
		f, err := can.ParseFrame(text)
		require.NoError(t, err)
		frames = append(frames, can.Rx{Frame: f, Time: start.Add(time.Duration(i) * time.Second), Own: i%2 == 0})
	}
	path := filepath.Join(t.TempDir(), "drive.pcapng")
	file, err := os.Create(path)
	require.NoError(t, err)
	w := canlog.PcapNG.NewWriter(file, "untether", nil)
	for i := range frames {
		require.NoError(t, w.Write(&frames[i]))
	}
	require.NoError(t, w.Flush())
	require.NoError(t, file.Close())

	t.Run("tshark", func(t *testing.T) {
		var want strings.Builder
		for i := range frames {
			want.WriteString(told(&frames[i]))
		}
		fields := []string{
			"frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "can.len", "can.id",
			"can.flags.xtd", "can.flags.rtr", "can.flags.err", "canfd.flags.brs", "canfd.flags.esi", "data.data",
		}
		require.Equal(t, want.String(), string(wireshark(t, "tshark", append([]string{
			"-n", "-r", path, "-T", "fields", "-e",
		}, strings.Split(strings.Join(fields, " -e "), " ")...)...)))
	})
	t.Run("editcap", func(t *testing.T) {
		for form, cut := range map[string]time.Duration{"pcap": time.Microsecond, "nsecpcap": 1, "pcapng": 1} {
			var want []canlog.Record
			for i, rx := range frames {
				rx.Time = rx.Time.Truncate(cut)
				want = append(want, canlog.Record{Rx: rx, Interface: "untether", Line: i + 1})
				if form != "pcapng" {
					want[i].Interface, want[i].Rx.Own = "if0", false
				}
			}
			out := wireshark(t, "editcap", "-F", form, path, "-")
			require.Empty(t, cmp.Diff(want, readAll(t, bytes.NewReader(out))), form)
		}
	})
}

// told is what tshark says of a frame: nothing of bits that its kind lacks.
func told(rx *can.Rx) string {
	f := &rx.Frame
	bit := func(flag can.Flags) string {
		if f.Is(flag) {
			return "1"
		}
		return "0"
	}
	direction := 1
	if rx.Own {
		direction = 2
	}
	bits := strings.Join([]string{fmt.Sprint(f.ID), bit(can.Extended), bit(can.Remote), "0", "", ""}, "\t")
	data := fmt.Sprintf("%x", f.Payload())
	switch {
	case f.Is(can.Error):
		bits, data = "\t\t\t1\t\t", ""
	case f.Is(can.FD):
		bits = strings.Join([]string{fmt.Sprint(f.ID), bit(can.Extended), "", "", bit(can.BRS), bit(can.ESI)}, "\t")
	}
	return fmt.Sprintf("%d.%09d\tuntether\t0x%08x\t%d\t%s\t%s\n",
		rx.Time.Unix(), rx.Time.Nanosecond(), direction, f.Len, bits, data)
}

// wireshark runs one of its programs. CI has none of them unless it wants to.
func wireshark(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		require.NotEqual(t, "1", os.Getenv("UNTETHER_REQUIRE_TOOLS"), "%s must be there", name)
		t.Skipf("no %s on this machine: apt-get install tshark", name)
	}
	var problems bytes.Buffer
	c := exec.Command(program, args...)
	c.Stderr = &problems
	out, err := c.Output()
	require.NoError(t, err, problems.String())
	return out
}

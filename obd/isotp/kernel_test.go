package isotp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// TestKernel reproduces what the Linux kernel's ISO-TP put on a bus.
func TestKernel(t *testing.T) {
	pad := transport.PadWith
	none := transport.PadNone
	for _, c := range []struct {
		file    string
		options string // of isotpsend, then of isotprecv
		address string
		n       int
		a, b    transport.Params
	}{
		{"sf11", "-s 754 -d 75C / -", "754/75C", 3, transport.Params{Pad: none}, transport.Params{Pad: none}},
		{"sf11pad", "-p CC / -p CC", "754/75C", 3, transport.Params{Pad: pad(0xCC)}, transport.Params{Pad: pad(0xCC)}},
		{"mf11", "-p CC / -p CC", "754/75C", 100, transport.Params{Pad: pad(0xCC)}, transport.Params{Pad: pad(0xCC)}},
		{"mf11bs", "-p CC / -p AA -b 3 -m 5", "754/75C", 62, transport.Params{Pad: pad(0xCC)}, transport.Params{Pad: pad(0xAA), BS: 3, STmin: 5 * time.Millisecond}},
		{"mf11nopad", "- / -b 8", "754/75C", 30, transport.Params{Pad: none}, transport.Params{Pad: none, BS: 8}},
		{"mf29", "-s 18DAC6F1 -d 18DAF1C6 -p CC / -p CC", "18DAC6F1/18DAF1C6", 33, transport.Params{Pad: pad(0xCC)}, transport.Params{Pad: pad(0xCC)}},
		{"ext", "-s 6F1 -d 661 -x 61:F1 -p CC / -p FF", "6F1:61/661:F1", 40, transport.Params{Pad: pad(0xCC)}, transport.Params{Pad: pad(0xFF)}},
		{"extsf", "-s 6F1 -d 661 -x 61:F1 -p CC / -p FF", "6F1:61/661:F1", 6, transport.Params{Pad: pad(0xCC)}, transport.Params{Pad: pad(0xFF)}},
		{"long", "-p CC / -p CC", "754/75C", 4095, transport.Params{Pad: pad(0xCC)}, transport.Params{Pad: pad(0xCC)}},
		{"fdsf", "-L 72:64:1 / -L 72:64:1", "754/75C@fd", 50, transport.Params{Pad: none, TxDL: 64}, transport.Params{Pad: none, TxDL: 64}},
		{"fdmf", "-L 72:64:1 -p CC / -L 72:64:1 -p CC", "754/75C@fd", 200, transport.Params{Pad: pad(0xCC), TxDL: 64}, transport.Params{Pad: pad(0xCC), TxDL: 64}},
		{"fd12", "-L 72:12:1 -p CC / -L 72:12:1 -p CC", "754/75C@fd", 60, transport.Params{Pad: pad(0xCC), TxDL: 12}, transport.Params{Pad: pad(0xCC), TxDL: 12}},
	} {
		t.Run(c.file, func(t *testing.T) {
			p := newPair(c.address, c.a, c.b)
			require.NoError(t, p.a.Send(p.now, count(c.n)))
			p.run()
			require.Empty(t, cmp.Diff(recorded(t, c.file), p.log), c.options)
		})
	}
}

// recorded gives the frames of a recording in our form: candump also sets a
// flag that says no more than ## does.
func recorded(t *testing.T, name string) (frames []string) {
	t.Helper()
	log, err := os.ReadFile(filepath.Join("testdata", "kernel", name+".log"))
	require.NoError(t, err)
	for line := range strings.Lines(string(log)) {
		f, err := can.ParseFrame(strings.Fields(line)[2])
		require.NoError(t, err)
		frames = append(frames, f.String())
	}
	return frames
}

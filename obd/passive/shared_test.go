package passive_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/obd/passive"
)

// shared reads a recording of a real car that is not part of the repository.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../shared/traces/" + name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("UNTETHER_REQUIRE_SHARED") != "1" {
		t.Skipf("no recording %s beside the checkout", name)
	}
	require.NoError(t, err)
	return b
}

func candump(t *testing.T, b []byte) (all []can.Rx) {
	t.Helper()
	r := canlog.NewReader(bytes.NewReader(b))
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, rec.Rx)
	}
}

// trc reads PEAK TRC 1.1: number, milliseconds, type, identifier, length, data.
// Identifiers of 11 bits have four digits, of 29 bits eight.
func trc(t *testing.T, b []byte) (all []can.Rx) {
	t.Helper()
	for line := range strings.Lines(string(b)) {
		w := strings.Fields(line)
		if len(w) < 5 || w[2] != "Rx" {
			continue
		}
		ms, err := strconv.ParseFloat(w[1], 64)
		require.NoError(t, err)
		id, err := strconv.ParseUint(w[3], 16, 32)
		require.NoError(t, err)
		data, err := hex.DecodeString(strings.Join(w[5:], ""))
		require.NoError(t, err)
		f := can.NewFrame(uint32(id), data...)
		if len(w[3]) == 8 {
			f.Flags |= can.Extended
		}
		all = append(all, can.Rx{Frame: f, Time: time.Unix(0, int64(ms*1e6))})
	}
	return all
}

func hear(frames []can.Rx) []passive.Unit {
	l := passive.NewListener()
	for i := range frames {
		l.Observe(&frames[i])
	}
	return l.Units()
}

func addresses(units []passive.Unit) (all []string) {
	for _, u := range units {
		all = append(all, u.Address.String())
	}
	return all
}

// tally counts exchanges by service and outcome: "22 answered".
func tally(u passive.Unit) map[string]int {
	n := map[string]int{}
	for _, x := range u.Exchanges {
		n[fmt.Sprintf("%02X %s", x.Request[0], x.Outcome)]++
	}
	return n
}

func TestAFordWithAScanToolOnIt(t *testing.T) {
	logged := candump(t, shared(t, "eldominio-canbuslogs/gt350-fuelpumponoff.candump.log"))
	units := hear(logged)
	require.Equal(t, []string{"726/72E"}, addresses(units))
	u := units[0]
	require.Equal(t, passive.UDS, u.Dialect)
	require.Len(t, u.Exchanges, 430)
	require.Equal(t, map[string]int{"22 answered": 423, "3E answered": 3, "10 answered": 2, "2F answered": 2}, tally(u))
	require.Equal(t, 1, u.Orphans)
	dids := map[string]bool{}
	for _, x := range u.Exchanges {
		require.Zero(t, x.Pending)
		require.False(t, x.Functional)
		if x.Request[0] == 0x22 {
			require.Equal(t, x.Request[1:], x.Response[1:3])
			dids[string(x.Request)] = true
		}
	}
	require.Len(t, dids, 37)
	require.Equal(t, passive.Exchange{
		Request: []byte{0x22, 0x41, 0xA9}, Response: []byte{0x62, 0x41, 0xA9, 1, 8, 0, 0},
		Sent:  time.UnixMicro(1732204044558600).UTC(),
		First: time.UnixMicro(1732204044567800).UTC(), Last: time.UnixMicro(1732204044567800).UTC(),
	}, u.Exchanges[0])

	original := hear(trc(t, shared(t, "eldominio-canbuslogs/gt350-fuelpumponoff.trc")))
	require.Equal(t, tally(u), tally(original[0]))
}

// Each answer is a long one; the recording begins within one and ends within
// another.
func TestAMitsubishiPolledInKWP(t *testing.T) {
	units := hear(trc(t, shared(t, "eldominio-canbuslogs/evox-newww-idle.trc")))
	require.Equal(t, []string{"784/785"}, addresses(units))
	u := units[0]
	require.Equal(t, passive.KWP, u.Dialect)
	require.Equal(t, 1, u.Orphans)
	require.Equal(t, map[string]int{"21 answered": 39, "21 cut": 1}, tally(u))
	require.Equal(t, []byte{0x61, 3, 0, 0, 0, 0x55, 0, 0, 2, 0}, u.Exchanges[0].Response)
}

func TestACarThatNobodyAsks(t *testing.T) {
	require.Empty(t, hear(candump(t, shared(t, "eldominio-canbuslogs/civic19-candump-2023-01-19_131743.log"))))
}

// SavvyCAN's CSV: microseconds, identifier, extended, bus, length, data.
func TestADriveThatNobodyAsks(t *testing.T) {
	var frames []can.Rx
	lines := bufio.NewScanner(bytes.NewReader(shared(t, "savvycan/GVRET_Log.csv")))
	for lines.Scan() {
		w := strings.Split(lines.Text(), ",")
		us, err := strconv.ParseInt(w[0], 10, 64)
		if err != nil {
			continue // the heading
		}
		f, err := can.ParseFrame(w[1][5:] + "#" + strings.Join(w[5:], ""))
		require.NoError(t, err)
		frames = append(frames, can.Rx{Frame: f, Time: time.UnixMicro(us)})
	}
	require.Greater(t, len(frames), 12000)
	require.Empty(t, hear(frames))
}

// CAR BUS Analyzer's text: records end in a carriage return, fields in a tab.
func TestAKWPSession(t *testing.T) {
	var frames []can.Rx
	for record := range strings.SplitSeq(string(shared(t, "savvycan/CarBusAnalyzer.trc")), "\r") {
		w := strings.Split(record, "\t")
		if len(w) < 6 {
			continue
		}
		seconds, err := strconv.ParseFloat(strings.Replace(w[0], ",", ".", 1), 64)
		require.NoError(t, err)
		f, err := can.ParseFrame(w[3] + "#" + strings.ReplaceAll(w[5], " ", ""))
		require.NoError(t, err)
		frames = append(frames, can.Rx{Frame: f, Time: time.Unix(0, int64(seconds*1e9))})
	}
	units := hear(frames)
	require.Equal(t, []string{"7C0/7C8"}, addresses(units))
	require.Equal(t, passive.KWP, units[0].Dialect)
	require.Equal(t, map[string]int{"3E answered": 1, "13 answered": 16}, tally(units[0]))
}

// linuxCAN reads the enhanced packet blocks of a pcapng file whose packets are
// CAN frames behind a Linux cooked header of 16 bytes.
func linuxCAN(t *testing.T, zipped []byte) (all []can.Rx) {
	t.Helper()
	unzip, err := gzip.NewReader(bytes.NewReader(zipped))
	require.NoError(t, err)
	b, err := io.ReadAll(unzip)
	require.NoError(t, err)
	for len(b) > 0 {
		kind, length := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		if kind == 6 {
			us := int64(binary.LittleEndian.Uint32(b[12:]))<<32 | int64(binary.LittleEndian.Uint32(b[16:]))
			p := b[28+16:]
			// Recorded by an adapter that swaps the identifier's bytes.
			id := binary.LittleEndian.Uint32(p)
			all = append(all, can.Rx{Frame: can.NewFrame(id, p[8:8+p[4]]...), Time: time.UnixMicro(us)})
		}
		b = b[length:]
	}
	return all
}

// A flash session. What is asked of the group 700 is answered by 7D0, whose
// own request identifier nobody uses: once, which proves nothing.
func TestAFlashSession(t *testing.T) {
	units := hear(linuxCAN(t, shared(t, "scapy/ecu_trace.pcap.gz")))
	require.Equal(t, []string{"710/77A"}, addresses(units))
	require.Equal(t, passive.UDS, units[0].Dialect)
	require.Empty(t, cmp.Diff(map[string]int{
		"10 answered": 2, "27 answered": 2, "2E answered": 1, "31 answered": 5, "34 answered": 3, "36 answered": 2, "37 answered": 2,
	}, tally(units[0])))
	var waited []int
	for _, x := range units[0].Exchanges {
		if x.Pending > 0 {
			waited = append(waited, x.Pending)
		}
	}
	require.Equal(t, []int{1, 4}, waited)
}

package canlog_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

func FuzzReader(f *testing.F) {
	f.Add([]byte("(1732204044.540800) can0 72E#076241A901080000\n(1.0) can0 18DAF110#R8 T\n"))
	f.Add([]byte("(1.5) can0 123##1AABB\n(0.5) can0 20000080#00 R\nnoise\n\n"))
	f.Add([]byte(logged + printedAs + "hello"))
	f.Add(append(append(capture(), oldCapture()...), logged...))
	f.Fuzz(readsToTheEnd)
}

func FuzzConsole(f *testing.F) {
	f.Add(" (000.000000)  can0  RX - -  7E8   [8]  02 41 0D 00 00 00 00 00   '.A......'")
	f.Add(" (2024-11-21 15:47:24.540800)  can0  TX B E  123  [12]  00 11 22 33 44 55 66 77 88 99 AA BB")
	f.Add("  can0  123   {E}  11`22`33`44`55`66`77`88   `........`")
	f.Add("  \x1b[31mcan0  123   [2]  11011110 00000001\x1b[0m")
	f.Add("  can0  20000088   [8]  00 00 80 19 00 00 00 00   ERRORFRAME\n\tbus-error")
	f.Add("  can0  12345678   [8]  remote request\n (000.100000)  can0  123   [0]\n (000.000100)  can0  123   [0]")
	f.Fuzz(func(t *testing.T, in string) { readsToTheEnd(t, []byte(in)) })
}

// FuzzPcapNG begins where a section does, in one byte order or the other.
func FuzzPcapNG(f *testing.F) {
	for _, b := range []*builder{little(), big()} {
		b.iface(227, func(b *builder) { b.option(2, []byte("can0")...).option(9, 9).option(14, b.offset(5)...) })
		b.packet(0, 1000000, request(), func(b *builder) { b.option(2, b.flags(2)...).option(0) })
		b.block(3, func(b *builder) { b.u32(16).raw(request()...) })
		f.Add(b.AppendUint16(nil, 1)[0] == 0, b.bytes)
	}
	f.Fuzz(func(t *testing.T, bigEndian bool, blocks []byte) {
		b := little()
		if bigEndian {
			b = big()
		}
		readsToTheEnd(t, b.section().raw(blocks...).bytes)
	})
}

// FuzzBlock demands that the packet behind any block is read, whatever that
// block says of itself.
func FuzzBlock(f *testing.F) {
	packet := little().packet(0, 1000000, request(), func(b *builder) { b.option(2, b.flags(2)...).u16(1).u16(0xFFFF) }).bytes
	iface := little().iface(227, func(b *builder) { b.option(2, 'x').option(9, 0x9E).option(14, b.offset(1<<63)...) }).bytes
	for _, bigEndian := range []bool{false, true} {
		f.Add(bigEndian, byte(6), packet[8:len(packet)-4])
		f.Add(bigEndian, byte(2), packet[8:len(packet)-4])
		f.Add(bigEndian, byte(3), []byte{0, 0, 0, 1, 1})
		f.Add(bigEndian, byte(1), iface[8:len(iface)-4])
		f.Add(bigEndian, byte(4), []byte{0, 1, 0, 8})
		f.Add(bigEndian, byte(10), []byte{0xFF, 0xFF, 0xFF, 0xFF})
	}
	f.Fuzz(func(t *testing.T, bigEndian bool, kind byte, body []byte) {
		b := little()
		if bigEndian {
			b = big()
		}
		b.section().iface(227, nil).block(uint32(kind), func(b *builder) { b.raw(body...).pad() }).packet(0, 1000000, request(), nil)
		said := heard(t, bytes.NewReader(b.bytes))
		if size := (len(body) + 3) &^ 3; kind == 1 && (size < 8 || size+12 > 64<<10) {
			require.Contains(t, said[len(said)-1], "unknown interface")
			return
		}
		require.Equal(t, "if0 7E0#0209", said[len(said)-1])
	})
}

// FuzzPcap reads packets of any of the link types.
func FuzzPcap(f *testing.F) {
	f.Add(uint16(227), little().pcapPacket(1, 2, request()).bytes)
	f.Add(uint16(113), little().pcapPacket(1, 2, cooked(little(), 4, 0xD, 0x123, 1, 1, 0, 0, 0xAA)).bytes)
	f.Add(uint16(276), little().pcapPacket(1, 2, make([]byte, 36)).bytes)
	f.Fuzz(func(t *testing.T, link uint16, packets []byte) {
		readsToTheEnd(t, little().pcap(0xA1B23C4D, uint32(link)).raw(packets...).bytes)
	})
}

func FuzzPacked(f *testing.F) {
	f.Add(packed(f, []byte(logged)))
	f.Add(packed(f, append(capture(), oldCapture()...)))
	f.Fuzz(func(t *testing.T, in []byte) { readsToTheEnd(t, append([]byte{0x1F, 0x8B, 8}, in...)) })
}

// FuzzFrame holds the reader's own parser against that of can.
func FuzzFrame(f *testing.F) {
	for _, text := range []string{"7E8#0241", "18DAF110#R8", "123##3AABB", "20000080#00", "123#0011223344556677_E", "123#R8_9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, " \t\r\n\x1b\v\f\u0085\u00a0") {
			return
		}
		rec, err := canlog.NewReader(strings.NewReader("(1.0) can0 " + text)).Next()
		want, refused := can.ParseFrame(text)
		if refused != nil && !strings.Contains(text, "_") || err != nil {
			require.Error(t, err)
			require.False(t, refused == nil && want.String() == strings.ToUpper(text), text)
			return
		}
		if code := strings.LastIndex(text, "_"); code >= 0 {
			want, refused = can.ParseFrame(text[:code])
		}
		require.NoError(t, refused)
		require.Equal(t, want, rec.Rx.Frame)
	})
}

// readsToTheEnd demands that anything is read without a panic, the library's
// neither, in as many calls as it can have frames (a packed byte is a thousand
// at most), and that what was read can be written and read again.
func readsToTheEnd(t *testing.T, in []byte) {
	t.Helper()
	r := canlog.NewReader(bytes.NewReader(in))
	for range 2100 * (len(in) + 1) {
		rec, err := r.Next()
		var line *canlog.LineError
		var clock *canlog.ClockError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &line):
			require.NotContains(t, line.Text, "#")
			require.NotContains(t, line.Reason, "too damaged", "the sieve let it through")
		case errors.As(err, &clock):
			require.Positive(t, clock.Back)
		default:
			require.NoError(t, err)
			requireWritable(t, rec)
		}
	}
	t.Fatal("the reader does not come to an end")
}

// requireWritable writes and reads a record: nothing but the time below a
// microsecond is lost, and in pcapng nothing.
func requireWritable(t *testing.T, rec canlog.Record) {
	t.Helper()
	rec.Line = 1
	if rec.Rx.Time.Year() < 2262 {
		require.Empty(t, cmp.Diff(rec, rewritten(t, canlog.PcapNG, rec)))
	}
	rec.Rx.Time = rec.Rx.Time.Truncate(time.Microsecond)
	require.Empty(t, cmp.Diff(rec, rewritten(t, canlog.Log, rec)))
}

func rewritten(t *testing.T, form canlog.Form, rec canlog.Record) canlog.Record {
	t.Helper()
	var out bytes.Buffer
	w := form.NewWriter(&out, rec.Interface, nil)
	require.NoError(t, w.Write(&rec.Rx))
	require.NoError(t, w.Flush())
	again := readAll(t, &out)
	require.Len(t, again, 1)
	return again[0]
}

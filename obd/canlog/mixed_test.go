package canlog_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

const (
	logged    = "(1.000000) can0 001#11\n"
	printedAs = " (0000000002.000000)  can0  002   [1]  11\n"
)

func capture() []byte {
	return little().section().iface(227, nil).packet(0, 3000000, request(), nil).bytes
}

func oldCapture() []byte { return big().pcap(0xA1B2C3D4, 227).pcapPacket(4, 0, request()).bytes }

func TestFormsMayFollowEachOther(t *testing.T) {
	text, ng, old := []byte(logged+printedAs), capture(), oldCapture()
	fromText, fromNG := []string{"can0 001#11", "can0 002#11"}, []string{"if0 7E0#0209"}
	tests := []struct {
		rule string
		in   [][]byte
		want [][]string
	}{
		{"text in text", [][]byte{text, text[:len(logged)]}, [][]string{fromText, {"canlog: line 3: the clock runs backwards by 1s"}, fromText[:1]}},
		{"pcapng behind text", [][]byte{text, ng}, [][]string{fromText, fromNG}},
		{"text behind pcapng", [][]byte{ng, text}, [][]string{fromNG, {"canlog: line 2: the clock runs backwards by 2s"}, fromText}},
		{"a short text behind pcapng", [][]byte{ng, []byte("x")}, [][]string{fromNG, {`canlog: line 2: not the form (SECONDS) INTERFACE FRAME: "x"`}}},
		{"pcapng behind pcapng of another order", [][]byte{ng, big().section().iface(227, nil).packet(0, 3000000, request(), nil).bytes}, [][]string{fromNG, fromNG}},
		{"pcap behind pcapng", [][]byte{ng, old}, [][]string{fromNG, fromNG}},
		{"pcapng behind pcap", [][]byte{ng, old, ng[:0], old}, [][]string{fromNG, fromNG, fromNG}},
		{"pcapng behind pcap, older", [][]byte{old, ng}, [][]string{fromNG, {"canlog: line 2: the clock runs backwards by 1s"}, fromNG}},
		{"text behind pcap", [][]byte{old, []byte("hello\n")}, [][]string{fromNG, {`canlog: line 2: not the form (SECONDS) INTERFACE FRAME: "hello"`}}},
		{"text of pcap behind pcap", [][]byte{old, old, []byte(strings.ReplaceAll(logged, "1.0", "9.0"))}, [][]string{fromNG, fromNG, fromText[:1]}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var want []string
			for _, part := range tt.want {
				want = append(want, part...)
			}
			in := bytes.Join(tt.in, nil)
			require.Equal(t, want, heard(t, bytes.NewReader(in)))
			require.Equal(t, want, heard(t, bytes.NewReader(packed(t, in))), "packed")
		})
	}
}

func TestBrokenCaptures(t *testing.T) {
	frame, after := "if0 7E0#0209", capture()
	name := func(b *builder) { b.option(2, []byte("can0")...) }
	tests := []struct {
		rule string
		in   []byte
		want []string
	}{
		{"a block of 4 GB", append(capture(), little().u32(6).u32(math.MaxUint32-3).u32(0).bytes...), []string{frame, `canlog: line 2: cut off`}},
		{"a block of 128 KiB", append(append(capture(), big128()...), little().packet(0, 3000000, request(), nil).bytes...), []string{frame, `canlog: line 2: a packet longer than 64 KiB`, frame}},
		{"an interface of 128 KiB", append(little().section().block(1, func(b *builder) { b.raw(make([]byte, 128<<10)...) }).iface(227, name).packet(0, 3000000, request(), nil).bytes, after...), []string{
			`canlog: line 1: a packet longer than 64 KiB`, `canlog: line 2: a packet of an unknown interface`, frame,
		}},
		{"257 interfaces", manyInterfaces(257).packet(0, 0, request(), nil).packet(256, 0, request(), nil).bytes, []string{
			`canlog: line 1: more than 256 interfaces`, frame, `canlog: line 3: a packet of an unknown interface`,
		}},
		{"a block of 4 GB that does not matter", append(capture(), little().u32(9).u32(math.MaxUint32-3).u32(0).bytes...), []string{frame, `canlog: line 2: cut off`}},
		{"a length that is no multiple of 4", append(capture(), little().u32(6).u32(33).u32(0).bytes...), []string{frame, `canlog: line 2: a block of impossible length`}},
		{"a length too small", append(capture(), little().u32(6).u32(8).u32(8).bytes...), []string{frame, `canlog: line 2: a block of impossible length`}},
		{"two lengths", append(capture(), little().u32(6).u32(16).u32(0).u32(12).bytes...), []string{frame, `canlog: line 2: a block whose two lengths differ`}},
		{"a section of impossible length", append(capture(), little().u32(0x0A0D0D0A).u32(12).u32(0x1A2B3C4D).bytes...), []string{frame, `canlog: line 2: a block of impossible length`}},
		{"a packet longer than its block", append(capture(), little().block(6, func(b *builder) {
			b.u32(0).u32(0).u32(0).u32(17).u32(17).raw(request()...)
		}).bytes...), []string{frame, `canlog: line 2: a packet longer than its block`}},
		{"a packet of 4 GB", append(capture(), little().block(6, func(b *builder) {
			b.u32(0).u32(0).u32(0).u32(math.MaxUint32).u32(math.MaxUint32).raw(request()...)
		}).bytes...), []string{frame, `canlog: line 2: a packet longer than its block`}},
		{"packet blocks without a packet", append(capture(), little().block(6, func(*builder) {}).block(3, func(*builder) {}).bytes...), []string{
			frame, `canlog: line 2: a packet longer than its block`, `canlog: line 3: a packet longer than its block`,
		}},
		{"an unknown interface", append(capture(), little().packet(1, 0, request(), nil).bytes...), []string{frame, `canlog: line 2: a packet of an unknown interface`}},
		{"a packet before its interface", little().section().packet(0, 0, request(), nil).bytes, []string{`canlog: line 1: a packet of an unknown interface`}},
		{"the interfaces of a section end with it", append(capture(), little().section().packet(0, 0, request(), nil).bytes...), []string{frame, `canlog: line 2: a packet of an unknown interface`}},
		{"an interface cut off", little().section().block(1, func(b *builder) { b.u32(227) }).iface(227, name).packet(0, 0, request(), nil).bytes, []string{
			`canlog: line 1: an interface cut off`, `canlog: line 2: a packet of an unknown interface`,
		}},
		{"a section of version 2", append(little().block(0x0A0D0D0A, func(b *builder) {
			b.u32(0x1A2B3C4D).u16(2).u16(0).u32(0).u32(0)
		}).iface(227, name).packet(0, 0, request(), nil).bytes, after...), []string{
			`canlog: line 1: a section of an unknown version`, `canlog: line 2: a packet of an unknown interface`, frame,
		}},
		{"a resolution that cannot be counted", little().section().iface(227, func(b *builder) { b.option(9, 20) }).packet(0, 0, request(), nil).bytes, []string{`canlog: line 1: a time out of range`}},
		{"options that do not fit", little().section().iface(227, func(b *builder) { b.u16(2).u16(100).raw([]byte("can0")...) }).packet(0, 0, request(), nil).bytes, []string{frame}},
		{"options of a packet that do not fit", little().section().iface(227, name).packet(0, 0, request(), func(b *builder) {
			b.option(2, b.flags(2)...).u16(1).u16(math.MaxUint16)
		}).packet(0, 0, request(), nil).bytes, []string{"can0 7E0#0209", "can0 7E0#0209"}},
		{"options of a section that do not fit", little().block(0x0A0D0D0A, func(b *builder) {
			b.u32(0x1A2B3C4D).u16(1).u16(2).u32(0).u32(0).u16(2).u16(math.MaxUint16).raw(make([]byte, 128<<10)...)
		}).iface(227, name).packet(0, 0, request(), nil).bytes, []string{"can0 7E0#0209"}},
		{"an end of options that has a length", little().section().iface(227, func(b *builder) { b.u16(0).u16(8) }).packet(0, 0, request(), func(b *builder) {
			b.u16(0).u16(8)
		}).bytes, []string{frame}},
		{"a time out of range", little().section().iface(227, func(b *builder) { b.option(9, 0) }).packet(0, 1e11, request(), nil).bytes, []string{`canlog: line 1: a time out of range`}},
		{"an offset out of range", little().section().iface(227, func(b *builder) { b.option(14, b.offset(1<<63)...) }).packet(0, 1e11, request(), nil).bytes, []string{`canlog: line 1: a time out of range`}},
		{"a pcap packet of 4 GB", append(oldCapture(), big().u32(5).u32(0).u32(math.MaxUint32).u32(math.MaxUint32).bytes...), []string{frame, `canlog: line 2: a packet of impossible length`}},
		{"a pcap packet of 128 KiB", append(oldCapture(), big().pcapPacket(5, 0, make([]byte, 128<<10)).pcapPacket(5, 0, request()).bytes...), []string{
			frame, `canlog: line 2: a packet longer than 64 KiB`, frame,
		}},
		{"a simple packet longer than its interface takes", little().section().block(1, func(b *builder) { b.u32(227).u32(9) }).block(3, func(b *builder) {
			b.u32(16).raw(request()[:9]...).pad()
		}).bytes, []string{`canlog: line 1: a frame cut off`}},
		{"a pcap packet longer than it was", append(oldCapture(), big().u32(5).u32(0).u32(17).u32(16).raw(request()...).bytes...), []string{frame, `canlog: line 2: a packet of impossible length`}},
		{"pcap of another version", little().u32(0xA1B2C3D4).u16(3).u16(0).u32(0).u32(0).u32(0).u32(227).bytes, []string{`canlog: line 1: not the form (SECONDS) INTERFACE FRAME`}},
		{"gzip that is none", []byte{0x1F, 0x8B, 8, 0xFF, 1}, []string{`canlog: line 1: the packed file is cut off or damaged`}},
		{"gzip whose content breaks off in the head", []byte{0x1F, 0x8B, 8}, []string{`canlog: line 1: the packed file is cut off or damaged`}},
		{"gzip behind which something stands", append(packed(t, []byte(logged)), "something"...), []string{"can0 001#11", `canlog: line 2: the packed file is cut off or damaged`}},
		{"gzip whose sum is wrong", wrongSum(t), []string{"can0 001#11", `canlog: line 2: the packed file is cut off or damaged`}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got := heard(t, bytes.NewReader(tt.in))
			require.GreaterOrEqual(t, len(got), len(tt.want))
			for i := range got {
				require.Contains(t, got[i], tt.want[min(i, len(tt.want)-1)])
			}
		})
	}
}

func wrongSum(t *testing.T) []byte {
	t.Helper()
	b := packed(t, []byte(logged))
	b[len(b)-5] ^= 1
	return b
}

// Cut off anywhere, a recording gives the frames before and at most one error.
func TestRecordingsCutOffAnywhere(t *testing.T) {
	var ng bytes.Buffer
	w := canlog.PcapNG.NewWriter(&ng, "can0", nil)
	for i := range 3 {
		require.NoError(t, w.Write(&can.Rx{Frame: can.NewFrame(uint32(i), 1, 2, 3), Time: at(int64(i))}))
	}
	require.NoError(t, w.Flush())
	old := little().pcap(0xA1B2C3D4, 227).pcapPacket(1, 0, request()).pcapPacket(2, 0, request()).bytes
	for form, whole := range map[string][]byte{
		"pcapng": ng.Bytes(), "pcap": old, "gzip": packed(t, []byte(strings.Repeat(logged, 100))),
	} {
		all := heard(t, bytes.NewReader(whole))
		for n := range whole {
			got := heard(t, bytes.NewReader(whole[:n]))
			for i, said := range got {
				if strings.HasPrefix(said, "canlog: ") {
					require.Len(t, got, i+1, "%s of %d bytes", form, n)
					break
				}
				require.Equal(t, all[i], said)
			}
		}
		require.Contains(t, strings.Join(heard(t, bytes.NewReader(whole[:len(whole)-1])), "\n"), "cut off", form)
	}
}

func TestAfterTheEndThereIsNothing(t *testing.T) {
	for _, in := range [][]byte{nil, []byte(logged), capture(), oldCapture(), {0x1F, 0x8B, 8}, capture()[:20], packed(t, nil)} {
		r := canlog.NewReader(bytes.NewReader(in))
		for range 5 {
			_, _ = r.Next()
		}
		_, err := r.Next()
		require.Equal(t, io.EOF, err)
	}
}

var errMedium = errors.New("medium error")

type brokenMedium struct{}

func (brokenMedium) Read([]byte) (int, error) { return 0, errMedium }

func TestNextPassesOnWhatTheSourceOfCapturesSays(t *testing.T) {
	for _, whole := range [][]byte{capture(), oldCapture(), packed(t, []byte(strings.Repeat(logged, 100)))} {
		for _, n := range []int{len(whole), len(whole) - 1, len(whole) - 20} {
			r := canlog.NewReader(io.MultiReader(bytes.NewReader(whole[:n]), brokenMedium{}))
			var err error
			for range 200 {
				if _, err = r.Next(); err != nil {
					break
				}
			}
			require.ErrorIs(t, err, errMedium, "%d of %d bytes", n, len(whole))
		}
	}
}

func big128() []byte {
	return little().block(6, func(b *builder) { b.raw(make([]byte, 128<<10)...) }).bytes
}

func manyInterfaces(n int) *builder {
	b := little().section()
	for range n {
		b.iface(227, nil)
	}
	return b
}

func TestNamesOfInterfacesBecomeWords(t *testing.T) {
	for name, want := range map[string]string{
		"can0": "can0", "PCAN USB 1": "PCAN_USB_1", "Kfz-Büchse": "Kfz-Büchse", "a\x00\x1b[m\xff": "a__[m_",
		"": "if0", strings.Repeat("x", 100): strings.Repeat("x", 64), strings.Repeat("x", 63) + "ü": strings.Repeat("x", 63),
	} {
		in := little().section().iface(227, func(b *builder) { b.option(2, []byte(name)...) }).packet(0, 0, request(), nil).bytes
		require.Equal(t, []string{want + " 7E0#0209"}, heard(t, bytes.NewReader(in)), "%q", name)
	}
}

// However a source hands its bytes out, the same is read.
func TestTheSourcesPiecesDoNotMatter(t *testing.T) {
	deltas := " (000.000000)  can0  123   [0]\n (000.500000)  can0  123   [0]\n (000.000100)  can0  123   [0]\n"
	in := bytes.Join([][]byte{[]byte(deltas), capture(), []byte(logged), oldCapture(), oldCapture(), manyInterfaces(9).bytes, capture()}, nil)
	want := heard(t, bytes.NewReader(in))
	require.Equal(t, want, heard(t, iotest.OneByteReader(bytes.NewReader(in))))
	require.Equal(t, want, heard(t, iotest.HalfReader(bytes.NewReader(in))))
	require.Equal(t, want, heard(t, iotest.DataErrReader(bytes.NewReader(packed(t, in)))))
}

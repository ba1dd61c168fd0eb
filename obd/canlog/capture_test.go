package canlog_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

func TestFramesInPacketsOfSocketCAN(t *testing.T) {
	const fdTo12 = 64 - 12
	tests := []struct {
		rule string
		data []byte
		want string
	}{
		{"classic", request(), "7E0#0209"},
		{"classic, not filled up", request()[:10], "7E0#0209"},
		{"29-bit", []byte{0x98, 0xDA, 0xF1, 0x10, 1, 0, 0, 0, 0x41}, "18DAF110#41"},
		{"29-bit below 800", []byte{0x80, 0, 4, 0x55, 0, 0, 0, 0}, "00000455#"},
		{"remote", []byte{0x40, 0, 1, 0x23, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, "123#R8"},
		{"remote without its bytes", []byte{0x40, 0, 1, 0x23, 8, 0, 0, 0}, "123#R8"},
		{"error frame", []byte{0x20, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "20000080#0000000000000001"},
		{"CAN FD by its bit", []byte{0, 0, 1, 0x23, 2, 5, 0, 0, 0xAA, 0xBB}, "123##1AABB"},
		{"CAN FD by its size", append([]byte{0, 0, 1, 0x23, 1, 2, 0, 0, 0xAA}, make([]byte, 63)...), "123##2AA"},
		{"CAN FD by its length", append([]byte{0, 0, 1, 0x23, 12, 0, 0, 0}, make([]byte, 12)...), "123##0000000000000000000000000"},
		{"padding is no data", append([]byte{0, 0, 1, 0x23, 12, 4, 0, 0}, bytes.Repeat([]byte{0xFF}, 12+fdTo12)...), "123##0FFFFFFFFFFFFFFFFFFFFFFFF"},

		{"cut off in the head", request()[:7], "a frame cut off"},
		{"cut off in the payload", request()[:9], "a frame cut off"},
		{"11-bit identifier out of range", []byte{0, 0, 8, 0, 0, 0, 0, 0}, "not a valid frame"},
		{"no CAN FD length", append([]byte{0, 0, 1, 0x23, 9, 4, 0, 0}, make([]byte, 9)...), "not a valid frame"},
		{"remote CAN FD", []byte{0x40, 0, 1, 0x23, 0, 4, 0, 0}, "not a valid frame"},
		{"CAN XL", append([]byte{0, 0, 1, 0x23, 0x80, 0, 1, 0}, make([]byte, 100)...), "not a valid frame"},
		{"empty", nil, "a frame cut off"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			in := little().section().iface(227, nil).packet(0, 0, tt.data, nil).bytes
			got := heard(t, bytes.NewReader(in))
			require.Len(t, got, 1)
			require.Contains(t, []string{"if0 " + tt.want, "canlog: line 1: " + tt.want + `: "pcapng"`}, got[0])
		})
	}
}

func TestFramesInPacketsOfLinux(t *testing.T) {
	for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		t.Run(name, func(t *testing.T) {
			b := builder{AppendByteOrder: order}
			b.pcap(0xA1B2C3D4, 113)
			b.pcapPacket(1, 0, cooked(order, 0, 0xC, 0x7E8, 1, 4, 0, 0, 0x41, 0, 0, 0, 0, 0, 0, 0))
			b.pcapPacket(1, 0, cooked(order, 4, 0xC, 1<<31|0x18DA10F1, 1, 0, 0, 0, 0x01))
			b.pcapPacket(1, 0, cooked(order, 1, 0xC, 1<<29|0x80, 1, 0, 0, 0, 0x01))
			b.pcapPacket(1, 0, cooked(order, 1, 0xD, 0x123, 1, 1, 0, 0, 0xAA))
			b.pcapPacket(1, 0, cooked(order, 1, 0x800, 0x123, 1, 1, 0, 0, 0xAA))
			b.pcapPacket(1, 0, cooked(order, 1, 0xD, 0x123, 1, 1, 0, 0, 0xAA)[:15])
			require.Equal(t, []string{
				"if0 7E8#41", "if0 18DA10F1#01", "if0 20000080#01", "if0 123##1AA",
				`canlog: line 5: not a CAN packet: "pcap"`, `canlog: line 6: not a CAN packet: "pcap"`,
			}, heard(t, bytes.NewReader(b.bytes)))
			second := canlog.NewReader(bytes.NewReader(b.bytes))
			_, err := second.Next()
			require.NoError(t, err)
			rec, err := second.Next()
			require.NoError(t, err)
			require.True(t, rec.Rx.Own)
		})
	}
}

func TestFramesInPacketsOfLinuxInTheirSecondForm(t *testing.T) {
	head := big().u16(0xD).u16(0).u32(7).u16(280).raw(4, 0).u32(0).u32(0).bytes
	b := little().pcap(0xA1B23C4D, 276).pcapPacket(1, 2, append(head, little().u32(0x123).raw(1, 2, 0, 0, 0xAA).bytes...))
	b.pcapPacket(1, 2, head[:19])
	b.pcap(0xA1B2C3D4, 1).pcapPacket(1, 2, request())
	in := bytes.NewReader(b.bytes)
	require.Equal(t, []string{
		"if0 123##2AA", `canlog: line 2: not a CAN packet: "pcap"`, `canlog: line 3: not a CAN packet: "pcap"`,
	}, heard(t, in))
	rec, err := canlog.NewReader(bytes.NewReader(b.bytes)).Next()
	require.NoError(t, err)
	require.True(t, rec.Rx.Own)
	require.Equal(t, time.Unix(1, 2).UTC(), rec.Rx.Time, "nanoseconds")
}

func TestTimesDirectionsAndNamesOfPcapNG(t *testing.T) {
	for name, builderOf := range map[string]func() *builder{"little": little, "big": big} {
		t.Run(name, func(t *testing.T) {
			b := builderOf().section()
			b.iface(227, func(b *builder) { b.option(2, []byte("can0")...) })
			b.iface(227, func(b *builder) {
				b.option(1, []byte("a note")...).option(9, 9).option(2, []byte("my can")...).option(0)
			})
			b.iface(227, func(b *builder) { b.option(9, 0x80|10).option(14, b.offset(100)...) })
			b.iface(227, func(b *builder) { b.option(9, 0) })
			b.packet(0, 1732204044540800, request(), func(b *builder) { b.option(1, []byte("a note")...).option(2, b.flags(2)...).option(0) })
			b.packet(1, 1732204044540800001, request(), func(b *builder) { b.option(2, b.flags(1)...) })
			b.packet(2, 1024*2000000000+512, request(), nil)
			b.packet(3, 2000000101, request(), nil)
			b.block(2, func(b *builder) { // the old packet block
				b.u16(0).u16(0).u32(uint32(2000000102000000 >> 32)).u32(2000000102000000 & 0xFFFFFFFF).u32(16).u32(16).raw(request()...)
			})
			b.block(3, func(b *builder) { b.u32(16).raw(request()...) })
			frame := can.NewFrame(0x7E0, 2, 9)
			rx := func(seconds, nanos int64, own bool) can.Rx {
				return can.Rx{Frame: frame, Time: time.Unix(seconds, nanos).UTC(), Own: own}
			}
			require.Equal(t, []canlog.Record{
				{Rx: rx(1732204044, 540800000, true), Interface: "can0", Line: 1},
				{Rx: rx(1732204044, 540800001, false), Interface: "my_can", Line: 2},
				{Rx: rx(2000000100, 500000000, false), Interface: "if2", Line: 3},
				{Rx: rx(2000000101, 0, false), Interface: "if3", Line: 4},
				{Rx: rx(2000000102, 0, false), Interface: "can0", Line: 5},
				{Rx: rx(2000000102, 250000, false), Interface: "can0", Line: 6},
			}, readAll(t, bytes.NewReader(b.bytes)))
		})
	}
}

func (b *builder) flags(v uint32) []byte { return b.AppendUint32(nil, v) }

func (b *builder) offset(v uint64) []byte { return b.AppendUint64(nil, v) }

func TestPacketsOfOtherLinksAreNoFrames(t *testing.T) {
	b := little().section().iface(1, nil).iface(227, nil)
	b.packet(0, 0, request(), nil).packet(1, 0, request(), nil)
	require.Equal(t, []string{`canlog: line 1: not a CAN packet: "pcapng"`, "if1 7E0#0209"}, heard(t, bytes.NewReader(b.bytes)))
}

// The library alone would take 0 for a million and a nanosecond for a power
// of two, and would let what 64 bits cannot count run over.
func TestResolutionsOfPcapNG(t *testing.T) {
	second := time.Unix(1, 0).UTC()
	tests := []struct {
		rule       string
		resolution byte
		ticks      uint64
		want       time.Time
	}{
		{"seconds", 0, 1, second},
		{"a tenth", 1, 15, second.Add(time.Second / 2)},
		{"10^-9", 9, 1_500_000_001, second.Add(time.Second/2 + 1)},
		{"10^-10 is cut", 10, 15_000_000_019, second.Add(time.Second/2 + 1)},
		{"10^-19", 19, 15_000_000_000_000_000_000, second.Add(time.Second / 2)},
		{"10^-20", 20, 1, time.Time{}},
		{"10^-127", 0x7F, 1, time.Time{}},
		{"2^-0", 0x80, 1, second},
		{"2^-1", 0x81, 3, second.Add(time.Second / 2)},
		{"2^-10", 0x80 | 10, 1024 + 512, second.Add(time.Second / 2)},
		{"2^-30", 0x80 | 30, 1<<30 + 1<<30 - 1, second.Add(time.Second - 1)},
		{"2^-32", 0x80 | 32, 1<<32 + 1<<31, second.Add(time.Second / 2)},
		{"2^-63", 0x80 | 63, 1<<63 + 1<<62, second.Add(time.Second / 2)},
		{"2^-64", 0x80 | 64, 1, time.Time{}},
		{"2^-127", 0xFF, 1, time.Time{}},
		{"2^-1 for too long", 0x81, 1 << 63, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			for _, b := range []*builder{little(), big()} {
				b.section().iface(227, func(b *builder) { b.option(9, tt.resolution) }).packet(0, tt.ticks, request(), nil)
				rec, err := canlog.NewReader(bytes.NewReader(b.bytes)).Next()
				if tt.want.IsZero() {
					require.EqualError(t, err, `canlog: line 1: a time out of range: "pcapng"`)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, tt.want, rec.Rx.Time)
			}
		})
	}
}

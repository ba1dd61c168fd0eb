package canlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

// endless is a recording that says the same for ever.
type endless struct {
	head, again, rest []byte
}

func (e *endless) Read(b []byte) (int, error) {
	switch {
	case len(e.head) > 0:
		e.rest, e.head = e.head, nil
	case len(e.rest) == 0:
		e.rest = e.again
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// repeated gives what begins each form, and then a frame of each many times:
// a Read that gives few bytes would measure Read.
func repeated() map[string]func() *endless {
	ng := bytes.Repeat(little().packet(0, 1000000, request(), func(b *builder) { b.option(2, b.flags(2)...).option(0) }).bytes, 1000)
	old := bytes.Repeat(little().pcapPacket(1, 0, request()).bytes, 1000)
	text := func(line string) func() *endless {
		return func() *endless { return &endless{again: bytes.Repeat([]byte(line+"\n"), 1000)} }
	}
	return map[string]func() *endless{
		"log":     text("(1732204044.540800) can0 72E#076241A901080000"),
		"log FD":  text("(1732204044.540800) can0 123##1" + fmt.Sprintf("%0128X", 1)),
		"console": text(" (1732204044.540800)  can0  RX - -  72E   [8]  07 62 41 A9 01 08 00 00   '.bA.....'"),
		"delta":   text(" (000.000000)  can0  72E   [8]  07 62 41 A9 01 08 00 00"),
		"untimed": text("  can0  72E   [8]  07 62 41 A9 01 08 00 00"),
		"pcapng":  func() *endless { return &endless{head: little().section().iface(227, nil).bytes, again: ng} },
		"pcap":    func() *endless { return &endless{head: little().pcap(0xA1B2C3D4, 227).bytes, again: old} },
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestARecordingOfAnyLengthCostsNoMemory(t *testing.T) {
	const length = endlessLength
	if testing.Short() {
		t.Skip("reads much of each form")
	}
	for name, open := range repeated() {
		t.Run(name, func(t *testing.T) {
			r := canlog.NewReader(io.LimitReader(open(), length))
			_, err := r.Next()
			require.NoError(t, err)
			before := heap()
			frames := 0
			for {
				_, err = r.Next()
				if err != nil {
					break
				}
				frames++
			}
			var line *canlog.LineError
			require.True(t, errors.Is(err, io.EOF) || errors.As(err, &line), "%v", err)
			require.Greater(t, frames, length/200)
			require.Less(t, heap(), before+1<<20)
			runtime.KeepAlive(r)
		})
	}
}

// What is no frame costs no more memory than what is.
func TestGarbageOfAnyLengthCostsNoMemory(t *testing.T) {
	const length = 32 << 20
	section := little().section().bytes
	for name, in := range map[string]io.Reader{
		"names":      &everNew{},
		"sections":   &endless{again: bytes.Repeat(section, 1000)},
		"interfaces": &endless{head: section, again: bytes.Repeat(little().iface(227, nil).bytes, 1000)},
		"names of addresses": &endless{head: section, again: bytes.Repeat(little().block(4, func(b *builder) {
			b.u16(1).u16(8).u32(0x0100007F).raw([]byte("abc\x00")...).u32(0)
		}).bytes, 1000)},
		"descriptions": &endless{head: section, again: bytes.Repeat(little().iface(227, func(b *builder) {
			b.option(3, make([]byte, 60_000)...)
		}).bytes, 10)},
		"secrets": &endless{head: section, again: bytes.Repeat(little().block(10, func(b *builder) {
			b.u32(0x544C534B).u32(60_000).raw(make([]byte, 60_000)...)
		}).bytes, 10)},
		"one block": &endless{head: append(bytes.Clone(section), little().u32(9).u32(0xFFFFFFFC).bytes...), again: make([]byte, 1000)},
		"zeros":     &endless{again: make([]byte, 1000)},
	} {
		t.Run(name, func(t *testing.T) {
			r := canlog.NewReader(io.LimitReader(in, length))
			before := heap()
			for {
				_, err := r.Next()
				var line *canlog.LineError
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					require.ErrorAs(t, err, &line)
				}
			}
			require.Less(t, heap(), before+1<<20)
			runtime.KeepAlive(r)
		})
	}
}

// everNew is a recording of which each line has a name of its own.
type everNew struct {
	n    int
	rest []byte
}

func (e *everNew) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		for range 1000 {
			e.n++
			e.rest = fmt.Appendf(e.rest, "(1.0) can%d 123#11\n", e.n)
		}
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestAFrameIsReadWithoutAllocation(t *testing.T) {
	for name, open := range repeated() {
		t.Run(name, func(t *testing.T) {
			r := canlog.NewReader(open())
			next := func() {
				if _, err := r.Next(); err != nil {
					t.Fatal(err)
				}
			}
			next()
			require.Zero(t, testing.AllocsPerRun(1000, next))
		})
	}
}

func BenchmarkReader(b *testing.B) {
	for _, name := range []string{"log", "log FD", "console", "delta", "untimed", "pcapng", "pcap"} {
		b.Run(name, func(b *testing.B) {
			in := repeated()[name]()
			r := canlog.NewReader(in)
			b.SetBytes(int64(len(in.again) / 1000))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}

func BenchmarkWriter(b *testing.B) {
	rx := can.Rx{Frame: can.NewFrame(0x72E, 7, 0x62, 0x41, 0xA9, 1, 8, 0, 0), Time: time.Unix(1732204044, 540800000), Own: true}
	for name, form := range map[string]canlog.Form{"log": canlog.Log, "pcapng": canlog.PcapNG} {
		b.Run(name, func(b *testing.B) {
			w := form.NewWriter(io.Discard, "untether", nil)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Write(&rx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}

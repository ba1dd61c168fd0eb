package can_test

import (
	"fmt"
	"testing"

	"github.com/untether-obd/untether/obd/can"
)

// BenchmarkMux takes one frame at a time from a controller to one reader,
// beside others that do not want it. A bare channel is what it costs without
// a Mux.
func BenchmarkMux(b *testing.B) {
	frame := can.Rx{Frame: can.NewFrame(0x7E8, 1, 2, 3, 4, 5, 6, 7, 8)}
	b.Run("bare channel", func(b *testing.B) {
		c, drained := make(chan can.Rx, 64), make(chan int)
		go func() {
			n := 0
			for range c {
				n++
			}
			drained <- n
		}()
		for b.Loop() {
			c <- frame
		}
		close(c)
		if n := <-drained; n != b.N {
			b.Fatalf("%d of %d frames", n, b.N)
		}
	})
	for _, others := range []int{0, 8, 64} {
		b.Run(fmt.Sprintf("beside %d others", others), func(b *testing.B) {
			bus := newPuppet()
			bus.in = make(chan can.Rx, 64)
			m := can.NewMux(bus)
			for i := range others {
				m.Join(64, can.Only(uint32(i), false))
			}
			tap := m.Join(256, can.Only(0x7E8, false))
			b.ReportAllocs()
			inFlight := 0
			for b.Loop() {
				bus.in <- frame
				if inFlight++; inFlight < 64 {
					continue
				}
				for ; inFlight > 0; inFlight-- {
					if _, err := tap.Recv(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			if err := m.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkParseFrame(b *testing.B) {
	for b.Loop() {
		if _, err := can.ParseFrame("7E8#0241001122334455"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFrameBits(b *testing.B) {
	classic := can.NewFrame(0x7E8, 1, 2, 3, 4, 5, 6, 7, 8)
	fd := can.Frame{ID: 0x7E8, Flags: can.FD | can.BRS, Len: 64}
	for name, f := range map[string]*can.Frame{"classic": &classic, "FD": &fd} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = can.FrameBits(f)
			}
		})
	}
}

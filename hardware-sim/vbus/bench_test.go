package vbus_test

import (
	"fmt"
	"testing"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
)

// BenchmarkExchange sends a frame and waits for it at another node, without
// bit timing, beside others that sleep. BenchmarkChannel is the same through a
// bare channel.
func BenchmarkExchange(b *testing.B) {
	for _, others := range []int{0, 20} {
		b.Run(fmt.Sprintf("beside %d others", others), func(b *testing.B) {
			s := vbus.New(vbus.Config{})
			tx, rx := s.Attach("tx", vbus.Depth(1)), s.Attach("rx")
			for range others {
				s.Attach("other").Sleep()
			}
			exchange(b, tx, rx)
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func exchange(b *testing.B, tx, rx *vbus.Node) {
	b.Helper()
	f := can.NewFrame(0x7E8, 1, 2, 3, 4, 5, 6, 7, 8)
	b.ReportAllocs()
	for b.Loop() {
		if err := tx.Send(b.Context(), f); err != nil {
			b.Fatal(err)
		}
		if _, err := rx.Recv(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChannel(b *testing.B) {
	c := make(chan can.Rx, 1)
	rx := can.Rx{Frame: can.NewFrame(0x7E8, 1, 2, 3, 4, 5, 6, 7, 8)}
	for b.Loop() {
		c <- rx
		rx = <-c
	}
}

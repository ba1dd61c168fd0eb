package bringup_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
)

// plugged is our driver over a simulated dongle on a segment. It gives what the
// dongle sent on CAN.
func plugged(t *testing.T, name string, seg *vbus.Segment, run func(t *testing.T, d *elm327.Dongle)) []can.Frame {
	t.Helper()
	open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		o := []vbus.Option{vbus.Bitrate(bitrate)}
		if listenOnly {
			o = append(o, vbus.ListenOnly())
		}
		return seg.Attach("dongle", o...), nil
	}
	chip, err := velm.New(name, open, velm.Options{Seed: 1})
	require.NoError(t, err)
	host, device := vserial.Pipe(chip.Line())
	ctx, unplug := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = chip.Serve(ctx, device)
	}()
	d, err := elm327.New(t.Context(), host, elm327.Options{})
	require.NoError(t, err)
	run(t, d)
	require.NoError(t, d.Close())
	unplug()
	<-served
	require.NoError(t, seg.Close())
	return chip.Ledger().Frames
}

// unit answers 01 00 on a bus, with 11 or 29 bits.
func unit(t *testing.T, node *vbus.Node, wide bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	asked, answer := can.Frame{ID: 0x7DF}, can.NewFrame(0x7E8, 0x06, 0x41, 0x00, 0x80, 0x18, 0x00, 0x01, 0x00)
	if wide {
		asked, answer = can.Frame{ID: 0x18DB33F1}, can.NewFrame(0x18DAF110, 0x06, 0x41, 0x00, 0x80, 0x18, 0x00, 0x01, 0x00)
		answer.Flags |= can.Extended
	}
	go func() {
		defer close(done)
		for {
			rx, err := node.Recv(ctx)
			if err != nil {
				return
			}
			if rx.Frame.ID == asked.ID {
				time.Sleep(20 * time.Millisecond)
				_ = node.Send(ctx, answer)
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// TestADongleOnARealisticBus: the driver and a simulated chip together keep the
// rules, whatever the chip.
func TestADongleOnARealisticBus(t *testing.T) {
	for _, name := range velm.Names() {
		for _, row := range []struct {
			name  string
			rate  int
			wide  bool
			noise bool
		}{
			{"a silent bus", 500_000, false, false},
			{"a silent bus with 29 bits", 500_000, true, false},
			{"the other rate", 250_000, false, false},
			{"traffic", 500_000, false, true},
			{"traffic at the other rate", 250_000, false, true},
		} {
			t.Run(name+"/"+row.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					seg := vbus.New(vbus.Config{Bitrate: row.rate})
					seg.Attach("another") // acknowledges
					node := seg.Attach("unit")
					unit(t, node, row.wide)
					if row.noise {
						talks(t, node)
					}
					sent := plugged(t, name, seg, func(t *testing.T, d *elm327.Dongle) {
						t.Helper()
						began := time.Now()
						car, err := bringup.Through(t.Context(), d, bringup.Options{})
						require.NoError(t, err)
						require.Equal(t, row.rate, car.Bitrate)
						require.Equal(t, !row.noise, car.Quiet)
						require.Less(t, time.Since(began), 6*time.Second)
						require.NoError(t, car.Link.Close())
					})
					if row.noise {
						require.Empty(t, sent, "nothing was said")
					}
				})
			})
		}
	}
}

// talks has a unit send every 10 ms.
func talks(t *testing.T, node *vbus.Node) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for node.Send(ctx, can.NewFrame(0x123, 1, 2, 3)) == nil {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// TestADongleInNoCar says so in time.
func TestADongleInNoCar(t *testing.T) {
	for _, name := range velm.Names() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				plugged(t, name, vbus.New(vbus.Config{Bitrate: 500_000}), func(t *testing.T, d *elm327.Dongle) {
					t.Helper()
					began := time.Now()
					_, err := bringup.Through(t.Context(), d, bringup.Options{})
					var none *bringup.NoCarError
					require.ErrorAs(t, err, &none)
					t.Logf("%v %v", time.Since(began), err)
					require.Equal(t, bringup.Bitrates, none.Bitrates)
					require.LessOrEqual(t, time.Since(began), 6*time.Second)
				})
			})
		})
	}
}

package isotp

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// model counts the frames that ISO 15765-2 needs for a message: data frames of
// the sender and flow controls of the receiver, and how long STmin makes it.
func model(n, ae, txDL, bs int, st time.Duration) (data, flow int, took time.Duration) {
	single := 7 - ae
	if txDL > 8 {
		single = txDL - 2 - ae
	}
	if n <= single {
		return 1, 0, 0
	}
	inFirst := txDL - 2 - ae
	if n > 4095 {
		inFirst = txDL - 6 - ae
	}
	per := txDL - 1 - ae
	consecutive := (n - inFirst + per - 1) / per
	flow, gaps := 1, consecutive-1
	if bs > 0 {
		flow = (consecutive + bs - 1) / bs
		gaps = consecutive - flow // no gap is asked for across a flow control
	}
	return 1 + consecutive, flow, time.Duration(gaps) * st
}

var addresses = map[string]int{"754/75C": 0, "18DAC6F1/18DAF1C6": 0, "6F1:61/661:F1": 1, "750:C7/758:C7": 1}

func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.SampledFrom([]string{"754/75C", "18DAC6F1/18DAF1C6", "6F1:61/661:F1", "750:C7/758:C7"}).Draw(t, "address")
		ae := addresses[address]
		pad := rapid.SampledFrom([]transport.Padding{0, transport.PadNone, transport.PadWith(0xAA)})
		fd := rapid.SampledFrom([]int{8, 8, 12, 16, 20, 24, 32, 48, 64}).Draw(t, "tx_dl")
		if fd > 8 {
			address += "@fd"
		}
		bs := rapid.IntRange(0, 20).Draw(t, "bs")
		st := DecodeSTmin(rapid.SampledFrom([]byte{0, 1, 5, 0x7F, 0xF1, 0xF9}).Draw(t, "stmin"))
		n := rapid.OneOf(rapid.IntRange(1, 200), rapid.IntRange(4090, 5000)).Draw(t, "length")
		p := newPair(address, transport.Params{TxDL: uint8(fd), Pad: pad.Draw(t, "pad a")}, transport.Params{BS: uint8(bs), STmin: st, Pad: pad.Draw(t, "pad b")})
		msg := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "message")
		if err := p.a.Send(p.now, msg); err != nil {
			t.Fatal(err)
		}
		p.run()
		data, flow, took := model(n, ae, fd, bs, st)
		if len(p.log) != data+flow || p.now.Sub(epoch) != took {
			t.Fatalf("%d frames in %v, the model has %d + %d in %v", len(p.log), p.now.Sub(epoch), data, flow, took)
		}
		last := p.got[p.b][len(p.got[p.b])-1]
		if last.Kind != Received || !bytes.Equal(last.Data, msg) {
			t.Fatalf("received %v %X, sent %X", last.Kind, last.Data, msg)
		}
	})
}

// TestLoss: whatever single frame is lost, the message arrives whole or both
// ends say that it did not; no end waits for ever and none makes bytes up.
func TestLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(t, "length")
		bs := rapid.IntRange(0, 5).Draw(t, "bs")
		lost := rapid.IntRange(1, 40).Draw(t, "lost frame")
		p := newPair("754/75C", transport.Params{}, transport.Params{BS: uint8(bs)})
		hit := false
		p.drop = func(step int, _ *can.Frame) bool {
			hit = hit || step == lost
			return step == lost
		}
		if err := p.a.Send(p.now, count(n)); err != nil {
			t.Fatal(err)
		}
		p.run()
		var whole bool
		for _, e := range p.got[p.b] {
			if e.Kind == Received {
				whole = true
				if !bytes.Equal(e.Data, count(n)) {
					t.Fatalf("received %X", e.Data)
				}
			}
		}
		if whole == hit {
			t.Fatalf("received: %v, frame lost: %v", whole, hit)
		}
		if len(p.got[p.a]) != 1 {
			t.Fatalf("the sender was told %v", kinds(p.got[p.a]))
		}
	})
}

// FuzzMachine feeds frames and time; nothing may panic, memory stays bounded
// and every reception ends.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0x10, 0x14, 0, 1, 2, 3, 4, 5}, []byte{0x21, 6, 7, 8, 9, 10, 11, 12}, uint8(0), int64(time.Millisecond))
	f.Add([]byte{0x10, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0}, []byte{0x30, 0, 0}, uint8(1), int64(time.Second))
	f.Fuzz(func(t *testing.T, one, two []byte, form uint8, gap int64) {
		address := []string{"754/75C", "18DAC6F1/18DAF1C6", "6F1:61/661:F1", "754/75C@fd"}[form%4]
		m := NewMachine(Config{Address: transport.MustAddress(address), MaxLen: 5000})
		a := transport.MustAddress(address)
		now := epoch
		_ = m.Send(now, count(30))
		for i := range 20 {
			d := one
			if i%3 == 1 {
				d = two
			}
			f := can.NewFrame(a.RX, d[:min(len(d), 64)]...)
			_ = m.Handle(now, &f)
			var out can.Frame
			if m.NextFrame(now, &out) {
				if err := out.Validate(); err != nil {
					t.Fatal(err)
				}
				m.Transmitted(now, true)
			}
			now = now.Add(time.Duration(gap&0xFFFFFFFF) % (2 * time.Second))
			m.Expire(now)
			for e, ok := m.Event(); ok; e, ok = m.Event() {
				if len(e.Data) > 5000 {
					t.Fatalf("%d bytes", len(e.Data))
				}
			}
		}
		for range 100 {
			if m.Deadline().IsZero() {
				return
			}
			now = m.Deadline()
			m.Expire(now)
			var out can.Frame
			if m.NextFrame(now, &out) {
				m.Transmitted(now, true)
			}
		}
		t.Fatal("the machine never rests")
	})
}

package cantest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

// carries requires that each frame arrives as it was sent.
func (p pair) carries(t *testing.T, frames ...can.Frame) {
	t.Helper()
	for _, f := range frames {
		send(t, p.a, f)
		require.Equal(t, f, foreign(t, p.b).Frame)
	}
}

// refuses requires that no frame is taken, and that the bus works afterwards.
func (p pair) refuses(t *testing.T, frames ...can.Frame) {
	t.Helper()
	for _, f := range frames {
		require.Error(t, p.a.Send(t.Context(), f), "send %s", f)
	}
	p.carries(t, can.NewFrame(0x123, 1))
}

func lengths(t *testing.T, p pair) {
	t.Helper()
	data := []byte{0xFF, 0x00, 0x55, 0xAA, 1, 2, 3, 4}
	for n := range len(data) + 1 {
		p.carries(t, can.NewFrame(0x7FF, data[:n]...))
	}
}

func identifiers(t *testing.T, p pair) {
	t.Helper()
	wide := func(id uint32) can.Frame { return can.Frame{ID: id, Flags: can.Extended, Len: 1} }
	p.carries(t, can.NewFrame(0, 1), wide(0), can.NewFrame(0x7FF, 1), wide(0x7FF), wide(0x18DAF110), wide(can.MaxExtendedID))
}

func remote(t *testing.T, p pair) {
	t.Helper()
	frames := []can.Frame{
		{ID: 0x123, Flags: can.Remote},
		{ID: 0x123, Flags: can.Remote, Len: 8},
		{ID: 0x123, Flags: can.Remote | can.Extended, Len: 3},
	}
	if p.caps.Remote {
		p.carries(t, frames...)
		return
	}
	p.refuses(t, frames...)
}

func fd(t *testing.T, p pair) {
	t.Helper()
	frames := make([]can.Frame, 0, 16)
	for dlc := range uint8(16) {
		f := can.Frame{ID: 0x123, Flags: can.FD, Len: can.LenOf(dlc)}
		if dlc%2 == 1 {
			f.Flags |= can.BRS
		}
		for i := range f.Payload() {
			f.Data[i] = byte(i) ^ 0x5A
		}
		frames = append(frames, f)
	}
	if p.caps.FD {
		p.carries(t, frames...)
		return
	}
	p.refuses(t, frames...)
}

func invalid(t *testing.T, p pair) {
	t.Helper()
	p.refuses(
		t,
		can.Frame{ID: can.MaxID + 1},
		can.Frame{ID: can.MaxExtendedID + 1, Flags: can.Extended},
		can.Frame{ID: 1, Len: can.MaxLen + 1},
		can.Frame{ID: 1, Len: 13, Flags: can.FD},
		can.Frame{ID: 1, Flags: can.FD | can.Remote},
		can.Frame{ID: 1, Flags: can.BRS},
		can.Frame{ID: can.ErrAck, Flags: can.Error, Len: 8},
	)
}

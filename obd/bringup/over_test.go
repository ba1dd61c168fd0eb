package bringup

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// deadEnd is a link on which nobody can be reached.
type deadEnd struct{ closed int }

func (r *deadEnd) Dial(context.Context, transport.Address, transport.Params) (transport.Conn, error) {
	return nil, transport.ErrForm
}

func (r *deadEnd) Close() error {
	r.closed++
	return nil
}

// linker carries messages and joins by itself.
type linker struct {
	road deadEnd
	err  error
}

func (d *linker) Info() adapter.Info { return adapter.Info{Kind: adapter.KindMessage} }
func (d *linker) Close() error       { return nil }

func (d *linker) OpenLink(context.Context) (transport.Link, error) { return &d.road, d.err }

// memory is a recording.
type memory struct {
	linker
	history adapter.History
}

func (m *memory) Past() adapter.History { return m.history }

func TestOverALinker(t *testing.T) {
	d := &linker{}
	car, err := Over(t.Context(), d)
	require.NoError(t, err)
	require.Zero(t, car.Bitrate)
	require.Zero(t, car.Dropped())
	require.Nil(t, car.History())
	require.False(t, car.InUse(obd))
	_, err = car.Link.Dial(t.Context(), obd, guard.J1979, transport.Params{})
	require.ErrorIs(t, err, transport.ErrForm, "it is this link that is guarded")
	require.NoError(t, car.Link.Close())
	require.Equal(t, 1, d.road.closed)

	d.err = errors.New("unplugged")
	_, err = Over(t.Context(), d)
	require.ErrorIs(t, err, d.err)
}

func TestOverARecording(t *testing.T) {
	m := &memory{history: adapter.History{
		Quiet: true, Woken: true, Errors: 3, Redacted: true,
		InUse: func(a transport.Address) bool { return a == obd },
	}}
	car, err := Over(t.Context(), m)
	require.NoError(t, err)
	require.True(t, car.Quiet)
	require.True(t, car.Woken)
	require.Equal(t, 3, car.Errors)
	require.True(t, car.History().Redacted)
	require.True(t, car.InUse(obd))
	require.False(t, car.InUse(transport.MustAddress("754/75C")))
}

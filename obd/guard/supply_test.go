package guard_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// fakeMeter is a link that measures.
type fakeMeter struct {
	*fakeLink
	millivolts int
	err        error
	asked      context.Context
}

func (f *fakeMeter) Supply(ctx context.Context) (int, error) {
	f.asked = ctx
	return f.millivolts, f.err
}

func TestSupplyIsTheLinks(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "ours")
	for _, car := range []*fakeMeter{
		{fakeLink: newFake(), millivolts: 12_600},
		{fakeLink: newFake(), millivolts: 4_200, err: errors.New("no answer")},
	} {
		millivolts, err := guard.New(car, guard.Policy{}).Supply(ctx)
		require.Equal(t, car.err, err)
		require.Equal(t, car.millivolts, millivolts)
		require.Equal(t, "ours", car.asked.Value(key{}))
		require.Zero(t, car.count, "the car is asked nothing")
	}
}

func TestALinkThatCannotMeasure(t *testing.T) {
	_, err := guard.New(newFake(), guard.Policy{}).Supply(t.Context())
	require.ErrorIs(t, err, errors.ErrUnsupported)
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, transport.SentNo, op.Sent)
	require.Equal(t, "supply", op.Op)
}

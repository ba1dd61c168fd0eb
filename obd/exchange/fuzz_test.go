package exchange_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// FuzzAnswer puts any bytes in the place of an answer: success means that
// they begin as the request demands, and every failure is of a type of its own.
func FuzzAnswer(f *testing.F) {
	f.Add(readVIN, vin, 2)
	f.Add(readVIN, []byte{0x7F, 0x22, 0x31}, 2)
	f.Add(readVIN, pending, 2)
	f.Add([]byte{0xFF}, []byte{0x3F}, -1)
	f.Fuzz(func(t *testing.T, req, data []byte, echo int) {
		if len(req) == 0 {
			return
		}
		gone := errors.New("gone")
		u := exchangetest.New(address, func(int, []byte) []reply {
			return []reply{{Data: data}, {Err: gone}}
		})
		terms := exchange.Terms{Echo: echo}
		if neg, ok := uds.ParseNegative(data); ok && (neg.Code == uds.BusyRepeatRequest || neg.Code == uds.ResourceTemporarilyNotAvailable) {
			return // takes real time
		}
		res, err := exchange.Do(t.Context(), u, req, terms)
		var neg *uds.NegativeResponseError
		var protocol *transport.ProtocolError
		switch {
		case err == nil:
			require.Equal(t, req[0]+0x40, data[0])
			require.Equal(t, data, res.Message.Data)
		case errors.As(err, &neg):
			require.Equal(t, neg.AppendTo(nil), data)
			require.Equal(t, req[0], neg.Service)
		case errors.As(err, &protocol):
			require.NotEmpty(t, data)
		default:
			require.Equal(t, gone, err)
			require.Equal(t, 1, res.Foreign+res.Pending)
		}
	})
}

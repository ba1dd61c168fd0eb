package client_test

import (
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/dtc"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/kwp/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const ms = time.Millisecond

var tcu = transport.MustAddress("746/783")

type book = exchangetest.Book

// leaf is a unit with sessions.
func leaf() book {
	return book{
		"10 C0": {"50 C0"}, "10 81": {"50 81"}, "20": {"60"},
		"3E": {"7E"}, "3E 01": {"7E"},
		"21 04": {"61 04 01"},
	}
}

func TestRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{"21 04": {"61 04 01"}, "21 05": {"61 05"}, "21 06": {"61"}, "21 07": {"7F 21 31"}}.Unit(tcu, 10*ms)
		c := client.New(u)
		data, err := c.Read(t.Context(), 0x04)
		require.NoError(t, err)
		require.Equal(t, []byte{1}, data)

		data, err = c.Read(t.Context(), 0x05)
		require.NoError(t, err)
		require.Empty(t, data)

		var protocol *transport.ProtocolError
		_, err = c.Read(t.Context(), 0x06)
		require.ErrorAs(t, err, &protocol)
		_, err = c.Read(t.Context(), 0x07)
		require.ErrorIs(t, err, uds.RequestOutOfRange)

		var timeout *transport.TimeoutError
		_, err = c.Read(t.Context(), 0x08)
		require.ErrorAs(t, err, &timeout)
		require.Equal(t, "P2", timeout.Timer)
	})
}

func TestIdentification(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{"1A 90": {"5A 90 41 42"}, "1A 88 01": {"5A 88 01 43"}}.Unit(tcu, 10*ms)
		c := client.New(u)
		data, err := c.Identification(t.Context(), 0x90)
		require.NoError(t, err)
		require.Equal(t, "AB", string(data))
		data, err = c.Identification(t.Context(), 0x88, 0x01)
		require.NoError(t, err)
		require.Equal(t, "\x01C", string(data))
	})
}

func TestDTCs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{
			"17 FF 00":    {"57 02 FD A3 60 F9 35 A4"},
			"18 00 FF 00": {"58 01 04 20 40"},
			"13":          {"53 01 C1 00"},
			"13 FF 00":    {"53 01 C1"},
		}.Unit(tcu, 10*ms)
		c := client.New(u)
		for _, test := range []struct {
			rule string
			ask  kwp.Group
			want []client.DTC
		}{
			{"17", kwp.Group{Service: kwp.ReadStatusOfDTC, Group: kwp.AllGroups}, []client.DTC{
				{Code: dtc.Two(0xFD, 0xA3), Status: 0x60, State: dtc.Active}, {Code: dtc.Two(0xF9, 0x35), Status: 0xA4, State: dtc.Stored},
			}},
			{"18", kwp.Group{Service: kwp.ReadDTCByStatus, Group: kwp.AllGroups}, []client.DTC{
				{Code: dtc.Two(0x04, 0x20), Status: 0x40, State: dtc.Pending},
			}},
			{"13", kwp.Group{Service: kwp.ReadDiagnosticTroubleCodes, Bare: true}, []client.DTC{
				{Code: dtc.Two(0xC1, 0x00), State: dtc.Stored},
			}},
		} {
			got, err := c.DTCs(t.Context(), test.ask)
			require.NoError(t, err, test.rule)
			require.Equal(t, test.want, got, test.rule)
		}

		var protocol *transport.ProtocolError
		_, err := c.DTCs(t.Context(), kwp.Group{Service: kwp.ReadDiagnosticTroubleCodes, Group: kwp.AllGroups})
		require.ErrorAs(t, err, &protocol)
		_, err = c.DTCs(t.Context(), kwp.Group{Service: kwp.ReadDTCByStatus, Status: 1})
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		before := len(u.Requests())
		_, err = c.DTCs(t.Context(), kwp.Group{Service: kwp.ClearDiagnosticInformation, Group: kwp.AllGroups})
		require.ErrorContains(t, err, "clears trouble codes")
		require.Len(t, u.Requests(), before, "14 is not sent")
	})
}

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{"3B 04 00": {"7B 04"}}.Unit(tcu, 10*ms)
		var seen []string
		c := client.New(u, client.WithObserver(func(req []byte, res exchange.Result, err error) {
			seen = append(seen, fmt.Sprintf("% X > % X %v", req, res.Message.Data, err))
		}))
		res, err := c.Do(t.Context(), exchangetest.Bytes("3B 04 00"))
		require.NoError(t, err)
		require.Equal(t, exchangetest.Bytes("7B 04"), res.Message.Data)
		require.Equal(t, []string{"3B 04 00 > 7B 04 <nil>"}, seen)

		_, err = c.Do(t.Context(), nil)
		require.Error(t, err)
	})
}

func TestWithTerms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client.New(book{"21 04": {"61 04 01"}}.Unit(tcu, 10*ms), client.WithTerms(exchange.Terms{P2: 9 * ms}))
		_, err := c.Read(t.Context(), 4)
		require.ErrorContains(t, err, "P2 expired after 9ms")
	})
}

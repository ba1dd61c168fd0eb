package client_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"strings"
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

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// book has the answers of a unit, each after 10 ms. Of several answers to one
// request each is given once, the last for ever; an empty one is silence.
type book map[string][]string

func (b book) unit() *exchangetest.Unit {
	given := map[string]int{}
	return exchangetest.New(tcu, func(_ int, req []byte) []exchangetest.Reply {
		key := fmt.Sprintf("% X", req)
		answers := b[key]
		if len(answers) == 0 {
			return nil
		}
		answer := answers[min(given[key], len(answers)-1)]
		given[key]++
		if answer == "" {
			return nil
		}
		return []exchangetest.Reply{{After: 10 * ms, Data: unhex(answer)}}
	})
}

// leaf is a unit with sessions.
func leaf() book {
	return book{
		"10 C0": {"50 C0"}, "10 81": {"50 81"}, "20": {"60"},
		"3E": {"7E"}, "3E 01": {"7E"},
		"21 04": {"61 04 01"},
	}
}

func heard(u *exchangetest.Unit) (out []string) {
	for _, r := range u.Requests() {
		out = append(out, fmt.Sprintf("% X", r.Data))
	}
	return out
}

func TestRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{"21 04": {"61 04 01"}, "21 05": {"61 05"}, "21 06": {"61"}, "21 07": {"7F 21 31"}}.unit()
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
		u := book{"1A 90": {"5A 90 41 42"}, "1A 88 01": {"5A 88 01 43"}}.unit()
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
		}.unit()
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
		u := book{"3B 04 00": {"7B 04"}}.unit()
		var seen []string
		c := client.New(u, client.WithObserver(func(req []byte, res exchange.Result, err error) {
			seen = append(seen, fmt.Sprintf("% X > % X %v", req, res.Message.Data, err))
		}))
		res, err := c.Do(t.Context(), unhex("3B 04 00"))
		require.NoError(t, err)
		require.Equal(t, unhex("7B 04"), res.Message.Data)
		require.Equal(t, []string{"3B 04 00 > 7B 04 <nil>"}, seen)

		_, err = c.Do(t.Context(), nil)
		require.Error(t, err)
	})
}

func TestWithTerms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client.New(book{"21 04": {"61 04 01"}}.unit(), client.WithTerms(exchange.Terms{P2: 9 * ms}))
		_, err := c.Read(t.Context(), 4)
		require.ErrorContains(t, err, "P2 expired after 9ms")
	})
}

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := leaf().unit()
		c := client.New(u)
		done := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := c.Read(t.Context(), 4)
				done <- err
			}()
		}
		for range 3 {
			require.NoError(t, <-done)
		}
		require.Zero(t, u.Overlaps())
	})
}

func TestWaitingForTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := leaf().unit()
		c := client.New(u)
		begun := make(chan error, 2)
		go func() {
			_, err := c.Read(t.Context(), 9) // is silent for P2
			begun <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		defer cancel()
		_, err := c.Read(ctx, 4)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		go func() {
			_, err := c.Read(t.Context(), 4)
			begun <- err
		}()
		synctest.Wait()
		require.NoError(t, c.Close(t.Context()))
		require.ErrorIs(t, <-begun, net.ErrClosed, "whoever waits when Close comes")
		require.ErrorContains(t, <-begun, "P2")
		require.Equal(t, []string{"21 09"}, heard(u))
	})
}

package client_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/obd/uds/client"
)

var (
	together = "22 F1 86 F1 87"
	fixed    = []uds.Item{{DID: 0xF186, Length: 1}, {DID: 0xF187, Length: 2}}
	both     = []client.Read{{DID: 0xF186, Data: []byte{1}}, {DID: 0xF187, Data: []byte{2, 3}}}
	single   = map[string]string{"22 F1 86": "62 F1 86 01", "22 F1 87": "62 F1 87 02 03"}
)

func TestReadDataMulti(t *testing.T) {
	apart := []string{"22 F1 86", "22 F1 87"}
	cases := []struct {
		name     string
		answer   string // to the request of both
		items    []uds.Item
		requests []string
	}{
		{"at once", "62 F1 86 01 F1 87 02 03", fixed, []string{together}},
		{"another order", "62 F1 87 02 03 F1 86 01", fixed, []string{together}},
		{"first left out", "62 F1 87 02 03", fixed, []string{together, "22 F1 86"}},
		{"last left out", "62 F1 86 01", fixed, []string{together, "22 F1 87"}},
		{"length not fixed", "62 F1 86 01 F1 87 02 03", []uds.Item{{DID: 0xF186}, {DID: 0xF187, Length: 2}}, apart},
		{"refused", "7F 22 13", fixed, append([]string{together}, apart...)},
		{"too long to send", "7F 22 14", fixed, append([]string{together}, apart...)},
		{"shorter than its length", "62 F1 86 01 F1 87 02", fixed, append([]string{together}, apart...)},
		{"longer than its length", "62 F1 86 01 F1 87 02 03 04", fixed, append([]string{together}, apart...)},
		{"not asked for", "62 F1 86 01 F1 88 02 03", fixed, append([]string{together}, apart...)},
		{"another service", "50 03", fixed, append([]string{together}, apart...)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := book{answers: map[string]string{together: c.answer, "22 F1 86": single["22 F1 86"], "22 F1 87": single["22 F1 87"]}}.unit()
				reads, err := open(t, u).ReadDataMulti(t.Context(), c.items)
				require.NoError(t, err)
				require.Equal(t, both, reads)
				require.Equal(t, c.requests, u.Heard())
			})
		})
	}
}

func TestReadDataMultiOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads, err := open(t, book{answers: single}.unit()).ReadDataMulti(t.Context(), fixed[:1])
		require.NoError(t, err)
		require.Equal(t, both[:1], reads)
	})
}

func TestReadDataMultiOfNone(t *testing.T) {
	reads, err := client.New(book{}.unit()).ReadDataMulti(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, reads)
}

func TestReadDataMultiKeepsEachRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{answers: map[string]string{together: "62 F1 86 01", "22 F1 87": "7F 22 33"}}.unit()
		reads, err := open(t, u).ReadDataMulti(t.Context(), fixed)
		require.NoError(t, err)
		require.Equal(t, both[0], reads[0])
		require.Equal(t, uint16(0xF187), reads[1].DID)
		require.ErrorIs(t, reads[1].Err, uds.SecurityAccessDenied)
	})
}

func TestReadDataMultiOfASilentUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{}.unit()
		_, err := open(t, u).ReadDataMulti(t.Context(), fixed)
		require.ErrorAs(t, err, new(*transport.TimeoutError))
		require.Len(t, u.Requests(), 1)
	})
}

func TestReadDataMultiCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := exchangetest.New(address, func(n int, _ []byte) []reply {
			return [][]reply{{{Data: unhex("7F 22 13")}}, {{Data: unhex("62 F1 86 01")}}, nil}[n]
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*ms)
		defer cancel()
		begin := time.Now()
		reads, err := open(t, u).ReadDataMulti(ctx, fixed)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, both[:1], reads)
		require.Equal(t, 10*ms, time.Since(begin))
	})
}

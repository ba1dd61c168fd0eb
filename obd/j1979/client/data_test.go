package client_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/dtc"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/j1979"
	"github.com/untether-obd/untether/obd/j1979/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

func value(t *testing.T, text string) client.DTC {
	t.Helper()
	code, err := dtc.Parse(text)
	require.NoError(t, err)
	return client.DTC{Code: code}
}

func withState(d client.DTC, s dtc.State) client.DTC { d.State = s; return d }

func TestVehicleInformation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"0904": {say(ms, engine, "49 04 01 4A 4D 42 2A 33 36 37 36 31 35 30 30 00 00 00 00")},
			"0906": {say(ms, engine, "49 06 01 17 91 BC 82")},
			"090A": {say(ms, engine, "49 0A 01 45 43 4D 00 2D 45 6E 67 69 6E 65 43 6F 6E 74 72 6F 6C 00 00")},
		}.unit(engine)
		c := client.New(u, engine)
		ids, err := c.CalibrationIDs(t.Context())
		require.NoError(t, err)
		require.Equal(t, []client.Answer[[]string]{{From: engine, Value: []string{"JMB*36761500"}}}, ids)
		cvns, err := c.CVNs(t.Context())
		require.NoError(t, err)
		require.Equal(t, []client.Answer[[]uint32]{{From: engine, Value: []uint32{0x1791BC82}}}, cvns)
		name, err := c.ECUName(t.Context())
		require.NoError(t, err)
		require.Equal(t, []client.Answer[string]{{From: engine, Value: "ECM-EngineControl"}}, name)
	})
}

func TestDTCs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"03": {say(ms, engine, "43 02 04 20 00 00"), say(2*ms, transmission, "43 00")},
			"07": {say(ms, engine, "47 01 C1 00")},
			"0A": {say(ms, engine, "4A 01 04 20")},
		}.unit(group)
		c := client.New(u, group)
		stored, err := c.DTCs(t.Context(), client.Stored)
		require.NoError(t, err)
		require.Equal(t, []client.Answer[[]client.DTC]{
			{From: engine, Value: []client.DTC{withState(value(t, "P0420"), dtc.Confirmed)}}, {From: transmission},
		}, stored, "P0000 fills a place and is no code")
		pending, err := c.DTCs(t.Context(), client.Pending)
		require.NoError(t, err)
		require.Equal(t, []client.DTC{withState(value(t, "U0100"), dtc.Pending)}, pending[0].Value)
		permanent, err := c.DTCs(t.Context(), client.Permanent)
		require.NoError(t, err)
		require.Equal(t, []client.DTC{withState(value(t, "P0420"), dtc.Confirmed)}, permanent[0].Value)

		_, err = c.DTCs(t.Context(), client.Kind(4))
		require.Error(t, err)
		require.Equal(t, []string{"03", "07", "0A"}, sent(u), "04 is not sent")
	})
}

func TestMalformedCodes(t *testing.T) {
	for _, opts := range [][]client.Option{nil, {client.WithJ19792()}} {
		synctest.Test(t, func(t *testing.T) {
			u := script{"03": {say(ms, engine, "43 02 04 20")}, "194233081E": {say(ms, engine, "59 42 33 FF 1E")}}.unit(engine)
			answers, err := client.New(u, engine, opts...).DTCs(t.Context(), client.Stored)
			require.NoError(t, err)
			var protocol *transport.ProtocolError
			require.ErrorAs(t, answers[0].Err, &protocol)
			require.Contains(t, protocol.Clause, "trouble codes")
		})
	}
}

func ids(s j1979.Set) []byte { return slices.Collect(s.All()) }

func TestSupported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"0100": {say(ms, engine, "41 00 80 00 00 01"), say(2*ms, transmission, "41 00 40 00 00 00")},
			"0120": {say(ms, engine, "41 20 80 00 00 01")},
			"0140": nil, // promised and then silent
		}.unit(group)
		answers, err := client.New(u, group).Supported(t.Context(), j1979.CurrentData)
		require.NoError(t, err)
		require.Equal(t, []transport.Address{engine, transmission}, froms(answers))
		require.Equal(t, []byte{0x01, 0x20, 0x21, 0x40}, ids(answers[0].Value))
		require.Equal(t, []byte{0x02}, ids(answers[1].Value))
		require.Equal(t, []string{"0100", "0120", "0140"}, sent(u))
	})
}

func TestSupportedEndsAtE0(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := exchangetest.New(engine, func(_ int, req []byte) []exchangetest.Reply {
			return []exchangetest.Reply{{After: ms, Data: []byte{0x41, req[1], 0xFF, 0xFF, 0xFF, 0xFF}}}
		})
		answers, err := client.New(u, engine).Supported(t.Context(), j1979.CurrentData)
		require.NoError(t, err)
		require.Len(t, ids(answers[0].Value), 0xFF)
		require.Len(t, u.Requests(), 8)
	})
}

func TestSupportedOfEveryService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"020000": {say(ms, engine, "42 00 00 40 00 00 00")},
			"050001": {say(ms, engine, "45 00 01 80 00 00 00")},
			"0600":   {say(ms, engine, "46 00 80 00 00 00")},
			"0900":   {say(ms, engine, "49 00 40 00 00 00")},
		}.unit(engine)
		c := client.New(u, engine)
		for service, want := range map[byte][]byte{2: {2}, 5: {1}, 6: {1}, 9: {2}} {
			answers, err := c.Supported(t.Context(), service)
			require.NoError(t, err)
			require.NoError(t, answers[0].Err)
			require.Equal(t, want, ids(answers[0].Value))
		}
		_, err := c.Supported(t.Context(), 3)
		require.Error(t, err)
	})
}

func TestSupportedSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := client.New(script{}.unit(group), group).Supported(t.Context(), j1979.CurrentData)
		requireSilence(t, err, group)
	})
}

func TestSupportedRefusedAndMalformed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0100": {say(ms, engine, "7F 01 11"), say(2*ms, transmission, "41 00 80")}}.unit(group)
		answers, err := client.New(u, group).Supported(t.Context(), j1979.CurrentData)
		require.NoError(t, err)
		require.ErrorIs(t, answers[0].Err, uds.ServiceNotSupported)
		var protocol *transport.ProtocolError
		require.ErrorAs(t, answers[1].Err, &protocol)
	})
}

func TestCurrentSixAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"01010C0D1C4251": {say(ms, engine, "41 01 83 07 65 04 0C 1A F8 0D 32 1C 06 42 30 39"), say(2*ms, transmission, "41 0D 31")},
			"0105":           {say(ms, engine, "41 05 5A")},
			"01A6":           {say(ms, engine, "41 A6 00 01 23 45")},
		}.unit(group)
		answers, err := client.New(u, group).Current(t.Context(), 0x01, 0x0C, 0x0D, 0x1C, 0x42, 0x51, 0x05, 0xA6)
		require.NoError(t, err)
		require.Equal(t, []string{"01010C0D1C4251", "01A6", "0105"}, sent(u), "six at once, one of unknown length alone, the rest")
		require.Equal(t, []transport.Address{engine, transmission}, froms(answers))
		var pids []byte
		for _, v := range answers[0].Value {
			pids = append(pids, v.PID)
		}
		require.Equal(t, []byte{0x01, 0x0C, 0x0D, 0x1C, 0x42, 0xA6, 0x05}, pids, "51 is not supported")
		require.Equal(t, []j1979.Value{{PID: 0x0D, Data: []byte{0x31}}}, answers[1].Value)
	})
}

func TestCurrentOneByOneWhereSeveralAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"010C0D42": {say(ms, engine, "7F 01 12")},
			"010C":     {say(ms, engine, "41 0C 1A F8")},
			"010D":     {say(ms, engine, "41 0D 32")},
			"0142":     nil,
		}.unit(engine)
		answers, err := client.New(u, engine).Current(t.Context(), 0x0C, 0x0D, 0x42)
		require.NoError(t, err)
		require.Equal(t, []string{"010C0D42", "010C", "010D", "0142"}, sent(u))
		require.Len(t, answers, 1)
		require.NoError(t, answers[0].Err)
		require.Len(t, answers[0].Value, 2)
	})
}

func TestCurrentSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{}.unit(group)
		_, err := client.New(u, group).Current(t.Context(), 0x0C, 0x0D)
		requireSilence(t, err, group)
		require.Equal(t, []string{"010C0D"}, sent(u), "nobody refused, so they are not asked one by one")
	})
}

func TestCurrentKeepsWhatOneRequestOfManyBrought(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"010C": {say(ms, engine, "41 0C 1A F8")},
			"01A6": {say(ms, engine, "7F 01 12")},
		}.unit(engine)
		answers, err := client.New(u, engine).Current(t.Context(), 0x0C, 0xA6)
		require.NoError(t, err)
		require.Len(t, answers, 1)
		require.Len(t, answers[0].Value, 1)
		require.ErrorIs(t, answers[0].Err, uds.SubFunctionNotSupported)
	})
}

func TestCurrentStopsWhenTheConnFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"01A6": {say(ms, engine, "41 A6 00")}}.unit(engine)
		n := 0
		u.Refuse = func([]byte) error {
			if n++; n > 1 {
				return &transport.OpError{Op: "send", Address: engine, Err: transport.ErrNoAck}
			}
			return nil
		}
		answers, err := client.New(u, engine).Current(t.Context(), 0xA6, 0x0C, 0xA5)
		require.ErrorIs(t, err, transport.ErrNoAck)
		require.Len(t, answers, 1)
		require.Equal(t, 2, n)
	})
}

func TestCurrentOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{}.unit(engine)
		answers, err := client.New(u, engine).Current(t.Context())
		require.NoError(t, err)
		require.Empty(t, answers)
		require.Empty(t, u.Requests())
	})
}

func TestCurrentOfTwoUnitsOnOneIdentifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"01A6": {say(ms, engine, "41 A6 01"), say(2*ms, engine, "41 A6 02")},
			"010D": {say(ms, engine, "41 0D 01"), say(2*ms, engine, "41 0D 02")},
		}.unit(group)
		answers, err := client.New(u, group).Current(t.Context(), 0xA6, 0x0D)
		require.NoError(t, err)
		require.Len(t, answers, 2)
		for i, a := range answers {
			require.Equal(t, []j1979.Value{{PID: 0xA6, Data: []byte{byte(i + 1)}}, {PID: 0x0D, Data: []byte{byte(i + 1)}}}, a.Value)
		}
	})
}

func TestJ19792(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"22F802":     {say(ms, engine, "62 F8 02 01 57 42 41 38 45 39 43 35 30 47 4B 31 32 33 34 35 36")},
			"22F400":     {say(ms, engine, "62 F4 00 00 18 00 01")},
			"22F420":     {say(ms, engine, "62 F4 20 80 00 00 00")},
			"22F40C":     {say(ms, engine, "62 F4 0C 1A F8")},
			"22F40D":     {say(ms, engine, "62 F4 0D 32")},
			"194233081E": {say(ms, engine, "59 42 33 FF 1E 04 02 03 01 00 09 02 04 20 00 50")},
			"195533":     {say(ms, engine, "59 55 33 FF 04 03 01 7B 08")},
		}.unit(engine)
		c := client.New(u, engine, client.WithJ19792())
		vin, err := c.VIN(t.Context())
		require.NoError(t, err)
		require.Equal(t, []client.Answer[string]{{From: engine, Value: "WBA8E9C50GK123456"}}, vin)

		supported, err := c.Supported(t.Context(), j1979.CurrentData)
		require.NoError(t, err)
		require.Equal(t, []byte{0x0C, 0x0D, 0x20, 0x21}, ids(supported[0].Value))

		current, err := c.Current(t.Context(), 0x0C, 0x0D)
		require.NoError(t, err)
		require.Equal(t, []j1979.Value{{PID: 0x0C, Data: []byte{0x1A, 0xF8}}, {PID: 0x0D, Data: []byte{0x32}}}, current[0].Value)

		stored, err := c.DTCs(t.Context(), client.Stored)
		require.NoError(t, err)
		require.Equal(t, []client.DTC{
			withState(value(t, "P0301-00"), dtc.Active), withState(value(t, "P0420-00"), dtc.NoFault),
		}, stored[0].Value)
		permanent, err := c.DTCs(t.Context(), client.Permanent)
		require.NoError(t, err)
		require.Equal(t, []client.DTC{withState(value(t, "P0301-7B"), dtc.Confirmed)}, permanent[0].Value)

		_, err = c.Supported(t.Context(), j1979.FreezeFrame)
		require.Error(t, err)
		_, err = c.DTCs(t.Context(), client.Kind(4))
		require.Error(t, err)
	})
}

func TestJ19792Malformed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{
			"22F802": {say(ms, engine, "62 F8 02 57 42 41")},
			"22F400": {say(ms, engine, "62 F4 00 00 18 00")},
			"22F40D": {say(ms, engine, "62 F4 0D 32 00")},
			"22F40C": {say(ms, engine, "62 F4")},
		}.unit(engine)
		c := client.New(u, engine, client.WithJ19792())
		var protocol *transport.ProtocolError
		vin, err := c.VIN(t.Context())
		require.NoError(t, err)
		require.ErrorAs(t, vin[0].Err, &protocol)
		supported, err := c.Supported(t.Context(), j1979.CurrentData)
		require.NoError(t, err)
		require.ErrorAs(t, supported[0].Err, &protocol)
		for _, pid := range []byte{0x0C, 0x0D} {
			current, err := c.Current(t.Context(), pid)
			require.NoError(t, err)
			require.ErrorAs(t, current[0].Err, &protocol)
		}
	})
}

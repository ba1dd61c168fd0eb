package uds_test

import (
	"encoding"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/uds"
)

// message is what every request and response can do.
type message interface {
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(tb, err)
	return b
}

// bothWays are messages whose bytes and value say the same.
var bothWays = []struct {
	name  string
	bytes string
	value message
	empty message
}{
	{"10 session", "10 03", &uds.SessionControlRequest{Session: 3}, &uds.SessionControlRequest{}},
	{"10 suppressed", "10 83", &uds.SessionControlRequest{Session: 3, Suppress: true}, &uds.SessionControlRequest{}},
	{
		"50 P2 in 1 ms, P2* in 10 ms", "50 03 00 32 01 F4",
		&uds.SessionControlResponse{Session: 3, P2: 50 * time.Millisecond, P2Star: 5 * time.Second}, &uds.SessionControlResponse{},
	},
	{"50 timing absent", "50 03", &uds.SessionControlResponse{Session: 3}, &uds.SessionControlResponse{}},
	{
		"50 longest times", "50 7F FF FF FF FF",
		&uds.SessionControlResponse{Session: 0x7F, P2: 65535 * time.Millisecond, P2Star: 655350 * time.Millisecond}, &uds.SessionControlResponse{},
	},
	{"3E", "3E 00", &uds.TesterPresentRequest{}, &uds.TesterPresentRequest{}},
	{"3E suppressed", "3E 80", &uds.TesterPresentRequest{Suppress: true}, &uds.TesterPresentRequest{}},
	{"7E", "7E 00", &uds.TesterPresentResponse{}, &uds.TesterPresentResponse{}},

	{"11", "11 01", &uds.ResetRequest{Type: 1}, &uds.ResetRequest{}},
	{"51", "51 01", &uds.ResetResponse{Type: 1}, &uds.ResetResponse{}},
	{"51 power-down time", "51 04 FF", &uds.ResetResponse{Type: uds.RapidPowerShutDown, PowerDown: 0xFF}, &uds.ResetResponse{}},

	{"14 group", "14 FF FF FF", &uds.ClearDTCsRequest{Group: 0xFFFFFF}, &uds.ClearDTCsRequest{}},
	{"14 memory selection", "14 FF FF 33 10", &uds.ClearDTCsRequest{Group: 0xFFFF33, HasMemory: true, Memory: 0x10}, &uds.ClearDTCsRequest{}},
	{"54", "54", &uds.ClearDTCsResponse{}, &uds.ClearDTCsResponse{}},

	{"19 01 request", "19 01 09", &uds.ReadDTCsRequest{Report: uds.ReportCount, Mask: 9}, &uds.ReadDTCsRequest{}},
	{"19 02 request", "19 02 FF", &uds.ReadDTCsRequest{Report: uds.ReportByStatus, Mask: 0xFF}, &uds.ReadDTCsRequest{}},
	{"19 02 suppressed", "19 82 FF", &uds.ReadDTCsRequest{Report: 2, Suppress: true, Mask: 0xFF}, &uds.ReadDTCsRequest{}},
	{"19 03 request", "19 03", &uds.ReadDTCsRequest{Report: uds.ReportSnapshotIDs}, &uds.ReadDTCsRequest{}},
	{"19 04 request", "19 04 01 02 03 FF", &uds.ReadDTCsRequest{Report: uds.ReportSnapshots, DTC: 0x010203, Record: 0xFF}, &uds.ReadDTCsRequest{}},
	{"19 06 request", "19 06 01 02 03 05", &uds.ReadDTCsRequest{Report: uds.ReportExtendedData, DTC: 0x010203, Record: 5}, &uds.ReadDTCsRequest{}},
	{"19 0A request", "19 0A", &uds.ReadDTCsRequest{Report: uds.ReportSupported}, &uds.ReadDTCsRequest{}},
	{"19 42 request", "19 42 33 08 1E", &uds.ReadDTCsRequest{Report: uds.ReportByGroup, Group: 0x33, Mask: 8, Severity: 0x1E}, &uds.ReadDTCsRequest{}},
	{"19 55 request", "19 55 33", &uds.ReadDTCsRequest{Report: uds.ReportPermanent, Group: 0x33}, &uds.ReadDTCsRequest{}},
	{"19 other request", "19 18 01 02 03 04 05", &uds.ReadDTCsRequest{Report: 0x18, Raw: []byte{1, 2, 3, 4, 5}}, &uds.ReadDTCsRequest{}},
	{"19 01 response", "59 01 2F 01 01 02", &uds.ReadDTCsResponse{Report: 1, Available: 0x2F, Format: 1, Count: 0x0102}, &uds.ReadDTCsResponse{}},
	{
		"19 02 response", "59 02 7F 0A 9B 17 24 80 51 11 2F",
		&uds.ReadDTCsResponse{Report: 2, Available: 0x7F, DTCs: []uds.DTC{{Code: 0x0A9B17, Status: 0x24}, {Code: 0x805111, Status: 0x2F}}},
		&uds.ReadDTCsResponse{},
	},
	{"19 02 no codes", "59 02 7F", &uds.ReadDTCsResponse{Report: 2, Available: 0x7F}, &uds.ReadDTCsResponse{}},
	{
		"19 03 response", "59 03 01 02 03 01 01 02 03 02",
		&uds.ReadDTCsResponse{Report: 3, DTCs: []uds.DTC{{Code: 0x010203, Record: 1}, {Code: 0x010203, Record: 2}}},
		&uds.ReadDTCsResponse{},
	},
	{
		"19 04 response", "59 04 01 02 03 2F 01 01 F1 90 AA",
		&uds.ReadDTCsResponse{Report: 4, DTCs: []uds.DTC{{Code: 0x010203, Status: 0x2F}}, Raw: []byte{1, 1, 0xF1, 0x90, 0xAA}},
		&uds.ReadDTCsResponse{},
	},
	{
		"19 06 response", "59 06 01 02 03 2F 05 17",
		&uds.ReadDTCsResponse{Report: 6, DTCs: []uds.DTC{{Code: 0x010203, Status: 0x2F}}, Raw: []byte{5, 0x17}},
		&uds.ReadDTCsResponse{},
	},
	{
		"19 0A response", "59 0A FF 01 02 03 00",
		&uds.ReadDTCsResponse{Report: 0x0A, Available: 0xFF, DTCs: []uds.DTC{{Code: 0x010203}}}, &uds.ReadDTCsResponse{},
	},
	{
		"19 42 response", "59 42 33 FF 1E 04 20 01 02 03 2F",
		&uds.ReadDTCsResponse{
			Report: 0x42, Group: 0x33, Available: 0xFF, Severities: 0x1E, Format: 4,
			DTCs: []uds.DTC{{Severity: 0x20, Code: 0x010203, Status: 0x2F}},
		}, &uds.ReadDTCsResponse{},
	},
	{
		"19 55 response", "59 55 33 AB 02 21 43 65 87 EF CD AB 89",
		&uds.ReadDTCsResponse{
			Report: 0x55, Group: 0x33, Available: 0xAB, Format: 2,
			DTCs: []uds.DTC{{Code: 0x214365, Status: 0x87}, {Code: 0xEFCDAB, Status: 0x89}},
		}, &uds.ReadDTCsResponse{},
	},
	{"19 other response", "59 14 01 02 03 04", &uds.ReadDTCsResponse{Report: 0x14, Raw: []byte{1, 2, 3, 4}}, &uds.ReadDTCsResponse{}},

	{"22 one", "22 F1 90", &uds.ReadDataRequest{DIDs: []uint16{0xF190}}, &uds.ReadDataRequest{}},
	{"22 several", "22 F1 90 F1 8C", &uds.ReadDataRequest{DIDs: []uint16{0xF190, 0xF18C}}, &uds.ReadDataRequest{}},
	{"62", "62 F1 86 03", &uds.ReadDataResponse{Records: []uds.DataRecord{{DID: 0xF186, Data: []byte{3}}}}, &uds.ReadDataResponse{}},
	{"62 empty value", "62 F1 86", &uds.ReadDataResponse{Records: []uds.DataRecord{{DID: 0xF186}}}, &uds.ReadDataResponse{}},

	{"27 seed", "27 01", &uds.SecurityAccessRequest{Level: 1}, &uds.SecurityAccessRequest{}},
	{"27 key", "27 82 AA BB", &uds.SecurityAccessRequest{Level: 2, Suppress: true, Data: []byte{0xAA, 0xBB}}, &uds.SecurityAccessRequest{}},
	{"67 seed", "67 01 12 34", &uds.SecurityAccessResponse{Level: 1, Seed: []byte{0x12, 0x34}}, &uds.SecurityAccessResponse{}},
	{"67 key", "67 02", &uds.SecurityAccessResponse{Level: 2}, &uds.SecurityAccessResponse{}},

	{"28", "28 01 03", &uds.CommunicationControlRequest{Control: 1, Type: 3}, &uds.CommunicationControlRequest{}},
	{"28 node 04", "28 84 01 00 0A", &uds.CommunicationControlRequest{Control: 4, Suppress: true, Type: 1, Node: 0x0A}, &uds.CommunicationControlRequest{}},
	{"28 node 05", "28 05 01 01 02", &uds.CommunicationControlRequest{Control: 5, Type: 1, Node: 0x0102}, &uds.CommunicationControlRequest{}},
	{"68", "68 01", &uds.CommunicationControlResponse{Control: 1}, &uds.CommunicationControlResponse{}},

	{"29 00", "29 00", &uds.AuthenticationRequest{}, &uds.AuthenticationRequest{}},
	{
		"29 01 certificate and challenge", "29 01 00 00 02 AA BB 00 00",
		&uds.AuthenticationRequest{Task: 1, Fixed: []byte{0}, Params: [][]byte{{0xAA, 0xBB}, {}}}, &uds.AuthenticationRequest{},
	},
	{"29 03 proof and key", "29 03 00 01 AA 00 01 BB", &uds.AuthenticationRequest{Task: 3, Params: [][]byte{{0xAA}, {0xBB}}}, &uds.AuthenticationRequest{}},
	{"29 04 evaluation id", "29 84 12 34 00 01 AA", &uds.AuthenticationRequest{Task: 4, Suppress: true, Fixed: []byte{0x12, 0x34}, Params: [][]byte{{0xAA}}}, &uds.AuthenticationRequest{}},
	{
		"29 05 algorithm", "29 05 01 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F",
		&uds.AuthenticationRequest{Task: 5, Fixed: []byte{1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}, &uds.AuthenticationRequest{},
	},
	{"69 01 challenge", "69 01 11 00 02 12 34 00 00", &uds.AuthenticationResponse{Task: 1, Return: 0x11, Params: [][]byte{{0x12, 0x34}, {}}}, &uds.AuthenticationResponse{}},
	{
		"69 06 algorithm", "69 06 12 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 00 01 AA",
		&uds.AuthenticationResponse{Task: 6, Return: 0x12, Fixed: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, Params: [][]byte{{0xAA}}},
		&uds.AuthenticationResponse{},
	},
	{"69 08", "69 08 02", &uds.AuthenticationResponse{Task: 8, Return: 2}, &uds.AuthenticationResponse{}},

	{"2A", "2A 01 00 01", &uds.ReadPeriodicRequest{Mode: 1, IDs: []byte{0, 1}}, &uds.ReadPeriodicRequest{}},
	{"2A stop all", "2A 04", &uds.ReadPeriodicRequest{Mode: 4}, &uds.ReadPeriodicRequest{}},
	{"6A", "6A", &uds.ReadPeriodicResponse{}, &uds.ReadPeriodicResponse{}},
	{"2E", "2E F1 98 01 02", &uds.WriteDataRequest{DID: 0xF198, Data: []byte{1, 2}}, &uds.WriteDataRequest{}},
	{"6E", "6E F1 98", &uds.WriteDataResponse{DID: 0xF198}, &uds.WriteDataResponse{}},
	{"2F", "2F 12 34 03 01", &uds.IOControlRequest{DID: 0x1234, Control: 3, State: []byte{1}}, &uds.IOControlRequest{}},
	{"6F", "6F 12 34 00", &uds.IOControlResponse{DID: 0x1234}, &uds.IOControlResponse{}},
	{"31", "31 01 02 03 AA", &uds.RoutineControlRequest{Control: uds.StartRoutine, RID: 0x0203, Option: []byte{0xAA}}, &uds.RoutineControlRequest{}},
	{"31 suppressed", "31 82 02 03", &uds.RoutineControlRequest{Control: uds.StopRoutine, Suppress: true, RID: 0x0203}, &uds.RoutineControlRequest{}},
	{"71", "71 03 02 03 02", &uds.RoutineControlResponse{Control: uds.RoutineResults, RID: 0x0203, Status: []byte{2}}, &uds.RoutineControlResponse{}},

	{
		"34 address and length format", "34 11 33 60 20 00 00 FF FF",
		&uds.TransferRequest{Format: 0x11, Address: 0x602000, AddressBytes: 3, Size: 0xFFFF, SizeBytes: 3}, &uds.TransferRequest{},
	},
	{
		"35 widths differ", "35 00 14 00 00 10 00 20",
		&uds.TransferRequest{Upload: true, Address: 0x1000, AddressBytes: 4, Size: 0x20, SizeBytes: 1}, &uds.TransferRequest{},
	},
	{
		"34 widest", "34 00 88 FF FF FF FF FF FF FF FF 00 00 00 00 00 00 00 01",
		&uds.TransferRequest{Address: 1<<64 - 1, AddressBytes: 8, Size: 1, SizeBytes: 8}, &uds.TransferRequest{},
	},
	{"74 length format", "74 20 00 81", &uds.TransferResponse{Block: 0x81, BlockBytes: 2}, &uds.TransferResponse{}},
	{"75", "75 10 81", &uds.TransferResponse{Upload: true, Block: 0x81, BlockBytes: 1}, &uds.TransferResponse{}},
	{"36", "36 01 AA BB", &uds.TransferDataRequest{Counter: 1, Data: []byte{0xAA, 0xBB}}, &uds.TransferDataRequest{}},
	{"76", "76 01", &uds.TransferDataResponse{Counter: 1}, &uds.TransferDataResponse{}},
	{"37", "37", &uds.TransferExitRequest{}, &uds.TransferExitRequest{}},
	{"77", "77 AA", &uds.TransferExitResponse{Data: []byte{0xAA}}, &uds.TransferExitResponse{}},

	{"85", "85 02", &uds.ControlDTCsRequest{Setting: 2}, &uds.ControlDTCsRequest{}},
	{"85 option", "85 82 FF FF FF", &uds.ControlDTCsRequest{Setting: 2, Suppress: true, Option: []byte{0xFF, 0xFF, 0xFF}}, &uds.ControlDTCsRequest{}},
	{"C5", "C5 02", &uds.ControlDTCsResponse{Setting: 2}, &uds.ControlDTCsResponse{}},
}

func TestBothWays(t *testing.T) {
	for _, c := range bothWays {
		t.Run(c.name, func(t *testing.T) {
			want := unhex(t, c.bytes)
			got, err := c.value.AppendBinary([]byte{0xEE})
			require.NoError(t, err)
			require.Equal(t, append([]byte{0xEE}, want...), got, "encoded")
			require.NoError(t, c.empty.UnmarshalBinary(want))
			require.Empty(t, cmp.Diff(c.value, c.empty))
		})
	}
}

func TestDecodedValuesDoNotShareTheMessage(t *testing.T) {
	for _, c := range bothWays {
		msg := unhex(t, c.bytes)
		require.NoError(t, c.empty.UnmarshalBinary(msg))
		clear(msg)
		require.Empty(t, cmp.Diff(c.value, c.empty), c.name)
	}
}

// Every message cut short is an error or another message that is sound: it
// never decodes to what it was.
func TestCutShort(t *testing.T) {
	for _, c := range bothWays {
		msg := unhex(t, c.bytes)
		for n := range msg {
			if err := c.empty.UnmarshalBinary(msg[:n]); err == nil {
				require.NotEmpty(t, cmp.Diff(c.value, c.empty), "%s cut to %d bytes", c.name, n)
			}
		}
	}
}

func TestMalformed(t *testing.T) {
	cases := []struct {
		name  string
		bytes string
		into  message
		want  uds.FormatError
	}{
		{"no message", "", &uds.ReadDataRequest{}, uds.FormatError{Service: 0x22, Field: "service", Got: "nothing", Want: "22"}},
		{"other service", "63 F1 90", &uds.ReadDataResponse{}, uds.FormatError{Service: 0x62, Field: "service", Got: "63", Want: "62"}},
		{"neither 34 nor 35", "36 00", &uds.TransferRequest{}, uds.FormatError{Service: 0x34, Field: "service", Got: "36", Want: "34"}},
		{"sub-function missing", "10", &uds.SessionControlRequest{}, uds.FormatError{Service: 0x10, Field: "sub-function", Got: "0 bytes", Want: "1 byte"}},
		{"response with suppress bit", "50 83", &uds.SessionControlResponse{}, uds.FormatError{Service: 0x50, Field: "sub-function", Got: "83", Want: "at most 7F"}},
		{"half a timing record", "50 03 00 32", &uds.SessionControlResponse{}, uds.FormatError{Service: 0x50, Field: "P2*", Got: "0 bytes", Want: "2 bytes"}},
		{"timing record too long", "50 03 00 32 01 F4 00", &uds.SessionControlResponse{}, uds.FormatError{Service: 0x50, Field: "end of message", Got: "1 byte more", Want: "none"}},
		{"3E 01 is KWP", "3E 01", &uds.TesterPresentRequest{}, uds.FormatError{Service: 0x3E, Field: "sub-function", Got: "01", Want: "00"}},
		{"7E 01", "7E 01", &uds.TesterPresentResponse{}, uds.FormatError{Service: 0x7E, Field: "sub-function", Got: "01", Want: "00"}},
		{"power-down time missing", "51 04", &uds.ResetResponse{}, uds.FormatError{Service: 0x51, Field: "power-down time", Got: "0 bytes", Want: "1 byte"}},
		{"power-down time of another reset", "51 01 05", &uds.ResetResponse{}, uds.FormatError{Service: 0x51, Field: "end of message", Got: "1 byte more", Want: "none"}},
		{"two bytes of a group", "14 FF FF", &uds.ClearDTCsRequest{}, uds.FormatError{Service: 0x14, Field: "group", Got: "2 bytes", Want: "3 bytes"}},
		{"status missing", "59 02 FF 01 02 03", &uds.ReadDTCsResponse{}, uds.FormatError{Service: 0x59, Field: "status", Got: "0 bytes", Want: "1 byte"}},
		{"half an identifier", "22 F1 90 F1", &uds.ReadDataRequest{}, uds.FormatError{Service: 0x22, Field: "data identifier", Got: "1 byte", Want: "2 bytes"}},
		{"parameter longer than the message", "29 03 FF FF AA", &uds.AuthenticationRequest{}, uds.FormatError{Service: 0x29, Field: "parameter 1", Got: "1 byte", Want: "65535 bytes"}},
		{"address of no bytes", "34 00 10 01", &uds.TransferRequest{}, uds.FormatError{Service: 0x34, Field: "width of memory address", Got: "0 bytes", Want: "1 to 8 bytes"}},
		{"size of nine bytes", "34 00 91 01 00 00 00 00 00 00 00 00 00", &uds.TransferRequest{}, uds.FormatError{Service: 0x34, Field: "width of memory size", Got: "9 bytes", Want: "1 to 8 bytes"}},
		{"low half of the length format", "74 21 00 81", &uds.TransferResponse{}, uds.FormatError{Service: 0x74, Field: "length format", Got: "21", Want: "a low half of 0"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.into.UnmarshalBinary(unhex(t, c.bytes))
			var format *uds.FormatError
			require.ErrorAs(t, err, &format)
			require.Equal(t, c.want, *format)
			require.Contains(t, err.Error(), c.want.Field)
		})
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	cases := map[string]struct {
		value encoding.BinaryAppender
		field string
	}{
		"sub-function with bit 7": {uds.SessionControlRequest{Session: 0x83}, "sub-function"},
		"negative P2":             {uds.SessionControlResponse{P2: -1}, "P2"},
		"P2 beyond 16 bits":       {uds.SessionControlResponse{P2: 65536 * time.Millisecond}, "P2"},
		"P2* beyond 16 bits":      {uds.SessionControlResponse{P2Star: 655351 * time.Millisecond}, "P2*"},
		"group of 25 bits":        {uds.ClearDTCsRequest{Group: 1 << 24}, "trouble code"},
		"code of 25 bits":         {uds.ReadDTCsRequest{Report: 4, DTC: 1 << 24}, "trouble code"},
		"entry of 25 bits":        {uds.ReadDTCsResponse{Report: 2, DTCs: []uds.DTC{{Code: 1 << 24}}}, "trouble code"},
		"snapshots of two codes":  {uds.ReadDTCsResponse{Report: 4, DTCs: make([]uds.DTC, 2)}, "trouble codes"},
		"report with bit 7":       {uds.ReadDTCsResponse{Report: 0x82}, "sub-function"},
		"request of nothing":      {uds.ReadDataRequest{}, "data identifiers"},
		"response of nothing":     {uds.ReadDataResponse{}, "data records"},
		"fixed fields too short":  {uds.AuthenticationRequest{Task: 1}, "fixed fields"},
		"parameter beyond 16 bit": {uds.AuthenticationResponse{Params: [][]byte{make([]byte, 1<<16)}}, "parameter 1"},
		"address in too few":      {uds.TransferRequest{Address: 0x100, AddressBytes: 1}, "width of memory address"},
		"size in nine bytes":      {uds.TransferRequest{SizeBytes: 9}, "width of memory size"},
		"block in too few":        {uds.TransferResponse{Block: 1 << 16, BlockBytes: 2}, "width of longest block"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.value.AppendBinary(nil)
			var format *uds.FormatError
			require.ErrorAs(t, err, &format)
			require.Equal(t, c.field, format.Field)
		})
	}
}

func TestTimesAreRoundedUp(t *testing.T) {
	b, err := uds.SessionControlResponse{Session: 1, P2: 49*time.Millisecond + 1, P2Star: 4991 * time.Millisecond}.AppendBinary(nil)
	require.NoError(t, err)
	require.Equal(t, unhex(t, "50 01 00 32 01 F4"), b)
}

func TestShortestWidths(t *testing.T) {
	b, err := uds.TransferRequest{Address: 0x012345, Size: 0}.AppendBinary(nil)
	require.NoError(t, err)
	require.Equal(t, unhex(t, "34 00 13 01 23 45 00"), b)
}

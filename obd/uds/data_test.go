package uds_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/uds"
)

func TestSeveralIdentifiers(t *testing.T) {
	items := []uds.Item{{DID: 0xF186, Length: 1}, {DID: 0xF190, Length: 3}}
	session := uds.DataRecord{DID: 0xF186, Data: []byte{3}}
	vin := uds.DataRecord{DID: 0xF190, Data: []byte{0xF1, 0x86, 1}}
	cases := []struct {
		name  string
		bytes string
		want  []uds.DataRecord
		field string
	}{
		{"all", "62 F1 86 03 F1 90 F1 86 01", []uds.DataRecord{session, vin}, ""},
		{"another order", "62 F1 90 F1 86 01 F1 86 03", []uds.DataRecord{vin, session}, ""},
		{"one left out", "62 F1 90 F1 86 01", []uds.DataRecord{vin}, ""},
		{"value shorter than its length", "62 F1 86 03 F1 90 F1 86", nil, "value of F190"},
		{"value longer than its length", "62 F1 90 F1 86 01 00", nil, "data identifier"},
		{"not asked for", "62 F1 86 03 F1 87 01", nil, "data identifier"},
		{"twice", "62 F1 86 03 F1 86 03", nil, "data identifier"},
		{"none", "62", nil, "data identifier"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got uds.ReadDataResponse
			err := got.UnmarshalItems(unhex(t, c.bytes), items)
			if c.field != "" {
				var format *uds.FormatError
				require.ErrorAs(t, err, &format)
				require.Equal(t, c.field, format.Field)
				return
			}
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(c.want, got.Records))
		})
	}
}

func TestNegativeLengthIsAnError(t *testing.T) {
	var got uds.ReadDataResponse
	require.Error(t, got.UnmarshalItems(unhex(t, "62 F1 86 03"), []uds.Item{{DID: 0xF186, Length: -1}}))
}

func lengths(did uint16) (int, bool) {
	n, ok := map[uint16]int{0x0100: 1, 0x0200: 2}[did]
	return n, ok
}

func TestSnapshots(t *testing.T) {
	one := uds.DataRecord{DID: 0x0100, Data: []byte{0xAA}}
	two := uds.DataRecord{DID: 0x0200, Data: []byte{0xBB, 0xCC}}
	cases := []struct {
		name  string
		bytes string
		want  []uds.Snapshot
		field string
	}{
		{"none stored", "", nil, ""},
		{"two records", "01 02 01 00 AA 02 00 BB CC 02 01 01 00 AA", []uds.Snapshot{
			{Record: 1, Data: []uds.DataRecord{one, two}},
			{Record: 2, Data: []uds.DataRecord{one}},
		}, ""},
		{"number of identifiers not told", "01 00 01 00 AA 02 00 BB CC", []uds.Snapshot{{Record: 1, Data: []uds.DataRecord{one, two}}}, ""},
		{"number of identifiers missing", "01", nil, "number of identifiers"},
		{"length not known", "01 01 03 00 AA", nil, "data identifier"},
		{"fewer than told", "01 02 01 00 AA", nil, "data identifier"},
		{"value too short", "01 01 02 00 BB", nil, "value of 0200"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := uds.ReadDTCsResponse{Report: uds.ReportSnapshots, Raw: unhex(t, c.bytes)}
			got, err := r.Snapshots(lengths)
			requireField(t, err, c.field)
			require.Empty(t, cmp.Diff(c.want, got))
		})
	}
}

func TestExtendedData(t *testing.T) {
	length := func(record byte) (int, bool) { return int(record), record < 4 }
	cases := []struct {
		name  string
		bytes string
		want  []uds.ExtendedData
		field string
	}{
		{"none stored", "", nil, ""},
		{"two records", "01 AA 02 BB CC", []uds.ExtendedData{{Record: 1, Data: []byte{0xAA}}, {Record: 2, Data: []byte{0xBB, 0xCC}}}, ""},
		{"length not known", "04 AA", nil, "extended data record"},
		{"value too short", "03 AA", nil, "extended data record 03"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := uds.ReadDTCsResponse{Report: uds.ReportExtendedData, Raw: unhex(t, c.bytes)}
			got, err := r.ExtendedData(length)
			requireField(t, err, c.field)
			require.Empty(t, cmp.Diff(c.want, got))
		})
	}
}

// requireField wants no error, or a FormatError of the field.
func requireField(t *testing.T, err error, field string) {
	t.Helper()
	if field == "" {
		require.NoError(t, err)
		return
	}
	var format *uds.FormatError
	require.ErrorAs(t, err, &format)
	require.Equal(t, field, format.Field)
}

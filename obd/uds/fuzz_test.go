package uds_test

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/uds"
)

// FuzzMessages feeds every decoder: what one of them accepts, it encodes to a
// message that means the same.
func FuzzMessages(f *testing.F) {
	kinds := map[reflect.Type]bool{}
	for _, c := range bothWays {
		kinds[reflect.TypeOf(c.empty).Elem()] = true
		f.Add(unhex(f, c.bytes))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		for kind := range kinds {
			first := reflect.New(kind).Interface().(message)
			if first.UnmarshalBinary(msg) != nil {
				continue
			}
			encoded, err := first.AppendBinary(nil)
			require.NoError(t, err)
			require.LessOrEqual(t, len(encoded), len(msg))
			second := reflect.New(kind).Interface().(message)
			require.NoError(t, second.UnmarshalBinary(encoded))
			require.Empty(t, cmp.Diff(first, second))
		}
	})
}

// FuzzItems splits a response by lengths and puts it together again.
func FuzzItems(f *testing.F) {
	f.Add(unhex(f, "62 F1 86 03 F1 90 41 42"), uint16(0xF186), 1, uint16(0xF190), 2)
	f.Add(unhex(f, "62 00 00"), uint16(0), 0, uint16(0), -1)
	f.Fuzz(func(t *testing.T, msg []byte, a uint16, aLen int, b uint16, bLen int) {
		var r uds.ReadDataResponse
		if r.UnmarshalItems(msg, []uds.Item{{DID: a, Length: aLen}, {DID: b, Length: bLen}}) != nil {
			return
		}
		encoded, err := r.AppendBinary(nil)
		require.NoError(t, err)
		require.Equal(t, msg, encoded)
	})
}

// FuzzRecords splits the records of the reports 04 and 06 and puts them
// together again.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{1, 2, 1, 0, 0xAA, 2, 0, 0xBB, 0xCC})
	f.Add([]byte{1, 0, 1, 0, 0xAA})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := uds.ReadDTCsResponse{Raw: raw}
		if list, err := r.Snapshots(lengths); err == nil {
			require.True(t, bytes.Equal(raw, joinSnapshots(raw, list)))
		}
		if list, err := r.ExtendedData(func(n byte) (int, bool) { return int(n % 4), n < 0x80 }); err == nil {
			joined := raw[:0:0]
			for _, e := range list {
				joined = append(append(joined, e.Record), e.Data...)
			}
			require.True(t, bytes.Equal(raw, joined))
		}
	})
}

func joinSnapshots(raw []byte, list []uds.Snapshot) []byte {
	joined := raw[:0:0]
	for _, s := range list {
		n := byte(len(s.Data))
		if raw[len(joined)+1] == 0 {
			n = 0
		}
		joined = append(joined, s.Record, n)
		for _, d := range s.Data {
			joined = append(binary.BigEndian.AppendUint16(joined, d.DID), d.Data...)
		}
	}
	return joined
}

package inspect

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

func TestDecode(t *testing.T) {
	imei := profiles.Field{Name: "imei", Type: profiles.TypeText, Identifier: "imei"}
	status := profiles.Field{Name: "status", Type: profiles.TypeUint, Length: 1, Signal: "connected-services", Values: map[string]string{"04": "active"}}
	for _, c := range []struct {
		name    string
		read    profiles.Read
		data    string
		values  []string // of identifiers
		signals []signal
		unknown []string
		err     string
	}{
		{name: "text to the end", read: profiles.Read{Fields: []profiles.Field{imei}}, data: "490154203237518", values: []string{"490154203237518"}},
		{
			name: "text ends at NUL, the next field follows", read: profiles.Read{Fields: []profiles.Field{imei, status}}, data: "490154203237518\x00\x04",
			values: []string{"490154203237518"}, signals: []signal{{telematics.ConnectedServices, "active", "04"}},
		},
		{
			name: "text padded to its length", read: profiles.Read{Fields: []profiles.Field{{Name: "imei", Type: profiles.TypeText, Length: 17, Identifier: "imei"}, status}},
			data: "490154203237518\x00\x00\x04", values: []string{"490154203237518"}, signals: []signal{{telematics.ConnectedServices, "active", "04"}},
		},
		{
			name: "a state without a word is unknown, and told", read: profiles.Read{Fields: []profiles.Field{status}}, data: "\x07",
			signals: []signal{{telematics.ConnectedServices, "unknown", "07"}}, unknown: []string{"07"},
		},
		{
			name: "a default is a word", read: profiles.Read{Fields: []profiles.Field{{Name: "s", Type: profiles.TypeUint, Length: 1, Signal: "connected-services", Values: map[string]string{"04": "active"}, Default: "inactive"}}},
			data: "\x07", signals: []signal{{telematics.ConnectedServices, "inactive", "07"}},
		},
		{name: "short: what came before is kept", read: profiles.Read{Fields: []profiles.Field{imei, status}}, data: "490154203237518\x00", values: []string{"490154203237518"}, err: `ends before "status"`},
		{name: "another length than the profile fixes", read: profiles.Read{Length: 2, Fields: []profiles.Field{status}}, data: "\x04", signals: []signal{{telematics.ConnectedServices, "active", "04"}}, err: "1 bytes of data, want 2"},
		{
			name: "present and absent", read: profiles.Read{Fields: []profiles.Field{
				{Name: "a", Type: profiles.TypeText, Signal: "provisioning", Present: "provisioned", Absent: "not-provisioned"},
				{Name: "b", Type: profiles.TypeText, Signal: "provisioning", Present: "provisioned", Absent: "not-provisioned"},
			}}, data: "X\x00\x00",
			signals: []signal{{telematics.Provisioning, "provisioned", ""}, {telematics.Provisioning, "not-provisioned", ""}},
		},
		{
			name: "a group counts what is present", read: profiles.Read{Fields: []profiles.Field{{
				Name: "phones", Repeat: 4, Count: true, Signal: "paired-phones",
				Fields: []profiles.Field{{Name: "phone", Type: profiles.TypeHex, Length: 2}},
			}}}, data: "\x12\x34\x00\x00\xFF\xFF\x56\x78", signals: []signal{{telematics.PairedPhones, "2", ""}},
		},
		{
			name: "an empty slot of a group holds no identifier", read: profiles.Read{Fields: []profiles.Field{{
				Name: "profiles", Repeat: 2, Fields: []profiles.Field{imei, {Name: "s", Type: profiles.TypeSkip, Length: 1}},
			}}}, data: "490154203237518\x00\x01\x00\x00", values: []string{"490154203237518"},
		},
		{name: "BCD", read: profiles.Read{Fields: []profiles.Field{{Name: "imei", Type: profiles.TypeBCD, Length: 8, Identifier: "imei"}}}, data: "\x49\x01\x54\x20\x32\x37\x51\x8F", values: []string{"490154203237518"}},
		{name: "nibbles swapped", read: profiles.Read{Fields: []profiles.Field{{Name: "imei", Type: profiles.TypeSwapped, Length: 8, Identifier: "imei"}}}, data: "\x94\x10\x45\x02\x23\x73\x15\xF8", values: []string{"490154203237518"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(&c.read, []byte(c.data))
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
			var values []string
			for _, id := range got.identifiers {
				values = append(values, id.Value)
			}
			require.Equal(t, c.values, values)
			require.Empty(t, cmp.Diff(c.signals, got.signals, cmp.AllowUnexported(signal{})))
			require.Equal(t, c.unknown, got.unknown)
		})
	}
}

// FuzzDecode: whatever a unit answers, every layout of every profile takes it.
func FuzzDecode(f *testing.F) {
	set, err := profiles.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("490154203237518\x00\x04"))
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, p := range set.All() {
			for _, u := range p.Units {
				for i := range u.Reads {
					_, _ = decode(&u.Reads[i], data)
				}
			}
		}
	})
}

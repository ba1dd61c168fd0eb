package profiles

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

// told is what a Candidate says, for tables.
type told struct {
	ID   string
	By   telematics.MatchedBy
	Make string
	Year int
}

func tell(found []Candidate) (list []told) {
	for _, c := range found {
		list = append(list, told{c.Profile.ID, c.MatchedBy, c.Make, c.ModelYear})
	}
	return list
}

// withCheckDigit puts the right digit into position 9.
func withCheckDigit(t *testing.T, vin string) string {
	t.Helper()
	for _, c := range "0123456789X" {
		if v := vin[:8] + string(c) + vin[9:]; telematics.VIN(v).CheckDigitHolds() {
			return v
		}
	}
	t.Fatalf("%s: no check digit holds", vin)
	return ""
}

func TestMatchEmbedded(t *testing.T) {
	s := embeddedSet(t)
	leaf := "1N41A1C50%E000001"
	rows := map[string]struct {
		query Query
		want  []told
	}{
		"BMW, year in the VIN":             {Query{VIN: withCheckDigit(t, "WBA1A1C50HE000001")}, []told{{"bmw-atm", telematics.MatchedByWMI, "BMW", 2017}}},
		"BMW, no year in the VIN":          {Query{VIN: "WBA1A1C500E000001"}, []told{{"bmw-atm", telematics.MatchedByWMI, "BMW", 0}}},
		"MINI by its own WMI":              {Query{VIN: "WMW1A1C500E000001"}, []told{{"bmw-atm", telematics.MatchedByWMI, "MINI", 0}}},
		"small letters and blanks":         {Query{VIN: " wmw1a1c500e000001\n"}, []told{{"bmw-atm", telematics.MatchedByWMI, "MINI", 0}}},
		"Land Rover":                       {Query{VIN: "SAL1A1C500E000001"}, []told{{"jaguar-land-rover", telematics.MatchedByWMI, "Land Rover", 0}}},
		"Jaguar":                           {Query{VIN: "SAJ1A1C500E000001"}, []told{{"jaguar-land-rover", telematics.MatchedByWMI, "Jaguar", 0}}},
		"Nissan, year not known":           {Query{VIN: "SJN1A1C500E000001"}, []told{{"nissan-leaf-tcu", telematics.MatchedByWMI, "Nissan", 0}}},
		"Nissan, first year":               {Query{VIN: withCheckDigit(t, leaf[:9]+"B"+leaf[10:])}, []told{{"nissan-leaf-tcu", telematics.MatchedByWMI, "Nissan", 2011}}},
		"Nissan, year before":              {Query{VIN: withCheckDigit(t, leaf[:9]+"A"+leaf[10:])}, []told{{GenericID, telematics.MatchedByNothing, "Nissan", 2010}}},
		"Nissan, last year":                {Query{VIN: withCheckDigit(t, leaf[:9]+"K"+leaf[10:])}, []told{{"nissan-leaf-tcu", telematics.MatchedByWMI, "Nissan", 2019}}},
		"Nissan, year after":               {Query{VIN: withCheckDigit(t, leaf[:9]+"L"+leaf[10:])}, []told{{GenericID, telematics.MatchedByNothing, "Nissan", 2020}}},
		"make without a profile":           {Query{VIN: withCheckDigit(t, "1FA1A1C50HE000001")}, []told{{GenericID, telematics.MatchedByNothing, "Ford", 2017}}},
		"American, make not known":         {Query{VIN: withCheckDigit(t, "1ZZ1A1C50HE000001")}, []told{{GenericID, telematics.MatchedByNothing, "", 2017}}},
		"WMI not known":                    {Query{VIN: "ZZZ1A1C500E000001"}, []told{{GenericID, telematics.MatchedByNothing, "", 0}}},
		"no VIN":                           {Query{}, []told{{GenericID, telematics.MatchedByNothing, "", 0}}},
		"no whole VIN":                     {Query{VIN: "WBA"}, []told{{GenericID, telematics.MatchedByNothing, "", 0}}},
		"named by the user":                {Query{VIN: "SAL1A1C500E000001", ID: "bmw-atm"}, []told{{"bmw-atm", telematics.MatchedByUser, "Land Rover", 0}}},
		"named by the user, no VIN":        {Query{ID: "bmw-atm"}, []told{{"bmw-atm", telematics.MatchedByUser, "", 0}}},
		"named by the user, no such thing": {Query{ID: "bmw"}, nil},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) { require.Empty(t, cmp.Diff(row.want, tell(s.Match(row.query)))) })
	}
}

func setOf(list ...*Profile) *Set {
	s := &Set{sources: map[string]source{}}
	for _, p := range list {
		s.put(p, source{})
	}
	s.sort()
	return s
}

func yearsOf(id string, from, to int) *Profile {
	return &Profile{ID: id, Match: Match{WMI: map[string]string{"WBA": "BMW"}, YearFrom: from, YearTo: to, ModelYear: true}}
}

func TestMatchSeveralProfilesForOneWMI(t *testing.T) {
	s := setOf(
		yearsOf("any-b", 0, 0), yearsOf("any-a", 0, 0), yearsOf("narrow", 2016, 2017),
		yearsOf("wide", 2010, 2020), yearsOf("since", 2018, 0), yearsOf("until", 0, 2012),
	)
	ids := func(vin string) (list []string) {
		for _, c := range s.Match(Query{VIN: vin}) {
			list = append(list, c.Profile.ID)
		}
		return list
	}
	require.Equal(t, []string{"narrow", "wide", "any-a", "any-b"}, ids(withCheckDigit(t, "WBA1A1C50HE000001")), "2017")
	require.Equal(t, []string{"wide", "any-a", "any-b", "since"}, ids(withCheckDigit(t, "WBA1A1C50JE000001")), "2018")
	require.Equal(t, []string{"wide", "any-a", "any-b", "until"}, ids(withCheckDigit(t, "WBA1A1C50CE000001")), "2012")
	require.Equal(t, []string{"narrow", "wide", "any-a", "any-b", "since", "until"}, ids("WBA1A1C500E000001"), "no year: all of them")
	require.Empty(t, ids("SAL1A1C500E000001"), "no generic profile in this set")
}

func TestAUnitThatAnsweredConfirmsTheWMIOnly(t *testing.T) {
	for by, want := range map[telematics.MatchedBy]telematics.MatchedBy{
		telematics.MatchedByWMI: telematics.MatchedByWMIAndUnit, telematics.MatchedByWMIAndUnit: telematics.MatchedByWMIAndUnit, telematics.MatchedByFingerprint: telematics.MatchedByFingerprint, telematics.MatchedByNothing: telematics.MatchedByNothing, telematics.MatchedByUser: telematics.MatchedByUser,
	} {
		require.Equal(t, want, Candidate{MatchedBy: by}.UnitAnswered().MatchedBy)
	}
}

func TestFingerprintOfTheLeaf(t *testing.T) {
	probes := embeddedSet(t).Fingerprints()
	require.Len(t, probes, 1)
	require.Len(t, probes[0].Checks, 1)
	check := probes[0].Checks[0]
	require.Equal(t, "746/783", check.Unit.Address.String())
	require.Equal(t, Hex{0x21, 0x04}, check.Read.Request)

	require.True(t, check.Holds([]byte{0x61, 0x04, 0x01}))
	require.True(t, check.Holds([]byte{0x61, 0x04}))
	require.False(t, check.Holds([]byte{0x61}))
	require.False(t, check.Holds([]byte{0x7F, 0x21, 0x11}))
	require.False(t, check.Holds(nil))

	require.Equal(t, []told{{"nissan-leaf-tcu", telematics.MatchedByFingerprint, "Nissan", 0}}, tell([]Candidate{probes[0].Candidate()}))
}

func TestFingerprintThatIsNotCertainNamesNoMake(t *testing.T) {
	p := &Profile{ID: "x", Makes: []string{"Make"}}
	require.Empty(t, Probe{Profile: p}.Candidate().Make)
	p.Match.Certain = true
	require.Equal(t, "Make", Probe{Profile: p}.Candidate().Make)
	p.Makes = nil
	require.Empty(t, Probe{Profile: p}.Candidate().Make)
}

func TestFingerprintThatNamesNoReadIsNotAsked(t *testing.T) {
	unit := Unit{Name: "TCU", Reads: []Read{{Request: Hex{0x21, 0x04}}}}
	p := &Profile{ID: "x", Units: []Unit{unit}, Match: Match{Fingerprint: []Fingerprint{
		{Unit: "TCU", Request: Hex{0x21, 0x04}, Response: Hex{0x61, 0x04}},
		{Unit: "TCU", Request: Hex{0x21, 0x12}, Response: Hex{0x61, 0x12}},
	}}}
	require.Empty(t, setOf(p).Fingerprints())
	p.Match.Fingerprint = p.Match.Fingerprint[:1]
	require.Len(t, setOf(p).Fingerprints(), 1)
}

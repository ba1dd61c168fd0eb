package profiles

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

func TestRoles(t *testing.T) {
	s := embeddedSet(t)
	rows := map[string]struct {
		role  Role
		makes []string
		agree bool
	}{
		"726/72E":           {Body, []string{"Ford", "Jaguar", "Land Rover", "Lincoln"}, true},
		"754/75C":           {Telematics, []string{"Ford", "Jaguar", "Land Rover", "Lincoln"}, true},
		"754/75C@fd":        {Telematics, []string{"Ford", "Jaguar", "Land Rover", "Lincoln"}, true},
		"6F1:61/661:F1":     {Telematics, []string{"BMW", "MINI"}, true},
		"750:C7/758:C7":     {Telematics, []string{"Lexus", "Toyota"}, true},
		"750:40/758:40":     {Body, []string{"Lexus", "Toyota"}, true},
		"710/77A":           {Gateway, []string{"Audi", "Porsche", "SEAT", "Volkswagen", "Škoda"}, true},
		"710/718":           {Gateway, []string{"MG"}, true},
		"743/763":           {Cluster, []string{"Dacia", "Infiniti", "Nissan", "Renault"}, true},
		"18DA60F1/18DAF160": {Cluster, []string{"Acura", "Alfa Romeo", "Chrysler", "Dodge", "Fiat", "Honda", "Jeep", "Ram"}, true},
		"750/758":           {},
		"7E1/7E9":           {},
	}
	for address, want := range rows {
		t.Run(address, func(t *testing.T) {
			role, makes, agree := s.Roles(transport.MustAddress(address))
			require.Equal(t, want.role, role)
			require.Equal(t, want.makes, makes)
			require.Equal(t, want.agree, agree)
		})
	}
}

func TestRolesThatMakesDisagreeOn(t *testing.T) {
	a := transport.MustAddress("754/75C")
	s := &Set{addresses: []entry{
		{Makes: []string{"A"}, Role: Telematics, Address: a},
		{Makes: []string{"B"}, Role: Body, Address: a},
		{Makes: []string{"C"}, Role: Telematics, Address: a},
	}}
	role, makes, agree := s.Roles(a)
	require.Empty(t, role)
	require.Equal(t, []string{"A", "B", "C"}, makes)
	require.False(t, agree)
}

func addressesOf(units []Unit) (list []string) {
	for _, u := range units {
		list = append(list, u.Address.String())
	}
	return list
}

func TestCandidatesOfAnUnknownCar(t *testing.T) {
	s := embeddedSet(t)
	usual := Network{Pins: "6/14", Bitrate: 500_000}
	require.Empty(t, cmp.Diff([]string{
		"18DAC6F1/18DAF1C6", "6F1:61/661:F1", "711/719", "746/783", "750:C7/758:C7", "754/75C", "767/7D1",
		"77C/67C", "77C/77F", "7C7/7CF", "7CA/7DA",
	}, addressesOf(s.Candidates("", usual))), "each once, in order")
	generic, _ := s.ByID(GenericID)
	for _, u := range s.Candidates("", usual) {
		require.Equal(t, Telematics, u.Role)
		require.Equal(t, guard.UDS, u.Dialect)
		require.Equal(t, usual, u.Network)
		require.Equal(t, Inferred, u.Confidence)
		require.Empty(t, u.Sessions, "no session is changed on a unit that is only guessed")
		require.Empty(t, cmp.Diff(generic.Reads, u.Reads))
	}
}

func TestCandidatesOfAMakeThatTheTableHas(t *testing.T) {
	s := embeddedSet(t)
	require.Equal(t, []string{"754/75C"}, addressesOf(s.Candidates("Ford", Network{})))
	require.Equal(t, []string{"746/783", "7CA/7DA"}, addressesOf(s.Candidates("Nissan", Network{})))
	require.Equal(t, addressesOf(s.Candidates("", Network{})), addressesOf(s.Candidates("Tesla", Network{})), "not listed: all")
	require.Equal(t, addressesOf(s.Candidates("", Network{})), addressesOf(s.Candidates("Honda", Network{})), "its telematics unit is not listed: all")
}

func TestCandidatesOnANetwork(t *testing.T) {
	s := embeddedSet(t)
	other := s.Candidates("", Network{Pins: "3/8", Bitrate: 500_000})
	require.Equal(t, []string{"77C/67C", "77C/77F"}, addressesOf(other), "the second's pins are not known")
	for _, u := range other {
		require.Equal(t, "3/8", u.Network.Pins)
	}
	require.Empty(t, s.Candidates("", Network{Pins: "6/14", Bitrate: 125_000}))
}

func TestCandidatesNeedTheGenericProfile(t *testing.T) {
	s := setOf(yearsOf("x", 0, 0))
	s.addresses = embeddedSet(t).addresses
	require.Empty(t, s.Candidates("", Network{}))
}

func TestVINUnits(t *testing.T) {
	units := embeddedSet(t).VINUnits()
	require.Equal(t, []string{
		"6F1:10/610:F1", "716/71E", "710/77A", "710/718", // gateways
		"7E0/7E8",                                                              // engine
		"6F1:40/640:F1", "726/72E", "752/652", "70E/778", "740/748", "745/74D", // bodies
	}, addressesOf(units))
	for _, u := range units {
		require.Equal(t, "22 F190", u.VIN.String())
		require.Equal(t, Network{Pins: "6/14", Bitrate: 500_000}, u.Network)
	}
}

func TestVINUnitsTakeTheRequestOfTheProfile(t *testing.T) {
	vins := func(u Unit) []Unit { return setOf(&Profile{ID: "x", Units: []Unit{u}}).VINUnits() }
	kwp := Unit{Name: "BCM", Role: Body, Address: transport.MustAddress("740/748"), Dialect: guard.KWP, VIN: Hex{0x21, 0x81}}
	require.Equal(t, []Unit{kwp}, vins(kwp))

	telematics := kwp
	telematics.Role = Telematics
	require.Empty(t, vins(telematics), "it may come from another car")

	head := kwp
	head.Role = HeadUnit
	both := setOf(&Profile{ID: "x", Units: []Unit{head, {Role: Gateway, Dialect: guard.UDS}}}).VINUnits()
	require.Len(t, both, 2)
	require.Equal(t, HeadUnit, both[1].Role, "what only a profile names comes last")

	kwp.VIN = nil
	require.Empty(t, vins(kwp), "22 F190 is no request of KWP")
}

func TestEveryUnitOfAProfileIsInTheTable(t *testing.T) {
	s := embeddedSet(t)
	for _, p := range s.All() {
		for _, u := range p.Units {
			if p.ID == GenericID {
				continue
			}
			role, makes, agree := s.Roles(u.Address)
			require.True(t, agree, u.Address)
			require.Equal(t, u.Role, role, u.Address)
			for _, name := range p.Makes {
				require.Contains(t, makes, name, u.Address)
			}
		}
	}
}

func TestTableRowsAreWellFormed(t *testing.T) {
	for _, e := range embeddedSet(t).addresses {
		require.Empty(t, addressFault(e.Address), e.Address)
		for _, pins := range e.Pins {
			high, low, ok := strings.Cut(pins, "/")
			require.True(t, ok && isPin(high) && isPin(low), e.Address)
		}
		require.False(t, e.Address.FD, "%s: a pair is listed without CAN FD", e.Address)
	}
}

func TestTableThatIsMalformedIsAnError(t *testing.T) {
	for _, text := range []string{"units: [", "units: []\n", "unit: []\n"} {
		_, err := readAddresses(fstest.MapFS{"a.yaml": {Data: []byte(text)}}, "a.yaml")
		var at *FileError
		require.ErrorAs(t, err, &at, text)
	}
	_, err := readAddresses(fstest.MapFS{}, "a.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// shared is a fact sheet that lies beside the checkout, if it does.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", "facts", name))
	if err == nil {
		return data
	}
	if os.Getenv("UNTETHER_REQUIRE_SHARED") == "1" {
		t.Fatal(err)
	}
	t.Skipf("the fact sheets are not here: %v", err)
	return nil
}

// factUnit is one row of the machine-readable fact sheet.
type factUnit struct {
	Make       string `json:"make"`
	Role       string `json:"ecu_role"`
	Name       string `json:"name"`
	Transport  string `json:"transport"`
	Request    string `json:"request_id"`
	Response   string `json:"response_id"`
	Addressing string `json:"addressing"`
	Confidence string `json:"confidence"`
	DIDs       []struct {
		ID, Service string
		Personal    bool `json:"personal_or_secret"`
	} `json:"dids"`
}

var (
	factBytes = regexp.MustCompile(`byte0=([0-9A-F]{2})`)
	factRoles = map[string]Role{"tcu": Telematics, "tcu-legacy": Telematics, "head_unit": HeadUnit}
	factTrust = map[string]Confidence{
		"reverse-engineered-by-multiple": Multiple, "single-source": Single, "inferred": Inferred,
	}
)

func (f factUnit) address(t *testing.T) (transport.Address, bool) {
	t.Helper()
	if f.Request == "" || f.Transport == "doip" {
		return transport.Address{}, false
	}
	text := f.Request + "/" + f.Response
	if b := factBytes.FindAllStringSubmatch(f.Addressing, -1); b != nil {
		text = f.Request + ":" + b[0][1] + "/" + f.Response + ":" + b[len(b)-1][1]
	}
	a, err := transport.ParseAddress(text)
	require.NoError(t, err, f.Name)
	return a, true
}

func facts(t *testing.T) (list []factUnit) {
	t.Helper()
	require.NoError(t, json.Unmarshal(shared(t, "telematics-units.json"), &list))
	require.NotEmpty(t, list)
	return list
}

func TestTableHasEveryUnitOfTheFacts(t *testing.T) {
	s := embeddedSet(t)
	rows := 0
	for _, f := range facts(t) {
		a, ok := f.address(t)
		if !ok {
			continue
		}
		rows++
		want, ok := factRoles[f.Role]
		if !ok {
			want = Role(f.Role)
		}
		found := false
		for _, e := range s.listing(a) {
			sameMake := strings.Contains(f.Make, strings.NewReplacer("ë", "e", "Š", "S").Replace(e.Makes[0])) || e.Makes[0] == "Volkswagen" && f.Make[:2] == "VW"
			found = found || sameMake && e.Role == want && e.Confidence == factTrust[f.Confidence]
		}
		require.True(t, found, "%s %s %s %s", f.Make, f.Name, a, f.Confidence)
	}
	require.Greater(t, rows, 50)
}

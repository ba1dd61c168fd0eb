package profiles

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

func embeddedSet(t *testing.T) *Set {
	t.Helper()
	s, err := Embedded()
	require.NoError(t, err)
	return s
}

func TestEmbeddedProfilesAreThese(t *testing.T) {
	var ids []string
	for _, p := range embeddedSet(t).All() {
		ids = append(ids, p.ID)
	}
	require.Equal(t, []string{"bmw-atm", GenericID, "jaguar-land-rover", "nissan-leaf-tcu"}, ids)
}

// What the loader makes of each file, in one line for each thing that is sent
// or understood.
func TestEmbeddedProfilesLoadAsWritten(t *testing.T) {
	for _, p := range embeddedSet(t).All() {
		t.Run(p.ID, func(t *testing.T) {
			golden := filepath.Join("testdata", p.ID+".golden")
			got := outline(p)
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(string(want), got))
		})
	}
}

func outline(p *Profile) string {
	var b strings.Builder
	m := p.Match
	fmt.Fprintf(&b, "%s %d %q makes=%q sources=%d\n", p.ID, p.Version, p.Title, p.Makes, len(p.Sources))
	fmt.Fprintf(&b, "wmi %v years %d-%d model_year=%v certain=%v\n", m.WMI, m.YearFrom, m.YearTo, m.ModelYear, m.Certain)
	for _, f := range m.Fingerprint {
		fmt.Fprintf(&b, "fingerprint %s %s -> %s\n", f.Unit, f.Request, f.Response)
	}
	for _, u := range p.Units {
		fmt.Fprintf(&b, "unit %s %s %s %s network=%v transport=%v serial=%v sessions=%X private=%v secret=%v vin=%v %s\n",
			u.Name, u.Role, u.Address, u.Dialect, u.Network, u.Transport, u.Serial, u.Sessions, u.Private, u.Secret, u.VIN, u.Confidence)
		outlineReads(&b, u.Reads)
	}
	outlineReads(&b, p.Reads)
	return b.String()
}

func outlineReads(b *strings.Builder, reads []Read) {
	for _, r := range reads {
		fmt.Fprintf(b, "  %s %q length=%d %s\n", r.Request, r.Name, r.Length, r.Confidence)
		outlineFields(b, "    ", r.Fields)
	}
}

func outlineFields(b *strings.Builder, indent string, fields []Field) {
	for _, f := range fields {
		fmt.Fprintf(b, "%s%s %s/%d repeat=%d identifier=%s signal=%s values=%v default=%s present=%s absent=%s count=%v\n",
			indent, f.Name, f.Type, f.Length, f.Repeat, f.Identifier, f.Signal, f.Values, f.Default, f.Present, f.Absent, f.Count)
		outlineFields(b, indent+"  ", f.Fields)
	}
}

const small = `id: %s
version: 1
title: %s
route: {en: way, de: Weg}
limits: {en: none, de: keine}
sources: [test]
`

func smallFile(id, title string) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, small, id, title)}
}

func TestUserProfilesReplaceByID(t *testing.T) {
	base := embeddedSet(t)
	user, err := LoadFS(fstest.MapFS{
		"a.yaml":        smallFile("bmw-atm", "mine"),
		"b.yaml":        smallFile("my-car", "another"),
		"notes.txt":     {Data: []byte("not a profile")},
		"deeper/c.yaml": smallFile("not-read", "below"),
	})
	require.NoError(t, err)

	merged, replaced := base.With(user)

	require.Equal(t, []string{"bmw-atm"}, replaced)
	require.Len(t, merged.All(), len(base.All())+1)
	bmw, ok := merged.ByID("bmw-atm")
	require.True(t, ok)
	require.Equal(t, "mine", bmw.Title)
	_, ok = merged.ByID("my-car")
	require.True(t, ok)
	_, ok = merged.ByID("not-read")
	require.False(t, ok)
	require.NotEmpty(t, merged.Candidates("", Network{}), "the address table stays")
	kept, _ := base.ByID("bmw-atm")
	require.NotEqual(t, "mine", kept.Title, "the first set is as it was")
}

func TestLoadReadsADirectory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.yaml")
	require.NoError(t, os.WriteFile(file, smallFile("mine", "x").Data, 0o600))

	s, err := Load(dir)
	require.NoError(t, err)
	require.Len(t, s.All(), 1)

	require.NoError(t, os.WriteFile(file, []byte("id: Mine\n"), 0o600))
	_, err = Load(dir)
	var at *FileError
	require.ErrorAs(t, err, &at)
	require.Equal(t, file, at.File, "the path as the user can open it")
}

func TestLoadRefusesWhatIsNoDirectoryOfProfiles(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(dir)
	require.ErrorIs(t, err, ErrNoProfiles)
	require.ErrorContains(t, err, dir)

	_, err = Load(filepath.Join(dir, "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)

	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = Load(file)
	require.ErrorContains(t, err, file)
}

func TestLoadTellsTheFaultsOfAllFiles(t *testing.T) {
	_, err := LoadFS(fstest.MapFS{
		"a.yaml": {Data: []byte("id: one\nid: two\n")},
		"b.yaml": smallFile("twice", "x"),
		"c.yaml": smallFile("twice", "y"),
		"d.yaml": {Data: []byte{}},
	})
	var at *FileError
	require.ErrorAs(t, err, &at)
	require.Equal(t, []string{
		`a.yaml:2:1: mapping key "id" already defined at [1:1]`,
		`c.yaml:1:5: id twice is already that of b.yaml`,
		`d.yaml: empty`,
	}, strings.Split(err.Error(), "\n"))
}

// locked is a file system with a file that can be seen and not opened.
type locked struct{ fstest.MapFS }

func (l locked) Open(name string) (fs.File, error) {
	if name == "x.yaml" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.Open(name)
}

func TestLoadReportsAFileThatCannotBeRead(t *testing.T) {
	_, err := LoadFS(locked{fstest.MapFS{"x.yaml": {}, "y.yaml": smallFile("y", "y")}})
	var at *FileError
	require.ErrorAs(t, err, &at)
	require.Equal(t, "x.yaml", at.File)
	require.Contains(t, at.Reason, "permission denied")
}

func TestLoadPassesOverDirectories(t *testing.T) {
	s, err := LoadFS(fstest.MapFS{"below.yaml/x.yaml": smallFile("x", "x"), "y.yaml": smallFile("y", "y")})
	require.NoError(t, err)
	require.Len(t, s.All(), 1)
}

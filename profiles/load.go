package profiles

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
)

//go:embed vehicles/*.yaml addresses.yaml
var embedded embed.FS

// GenericID is the profile for cars that no other fits.
const GenericID = "generic"

var wellFormedID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Set is the profiles at hand and the table of known addresses.
type Set struct {
	profiles  []*Profile // by id
	sources   map[string]source
	addresses []entry
}

// source is where a profile was read: its file and the place of each value.
type source struct {
	file string
	at   map[string]position
}

// Embedded gives the profiles that are part of the program.
func Embedded() (*Set, error) {
	s, err := load(embedded, "vehicles", func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	s.addresses, err = readAddresses(embedded, "addresses.yaml")
	return s, err
}

// Load reads every *.yaml file of a directory, not of those below it. What is
// wrong with any of the files is all in the error, as *FileError values joined.
func Load(dir string) (*Set, error) {
	return load(os.DirFS(dir), ".", func(name string) string { return filepath.Join(dir, name) })
}

// LoadFS is Load for the top of a file system.
func LoadFS(fsys fs.FS) (*Set, error) {
	return load(fsys, ".", func(name string) string { return name })
}

// load names the files in errors as shown does.
func load(fsys fs.FS, dir string, shown func(string) string) (*Set, error) {
	files, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("profiles: %s: %w", shown(dir), err)
	}
	s := &Set{sources: map[string]source{}}
	var errs []error
	for _, f := range files {
		if name := path.Join(dir, f.Name()); !f.IsDir() && path.Ext(name) == ".yaml" {
			errs = append(errs, s.add(fsys, name, shown(name)))
		}
	}
	switch err := errors.Join(errs...); {
	case err != nil:
		return nil, err
	case len(errs) == 0:
		return nil, fmt.Errorf("profiles: %s: %w", shown(dir), ErrNoProfiles)
	}
	s.sort()
	return s, nil
}

func (s *Set) add(fsys fs.FS, name, shown string) error {
	data, err := readFile(fsys, name)
	if err != nil {
		return &FileError{File: shown, Reason: err.Error()}
	}
	p, at, err := read(shown, data)
	if err != nil {
		return err
	}
	if other, taken := s.sources[p.ID]; taken {
		id := at["id"]
		return &FileError{shown, id.line, id.column, fmt.Sprintf("id %s is already that of %s", p.ID, other.file)}
	}
	s.profiles = append(s.profiles, p)
	s.sources[p.ID] = source{shown, at}
	return nil
}

// readFile reads one byte more than a file may have, so that parse sees that
// it is too large.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFileSize+1))
}

// read decodes one profile.
func read(file string, data []byte) (*Profile, map[string]position, error) {
	root, err := parse(file, data)
	if err != nil {
		return nil, nil, err
	}
	var p Profile
	at, err := decode(file, root, &p)
	if err != nil {
		return nil, nil, err
	}
	if !wellFormedID.MatchString(p.ID) {
		id := at["id"]
		return nil, nil, &FileError{file, id.line, id.column, fmt.Sprintf("id %q is not of the form bmw-atm", p.ID)}
	}
	return &p, at, nil
}

// With gives a set in which the profiles of other come in addition, and in
// place of those with the same id; replaced names these.
func (s *Set) With(other *Set) (merged *Set, replaced []string) {
	merged = &Set{sources: map[string]source{}, addresses: s.addresses}
	for _, p := range s.profiles {
		if _, ok := other.sources[p.ID]; ok {
			replaced = append(replaced, p.ID)
			continue
		}
		merged.put(p, s.sources[p.ID])
	}
	for _, p := range other.profiles {
		merged.put(p, other.sources[p.ID])
	}
	merged.sort()
	return merged, replaced
}

func (s *Set) put(p *Profile, from source) {
	s.profiles = append(s.profiles, p)
	s.sources[p.ID] = from
}

func (s *Set) sort() {
	slices.SortFunc(s.profiles, func(a, b *Profile) int { return cmp.Compare(a.ID, b.ID) })
}

// All gives the profiles by id. They are shared: do not change them.
func (s *Set) All() []*Profile { return slices.Clone(s.profiles) }

// ByID finds a profile.
func (s *Set) ByID(id string) (*Profile, bool) {
	for _, p := range s.profiles {
		if p.ID == id {
			return p, true
		}
	}
	return nil, false
}

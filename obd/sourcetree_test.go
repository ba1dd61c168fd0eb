package obd_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// file is a Go file as the rules see it. Its path is relative to the module's
// root, with slashes.
type file struct {
	path    string
	pkg     string
	imports []string
}

func goFile(p string, imports ...string) file { return file{path: p, imports: imports} }

func (f file) dir() string  { return path.Dir(f.path) }
func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// root is the folder of go.mod: tests run in their package's folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("..")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "go.mod"))
	return dir
}

// sourceFiles reads every Go file of the module, for whatever platform or tag
// it is built.
func sourceFiles(t *testing.T) []file {
	t.Helper()
	top := os.DirFS(root(t))
	var files []file
	err := fs.WalkDir(top, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && ignoredByGo(d.Name()):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".go":
			return nil
		}
		f, err := readFile(top, p)
		files = append(files, f)
		return err
	})
	require.NoError(t, err)
	require.Contains(t, dirs(files), "obd/can")
	return files
}

func dirs(files []file) []string {
	var all []string
	for _, f := range files {
		all = append(all, f.dir())
	}
	return all
}

func ignoredByGo(dir string) bool {
	return dir == "testdata" || strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_")
}

func readFile(top fs.FS, p string) (file, error) {
	text, err := fs.ReadFile(top, p)
	if err != nil {
		return file{}, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly)
	if err != nil {
		return file{}, err
	}
	f := file{path: p, pkg: parsed.Name.Name}
	for _, spec := range parsed.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, imp)
	}
	return f, nil
}

// A scope says which files a rule is about.
type scope func(f file) bool

// shipped leaves the tests out: they may use what they like to judge by.
func shipped(s scope) scope {
	return func(f file) bool { return !f.isTest() && s(f) }
}

// exactly is these folders without what is below them.
func exactly(dirs ...string) scope {
	return func(f file) bool { return slices.Contains(dirs, f.dir()) }
}

// under is these folders with what is below them.
func under(dirs ...string) scope {
	return func(f file) bool { return withinAny(f.dir(), dirs) }
}

func everywhereBut(dirs ...string) scope {
	return func(f file) bool { return !withinAny(f.dir(), dirs) }
}

// within is true for the folder or module p itself and all below it.
func within(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

func withinAny(p string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return within(p, dir) })
}

// isStandard: no dot in the first element is how the go command tells the
// standard library from the rest. C is a compiler, not a library.
func isStandard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".") && imp != "C"
}

// own is these packages of the module, by folder.
func own(dirs ...string) func(string) bool {
	return func(imp string) bool {
		dir, ok := strings.CutPrefix(imp, module+"/")
		return ok && slices.Contains(dirs, dir)
	}
}

// ownUnder is these packages of the module and all below them.
func ownUnder(dirs ...string) func(string) bool {
	return func(imp string) bool {
		dir, ok := strings.CutPrefix(imp, module+"/")
		return ok && withinAny(dir, dirs)
	}
}

// anyOf is these packages, or modules, and all below them.
func anyOf(packages ...string) func(string) bool {
	return func(imp string) bool { return withinAny(imp, packages) }
}

func either(options ...func(string) bool) func(string) bool {
	return func(imp string) bool {
		return slices.ContainsFunc(options, func(o func(string) bool) bool { return o(imp) })
	}
}

func not(o func(string) bool) func(string) bool {
	return func(imp string) bool { return !o(imp) }
}

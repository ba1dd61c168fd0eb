package message

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

func TestNoTextStandsInTwoTables(t *testing.T) {
	sum := 0
	for _, table := range tables {
		sum += len(table)
	}
	require.Len(t, all(), sum)
}

func TestEveryTextIsInEveryLanguageWithTheSameVerbs(t *testing.T) {
	for id, text := range all() {
		require.NotEmpty(t, text.en, id)
		require.NotEmpty(t, text.de, id)
		require.Equal(t, verbs(text.en), verbs(text.de), id)
	}
}

var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0-9.]*[a-zA-Z]`)

// verbs lists a text's verbs in the order of their arguments.
func verbs(text string) []string {
	found := verb.FindAllString(text, -1)
	if strings.Contains(text, "%[") {
		slices.Sort(found)
	}
	return found
}

func TestEveryTextPrints(t *testing.T) {
	for _, l := range []Language{English, German} {
		p := For(l)
		for id, text := range all() {
			got := p.Text(id, argsFor(text.en)...)
			require.NotContains(t, got, "%!", id)
		}
	}
}

func argsFor(text string) []any {
	var args []any
	for i, v := range verbs(text) {
		switch {
		case strings.HasSuffix(v, "d"):
			args = append(args, i+1)
		case strings.HasSuffix(v, "f"):
			args = append(args, 12.1)
		case !strings.HasPrefix(v, "%[") || !slices.Contains(verbs(text)[:i], v):
			args = append(args, fmt.Sprint("arg", i+1))
		}
	}
	return args
}

// never is what no text may say: verdicts that nobody can give. The list is
// that of the certificate, in both languages.
var never = regexp.MustCompile(`(?i)guarante|garant|certified by|zertifiziert|gdpr|dsgvo|nist|compliant|konform|` +
	`all data (is |was |were )?deleted|alle daten (sind |wurden )?gelöscht|no ?one can access|niemand (mehr )?(hat |kann )?(mehr )?zug(riff|reifen)|` +
	`tracker-?free|trackerfrei|ohne tracker|previous owner is gone|vorbesitzer ist (weg|fort)|court-?proof|gerichtsfest|gerichtsverwertbar`)

func TestNoTextGivesAVerdictNobodyCanGive(t *testing.T) {
	for _, phrase := range []string{
		"guaranteed", "certified by BMW", "GDPR compliant", "NIST compliant", "all data deleted", "no one can access",
		"tracker-free", "previous owner is gone", "court-proof", "garantiert", "alle Daten gelöscht", "gerichtsfest",
	} {
		require.Regexp(t, never, phrase)
	}
	for id, text := range all() {
		require.NotRegexp(t, never, text.en, id)
		require.NotRegexp(t, never, text.de, id)
	}
}

func TestEveryConstantHasATextAndEveryTextAName(t *testing.T) {
	named := constants(t, ".", "ID")
	for _, id := range named {
		require.Contains(t, all(), ID(id))
	}
	for id := range all() {
		if !strings.Contains(string(id), ".") {
			require.Contains(t, slices.Collect(maps.Values(named)), string(id))
		}
	}
}

func TestEveryTermHasATextAndEveryTextATerm(t *testing.T) {
	values := map[string]bool{telematics.Registered: true, telematics.NotRegistered: true}
	for _, name := range telematics.SignalNames() {
		of, _ := telematics.SignalValues(name)
		for _, v := range of {
			values[v] = true
		}
	}
	for group, want := range map[string][]string{
		"kind":     terms(telematics.Kinds()),
		"signal":   terms(telematics.SignalNames()),
		"finding":  terms(telematics.FindingIDs()),
		"value":    slices.Collect(maps.Keys(values)),
		"problem":  slices.Collect(maps.Values(constants(t, "..", "Problem"))),
		"severity": slices.Collect(maps.Values(constants(t, "..", "Severity"))),
		"reason":   slices.Collect(maps.Values(constants(t, "../doctor", "ReasonID"))),
		"matched":  slices.Collect(maps.Values(constants(t, "..", "MatchedBy"))),
		"role": terms([]profiles.Role{
			profiles.Telematics, profiles.HeadUnit, profiles.Gateway, profiles.Body, profiles.Cluster, profiles.Engine, profiles.Other,
		}),
		"trouble":      slices.Collect(maps.Values(constants(t, "../../obd/dtc", "State"))),
		"trouble-text": explanations(t),
	} {
		var got []string
		for id := range all() {
			if key, ok := strings.CutPrefix(string(id), group+"."); ok {
				got = append(got, key)
			}
		}
		require.ElementsMatch(t, want, got, group)
	}
}

func terms[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func TestEnglishTextsOfTroubleCodesAreThose(t *testing.T) {
	for id, text := range troubles {
		require.Equal(t, strings.TrimPrefix(string(id), "trouble-text."), text.en)
	}
}

// forHardware are the texts for adapters that are a device: packages that open
// one print them.
var forHardware = []string{"AdapterBusy", "AdapterDenied"}

// TestEveryTextIsUsed looks for each constant's name in the program.
func TestEveryTextIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, file := range sources(t, "../..") {
		for _, name := range selectors(t, file) {
			used[name] = true
		}
	}
	var unused []string
	for name := range constants(t, ".", "ID") {
		if !used[name] && !slices.Contains(forHardware, name) {
			unused = append(unused, name)
		}
	}
	require.Empty(t, unused)
}

func sources(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	for _, dir := range []string{"cmd", "telematics"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				files = append(files, path)
			}
			return err
		})
		if !errors.Is(err, fs.ErrNotExist) { // a part that is not there uses nothing
			require.NoError(t, err)
		}
	}
	return files
}

// selectors lists the names that a file takes from this package: message.Name
// elsewhere, the bare name within.
func selectors(t *testing.T, file string) []string {
	t.Helper()
	var names []string
	within := strings.Contains(filepath.ToSlash(file), "telematics/message/") && strings.HasSuffix(file, "printer.go")
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "message" {
				names = append(names, n.Sel.Name)
			}
		case *ast.Ident:
			if within {
				names = append(names, n.Name)
			}
		}
		return true
	})
	return names
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	return parsed
}

// constants maps the names of a package's constants of one type to their values.
func constants(t *testing.T, dir, typeName string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	out := map[string]string{}
	for _, file := range files {
		ast.Inspect(parse(t, file), func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typeName {
				out[spec.Names[0].Name] = unquote(t, spec.Values[0])
			}
			return true
		})
	}
	require.NotEmpty(t, out, typeName)
	return out
}

func unquote(t *testing.T, e ast.Expr) string {
	t.Helper()
	value, err := strconv.Unquote(e.(*ast.BasicLit).Value)
	require.NoError(t, err)
	return value
}

// explanations lists dtc's texts, each once.
func explanations(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	ast.Inspect(parse(t, "../../obd/dtc/text.go"), func(n ast.Node) bool {
		pair, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		if value, ok := pair.Value.(*ast.CompositeLit); ok {
			seen[unquote(t, value.Elts[0])] = true
		}
		return true
	})
	return slices.Collect(maps.Keys(seen))
}

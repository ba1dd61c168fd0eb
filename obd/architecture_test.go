package obd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/untether-obd/untether"

// codecs turn bytes into values and back, without I/O.
var codecs = []string{"obd/dtc", "obd/uds", "obd/kwp", "obd/j1979"}

// rule is one sentence about who may import whom. It judges the source files
// in its scope, import by import.
type rule struct {
	name    string
	scope   scope
	allowed func(imp string) bool

	planted  file // breaks the rule
	innocent file // looks like it and does not
}

var importRules = []rule{
	{
		name:     "can is standard library only",
		scope:    shipped(exactly("obd/can")),
		allowed:  isStandard,
		planted:  goFile("obd/can/mux.go", "golang.org/x/sys/unix"),
		innocent: goFile("obd/can/cantest/suite.go", "github.com/stretchr/testify/require"),
	},
	{
		name:     "transport is standard library and can only",
		scope:    shipped(exactly("obd/transport")),
		allowed:  either(isStandard, own("obd/can")),
		planted:  goFile("obd/transport/dial.go", module+"/obd/isotp"),
		innocent: goFile("obd/transport/address.go", "fmt", module+"/obd/can"),
	},
	{
		name:     "codecs are standard library only",
		scope:    shipped(exactly(codecs...)),
		allowed:  isStandard,
		planted:  goFile("obd/kwp/read.go", module+"/obd/uds"),
		innocent: goFile("obd/uds/client/client.go", module+"/obd/uds"),
	},
	{
		name: "isotp, doip, guard, exchange and clients know codecs and the transport only",
		scope: shipped(exactly(
			"obd/isotp", "obd/doip", "obd/guard", "obd/exchange", "obd/uds/client", "obd/kwp/client", "obd/j1979/client")),
		allowed:  either(isStandard, own("obd/can", "obd/transport", "obd/exchange"), own(codecs...)),
		planted:  goFile("obd/uds/client/client.go", module+"/obd/isotp"),
		innocent: goFile("obd/uds/client/client.go", "context", module+"/obd/exchange", module+"/obd/uds"),
	},
	{
		name:     "obd knows nothing above it",
		scope:    shipped(under("obd")),
		allowed:  not(ownUnder("telematics", "profiles", "hardware-sim", "cmd")),
		planted:  goFile("obd/can/cantest/suite.go", module+"/hardware-sim/vbus"),
		innocent: goFile("obd/isotp/link_test.go", module+"/hardware-sim/vbus"),
	},
	{
		name:     "obd logs nothing, keeps nothing, serves nothing",
		scope:    shipped(under("obd")),
		allowed:  not(anyOf("log", "log/slog", "database/sql", "net/http", "github.com/rs/zerolog")),
		planted:  goFile("obd/adapter/socketcand/open.go", "log/slog"),
		innocent: goFile("obd/adapter/socketcand/open.go", "net"),
	},
	{
		name:     "one package opens serial ports",
		scope:    everywhereBut("obd/adapter/serialport"),
		allowed:  not(anyOf("go.bug.st/serial")),
		planted:  goFile("obd/adapter/slcan/open.go", "go.bug.st/serial/enumerator"),
		innocent: goFile("obd/adapter/serialport/open.go", "go.bug.st/serial"),
	},
	{
		name:     "one package opens kernel CAN sockets",
		scope:    everywhereBut("obd/adapter/socketcan"),
		allowed:  not(anyOf("go.einride.tech/can")),
		planted:  goFile("obd/can/frame.go", "go.einride.tech/can"),
		innocent: goFile("obd/adapter/socketcan/open.go", "go.einride.tech/can/pkg/socketcan"),
	},
	{
		name:     "one package speaks SQL",
		scope:    everywhereBut("telematics/store"),
		allowed:  not(anyOf("database/sql", "modernc.org/sqlite")),
		planted:  goFile("telematics/agent/jobs.go", "database/sql/driver"),
		innocent: goFile("telematics/store/open.go", "database/sql", "modernc.org/sqlite"),
	},
	{
		name:     "cmd, agent and api log",
		scope:    everywhereBut("cmd", "telematics/agent", "telematics/api"),
		allowed:  not(anyOf("github.com/rs/zerolog")),
		planted:  goFile("telematics/inspect/inspect.go", "github.com/rs/zerolog"),
		innocent: goFile("cmd/untether/cli/log.go", "github.com/rs/zerolog"),
	},
	{
		name:     "inspect and handover never see a bus",
		scope:    shipped(under("telematics/inspect", "telematics/handover")),
		allowed:  not(either(ownUnder("obd/can", "obd/isotp", "obd/doip"), own(adapterDrivers...))),
		planted:  goFile("telematics/inspect/units.go", module+"/obd/can"),
		innocent: goFile("telematics/inspect/units.go", module+"/obd/guard", module+"/obd/adapter"),
	},
	{
		name:  "hardware-sim shares no misreading with the clients",
		scope: shipped(under("hardware-sim")),
		allowed: not(either(
			ownUnder("obd/exchange", "obd/guard", "obd/bringup", "obd/discover", "profiles", "telematics", "cmd"),
			own("obd/uds/client", "obd/kwp/client", "obd/j1979/client"))),
		planted:  goFile("hardware-sim/car/build.go", module+"/profiles"),
		innocent: goFile("hardware-sim/vecu/serve.go", module+"/obd/uds", module+"/obd/isotp"),
	},
	{
		name:     "tests and cmd alone import hardware-sim",
		scope:    shipped(everywhereBut("cmd", "hardware-sim")),
		allowed:  not(ownUnder("hardware-sim")),
		planted:  goFile("telematics/agent/open.go", module+"/hardware-sim/car"),
		innocent: goFile("telematics/inspect/inspect_test.go", module+"/hardware-sim/car"),
	},
	{
		name:     "nobody imports cmd",
		scope:    everywhereBut("cmd"),
		allowed:  not(ownUnder("cmd")),
		planted:  goFile("telematics/api/serve.go", module+"/cmd/untether/cli"),
		innocent: goFile("cmd/untether/main.go", module+"/cmd/untether/cli"),
	},
	{
		name:     "no cgo",
		scope:    everywhereBut(),
		allowed:  not(anyOf("C")),
		planted:  goFile("obd/adapter/socketcan/open.go", "C"),
		innocent: goFile("obd/adapter/socketcan/open.go", "syscall"),
	},
}

// adapterDrivers are the packages that open hardware: they hand out buses.
var adapterDrivers = []string{
	"obd/adapter/socketcan", "obd/adapter/socketcand", "obd/adapter/slcan",
	"obd/adapter/elm327", "obd/adapter/serialport", "obd/adapter/replay", "obd/adapter/tunnel",
}

func TestImportRules(t *testing.T) {
	files := sourceFiles(t)
	for _, r := range importRules {
		t.Run(r.name, func(t *testing.T) {
			require.Empty(t, r.broken(files))
		})
	}
}

func TestImportRulesCatchWhatTheyForbid(t *testing.T) {
	for _, r := range importRules {
		t.Run(r.name, func(t *testing.T) {
			require.Len(t, r.broken([]file{r.planted}), 1, "planted in %s", r.planted.path)
			require.Empty(t, r.broken([]file{r.innocent}), "%s is innocent", r.innocent.path)
		})
	}
}

func (r rule) broken(files []file) []string {
	var found []string
	for _, f := range files {
		if !r.scope(f) {
			continue
		}
		for _, imp := range f.imports {
			if !r.allowed(imp) {
				found = append(found, fmt.Sprintf("%s imports %s: %s", f.path, imp, r.name))
			}
		}
	}
	return found
}

// Every module that we use is explained in the decision record on dependencies.
func TestDependenciesAreExplained(t *testing.T) {
	record, err := os.ReadFile(filepath.Join(root(t), "docs/adr/0002-dependencies.md"))
	require.NoError(t, err)
	require.Empty(t, unexplained(string(record), sourceFiles(t)))

	planted := goFile("obd/can/frame.go", "github.com/example/leftpad", "github.com/spf13/cobra/doc")
	require.Equal(t, []string{"obd/can/frame.go imports github.com/example/leftpad"},
		unexplained("- `github.com/spf13/cobra`: commands", []file{planted}))
}

func unexplained(record string, files []file) []string {
	var found []string
	for _, f := range files {
		for _, imp := range f.imports {
			if !isStandard(imp) && !within(imp, module) && !explained(record, imp) {
				found = append(found, f.path+" imports "+imp)
			}
		}
	}
	return found
}

func explained(record, imp string) bool {
	for ; imp != "."; imp = path.Dir(imp) {
		if strings.Contains(record, "`"+imp+"`") {
			return true
		}
	}
	return false
}

// What may stand beside each other at the top.
var topLevel = []string{
	"cmd", "obd", "telematics", "profiles", "hardware-sim", "docs", ".ci",
	"go.mod", "go.sum", "Makefile", "README.md", "CHANGELOG.md", "LICENSE",
	".golangci.yml", ".gitignore", ".gitattributes", ".editorconfig",
}

func TestTopLevelIsFixed(t *testing.T) {
	git := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z")
	git.Dir = root(t)
	out, err := git.Output()
	if err != nil {
		t.Skipf("this tree is no git checkout, so what belongs to it is not known: %v", err)
	}
	tracked := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	require.Contains(t, tracked, "go.mod")
	require.Empty(t, strayed(tracked))

	require.Equal(t, []string{"main.go", "scripts/build.sh"}, strayed([]string{"main.go", "scripts/build.sh", "obd/doc.go"}))
}

func strayed(paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
		top, _, _ := strings.Cut(p, "/")
		return slices.Contains(topLevel, top)
	})
}

func TestPackagesAreNamedForWhatTheyHold(t *testing.T) {
	require.Empty(t, misnamed(sourceFiles(t)))

	for _, bad := range []file{
		{path: "obd/util/hex.go", pkg: "util"},
		{path: "obd/text/hex.go", pkg: "helpers"},
		{path: "telematics/common/text.go", pkg: "text"},
		{path: "obd/case_manager/run.go", pkg: "case_manager"},
		{path: "hardware-sim/doc.go", pkg: "sim"},
	} {
		require.Len(t, misnamed([]file{bad}), 1, bad.path)
	}
	require.Empty(t, misnamed([]file{{path: "obd/uds/services.go", pkg: "uds"}}))
}

var emptyWords = []string{"util", "utils", "common", "helper", "helpers", "manager", "service", "services"}

func misnamed(files []file) []string {
	var found []string
	for _, f := range files {
		if f.dir() == "hardware-sim" {
			found = append(found, f.path+": a hyphen is no package name; Go files go one level down")
		}
		words := strings.FieldsFunc(f.pkg+"/"+f.dir(), func(r rune) bool { return strings.ContainsRune("/_-", r) })
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(emptyWords, w) }) {
			found = append(found, f.path+": package "+f.pkg+" is named for nothing")
		}
	}
	return found
}

//go:build vcan

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/vcan let the program meet programs of others on
// interfaces of the kernel. Each script has two for itself, $CAN and $CAN2.
// Beside the commands of other scripts they have
//
//	listening INTERFACE N              waits until N filters of sockets are set on it
//	same FILE FILE                     two inspections tell the same, but for times and adapter
//	alike FILE ADAPTER FILE ADAPTER    two inspections tell the same: see there
//	transcript ADDRESS DUMP RECORDING  see there
func TestVCANScripts(t *testing.T) {
	p := scripts(t, filepath.Join("testdata", "vcan"))
	p.Cmds = maps.Clone(p.Cmds)
	p.Cmds["listening"], p.Cmds["transcript"] = listening, transcript
	p.Cmds["same"], p.Cmds["alike"] = same, alike
	var interfaces atomic.Int32
	setup := p.Setup
	p.Setup = func(env *testscript.Env) error {
		for _, variable := range []string{"CAN", "CAN2"} {
			name := fmt.Sprint("script", interfaces.Add(1))
			if err := makeVCAN(env, name); err != nil {
				return err
			}
			env.Setenv(variable, name)
		}
		return setup(env)
	}
	testscript.Run(t, p)
}

func makeVCAN(env *testscript.Env, name string) error {
	add := exec.Command("sh", "-ec", `ip link add dev "$1" type vcan; ip link set "$1" up`, "sh", name)
	if said, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("no interface %s: %w: %s", name, err, said)
	}
	env.Defer(func() { _ = exec.Command("ip", "link", "del", name).Run() })
	return nil
}

// listening reads the kernel's lists of those who receive, which name the
// interface at the start of a receiver's line.
func listening(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: listening INTERFACE N")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	found := 0
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if found = receivers(ts, args[0]); found >= want {
			return
		}
	}
	ts.Fatalf("%d filters on %s, want %d", found, args[0], want)
}

func receivers(ts *testscript.TestScript, name string) (found int) {
	lists, err := filepath.Glob("/proc/net/can/rcvlist_*")
	ts.Check(err)
	for _, list := range lists {
		text, err := os.ReadFile(list)
		ts.Check(err)
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 6 && f[0] == name && filepath.Base(list) != "rcvlist_err" {
				found++
			}
		}
	}
	return found
}

// alike inspects by way of two adapters, each into its file, until both tell the
// same but for times and adapter. The cars and the inspections run on the clock,
// in a machine that may stand still for a while: a unit that then answered too
// late was told of rightly. So there are three tries, and each that differed is
// shown.
func alike(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: alike FILE ADAPTER FILE ADAPTER")
	}
	for range 3 {
		first, second := inspected(ts, args[0], args[1]), inspected(ts, args[2], args[3])
		diff := cmp.Diff(first, second)
		if diff == "" {
			return
		}
		ts.Logf("%s and %s differ (-first +second):\n%s", args[0], args[2], diff)
	}
	ts.Fatalf("%s and %s differed three times", args[0], args[2])
}

// inspected is what an inspection tells, which is kept in a file.
func inspected(ts *testscript.TestScript, file, adapter string) map[string]any {
	ts.Check(ts.Exec("untether", "inspect", "--adapter", adapter, "--output", "json"))
	text := ts.ReadFile("stdout")
	ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	return told(ts, text)
}

// told is an inspection without its times and adapter.
func told(ts *testscript.TestScript, text string) (i map[string]any) {
	ts.Check(json.Unmarshal([]byte(text), &i))
	if units, _ := i["units"].([]any); len(units) == 0 {
		ts.Fatalf("an inspection that found nothing")
	}
	for _, apart := range []string{"started", "duration_ms", "adapter"} {
		delete(i, apart)
	}
	return i
}

func same(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: same FILE FILE")
	}
	if diff := cmp.Diff(told(ts, ts.ReadFile(args[0])), told(ts, ts.ReadFile(args[1]))); diff != "" {
		ts.Fatalf("%s and %s differ (-first +second):\n%s", args[0], args[1], diff)
	}
}

package main

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"untether": main})
}

// The scripts in testdata/script run the program as a user does.
func TestScripts(t *testing.T) {
	t.Parallel() // they wait for simulated cars more than they compute
	testscript.Run(t, scripts(t, filepath.Join("testdata", "script")))
}

// scripts runs the scripts of a folder. Beside the usual commands they have
//
//	exits CODE PROGRAM ARG...   runs a program that must end with this code
//	[shared]                    recordings of real cars are there, in $SHARED
//
// and those of together.
func scripts(t *testing.T, dir string) testscript.Params {
	t.Helper()
	shared := sharedDir(t)
	commands := maps.Clone(together)
	commands["exits"] = exits
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands,
		Condition: func(cond string) (bool, error) {
			if cond != "shared" {
				return false, errors.New("unknown condition " + cond)
			}
			return shared != "", nil
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("SHARED", shared)
			return nil
		},
	}
}

// sharedDir is where recordings of real cars lie, or empty. With
// UNTETHER_REQUIRE_SHARED=1 they have to be there.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../shared")
	require.NoError(t, err)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	require.NotEqual(t, "1", os.Getenv("UNTETHER_REQUIRE_SHARED"), "%s must be there", dir)
	return ""
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

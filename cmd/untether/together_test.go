package main

import (
	"encoding/json"
	"os"
	"regexp"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// together are the commands of scripts in which two programs meet:
//
//	awaits FILE REGEXP   waits until a program has written this; what the
//	                     group in it stands for is then in $AWAITED
//	agree FILE FILE      two inspections learned the same about a car; with
//	                     values behind it, what went wrong on the way may differ
var together = map[string]func(*testscript.TestScript, bool, []string){"awaits": awaits, "agree": agree}

// patience is for a machine that has other things to do.
const patience = 30 * time.Second

func awaits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: awaits FILE REGEXP")
	}
	wanted, err := regexp.Compile(args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(ts.MkAbs(args[0])) // the program may not have begun it
		if found := wanted.FindSubmatch(text); found != nil {
			ts.Setenv("AWAITED", string(found[len(found)-1]))
			return
		}
	}
	ts.Fatalf("%s does not say %s", args[0], args[1])
}

func agree(ts *testscript.TestScript, neg bool, args []string) {
	values := len(args) == 3 && args[2] == "values"
	if neg || len(args) != 2 && !values {
		ts.Fatalf("usage: agree FILE FILE [values]")
	}
	type learned struct {
		Vehicle, Telematics            map[string]any
		Identifiers, Signals, Findings []map[string]any
	}
	var a, b learned
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &a))
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &b))
	if len(a.Identifiers) == 0 {
		ts.Fatalf("%s holds no inspection that learned anything", args[0])
	}
	if values {
		a.Findings, b.Findings = nil, nil
	}
	if diff := cmp.Diff(a, b); diff != "" {
		ts.Fatalf("%s and %s differ (-first +second):\n%s", args[0], args[1], diff)
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What the script prints around each package's tests.
const (
	packageMark = "=== PACKAGE "
	exitMark    = "=== EXIT "
)

// judge passes on the output of tests, and counts. Subtests count for what
// they fail or skip: a test with skipped parts has not been run.
type judge struct {
	to   io.Writer
	line []byte // not yet ended

	pkg      string
	packages int
	ran      int // tests of this package
	passed   int
	parts    int // subtests that passed
	wrong    []string
}

func (j *judge) Write(p []byte) (int, error) {
	j.line = append(j.line, p...)
	for {
		line, rest, whole := bytes.Cut(j.line, []byte("\n"))
		if !whole {
			return j.to.Write(p)
		}
		j.read(string(line))
		j.line = rest
	}
}

func (j *judge) read(line string) {
	if name, ok := strings.CutPrefix(line, packageMark); ok {
		j.pkg, j.ran = name, 0
		j.packages++
		return
	}
	if code, ok := strings.CutPrefix(line, exitMark); ok {
		j.end(code)
		return
	}
	result := strings.TrimLeft(line, " ")
	name, _, _ := strings.Cut(strings.TrimPrefix(result[min(len(result), len("--- PASS")):], ": "), " ")
	switch {
	case strings.HasPrefix(line, "--- PASS: "):
		j.ran++
		j.passed++
	case strings.HasPrefix(result, "--- PASS: "):
		j.parts++
	case strings.HasPrefix(result, "--- SKIP: "):
		j.complain("skipped %s", name)
	case strings.HasPrefix(result, "--- FAIL: "):
		j.ran++
		j.complain("failed %s", name)
	}
}

func (j *judge) end(code string) {
	if j.ran == 0 {
		j.complain("ran no test")
	}
	if code != "0" {
		j.complain("ended with exit code %s", code)
	}
	j.pkg = ""
}

func (j *judge) complain(format string, args ...any) {
	j.wrong = append(j.wrong, j.pkg+" "+fmt.Sprintf(format, args...))
}

func (j *judge) summary() string {
	return fmt.Sprintf("%d tests with %d parts passed, of %d packages", j.passed, j.parts, j.packages)
}

// verdict is nil if every package ended, ran tests, and all passed.
func (j *judge) verdict() error {
	if j.pkg != "" {
		j.complain("did not end")
	}
	if j.packages == 0 {
		j.complain("no package was tested")
	}
	if len(j.wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(j.wrong, "\n  "))
}

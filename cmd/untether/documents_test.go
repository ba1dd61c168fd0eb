package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// Every command that the README and the documents for users show is run, in the
// document's order and in one folder, and must do what is shown: exit with 0 or
// with the code that a following "echo $?" prints, and print the lines below
// it. A car that is served in a terminal of its own runs on beside the commands
// after it.
func TestDocuments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, document := range []string{"README.md", "docs/ci.md", "docs/dongles.md"} {
		text, err := os.ReadFile(filepath.Join("../..", document))
		require.NoError(t, err)
		steps, err := documentSteps(string(text))
		require.NoError(t, err, document)
		require.NotEmpty(t, steps, document)
		name := strings.TrimSuffix(filepath.Base(document), ".md") + ".txtar"
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script(steps)), 0o600))
	}
	params := scripts(t, dir)
	params.Cmds["prints"] = prints
	testscript.Run(t, params)
}

// step is one command of a document and what that shows of its effect.
type step struct {
	command string
	code    int
	output  []string
}

var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

func documentSteps(markdown string) ([]step, error) {
	var steps []step
	for _, block := range consoleBlock.FindAllStringSubmatch(markdown, -1) {
		found, err := blockSteps(block[1])
		if err != nil {
			return nil, err
		}
		steps = append(steps, found...)
	}
	return steps, nil
}

// blockSteps reads one block. Commands that fetch or build are left out with
// whatever is shown below them.
func blockSteps(block string) ([]step, error) {
	var all []step
	for line := range strings.Lines(block) {
		line = strings.TrimRight(line, "\n")
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case isCommand:
			all = append(all, step{command: command})
		case len(all) == 0:
			return nil, fmt.Errorf("output %q before any command", line)
		default:
			all[len(all)-1].output = append(all[len(all)-1].output, line)
		}
	}
	return runnable(all)
}

func runnable(all []step) ([]step, error) {
	var steps []step
	for _, s := range all {
		switch {
		case strings.HasPrefix(s.command, "git clone "), strings.HasPrefix(s.command, "make "):
			continue
		case s.command == "echo $?":
			code, err := strconv.Atoi(strings.Join(s.output, "\n"))
			if err != nil || len(steps) == 0 {
				return nil, fmt.Errorf("echo $? follows no command or shows no code: %q", s.output)
			}
			if steps[len(steps)-1].serves() {
				return nil, fmt.Errorf("%q does not end, so it has no code", steps[len(steps)-1].command)
			}
			steps[len(steps)-1].code = code
			continue
		}
		own, err := untether(s.command)
		if err != nil {
			return nil, err
		}
		s.command = own
		steps = append(steps, s)
	}
	return steps, nil
}

// untether turns a way to call the program from a checkout into the call of
// the program under test.
func untether(command string) (string, error) {
	for _, prefix := range []string{"go run ./cmd/untether ", "bin/untether ", "untether "} {
		if args, ok := strings.CutPrefix(command, prefix); ok && plain(args) {
			return "untether " + args, nil
		}
	}
	return "", fmt.Errorf("no test can run the command %q", command)
}

// plain arguments mean the same to a shell and to a script: single quotes do,
// but not within the quotes that a served car's command gets.
func plain(args string) bool {
	special := "|;&<>$`\"\\*"
	if strings.HasPrefix(args, "sim run ") {
		special += "'"
	}
	return !strings.ContainsAny(args, special)
}

// serves reports a command that goes on until it is interrupted. It is, when
// the script ends.
func (s step) serves() bool { return strings.HasPrefix(s.command, "untether sim run ") }

func script(steps []step) string {
	var run, files strings.Builder
	for i, s := range steps {
		from := "stdout"
		if s.serves() {
			from = fmt.Sprintf("served%d", i)
			fmt.Fprintf(&run, "exec sh -c 'exec %s >%s' &%s&\nawaits %s '\\n'\n", s.command, from, from, from)
		} else {
			fmt.Fprintf(&run, "exits %d %s\n", s.code, s.command)
		}
		if len(s.output) > 0 {
			fmt.Fprintf(&run, "prints output-%d %s\n", i, from)
			fmt.Fprintf(&files, "-- output-%d --\n%s\n", i, strings.Join(s.output, "\n"))
		}
	}
	return run.String() + files.String()
}

// prints checks that what was printed is the lines of a file; a line of three
// dots stands for any lines.
func prints(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: prints FILE PRINTED")
	}
	want, got := ts.ReadFile(args[0]), ts.ReadFile(args[1])
	if !matches(want, got) {
		ts.Fatalf("shown is\n%s\nand the program prints\n%s", want, got)
	}
}

func matches(want, got string) bool {
	pattern := regexp.QuoteMeta(strings.TrimRight(want, "\n") + "\n")
	pattern = strings.ReplaceAll("\n"+pattern, "\n\\.\\.\\.\n", "\n(?s:.*\n)?")
	return regexp.MustCompile(`\A` + pattern + `\z`).MatchString("\n" + strings.TrimRight(got, "\n") + "\n")
}

func TestDocumentSteps(t *testing.T) {
	for name, c := range map[string]struct {
		markdown string
		want     []step
		fails    bool
	}{
		"go run": {
			markdown: "```console\n$ go run ./cmd/untether inspect --adapter sim:a\n```\n",
			want:     []step{{command: "untether inspect --adapter sim:a"}},
		},
		"output": {
			markdown: "```console\n$ bin/untether inspect\nVIN  X\n\nend\n$ make test\nok\n```\n",
			want:     []step{{command: "untether inspect", output: []string{"VIN  X", "", "end"}}},
		},
		"exit code": {
			markdown: "```console\n$ make build\n$ bin/untether inspect\n$ echo $?\n3\n```\n",
			want:     []step{{command: "untether inspect", code: 3}},
		},
		"two blocks": {
			markdown: "```console\n$ bin/untether a\n```\ntext\n```sh\n$ rm -r x\n```\n```console\n$ bin/untether b\n```\n",
			want:     []step{{command: "untether a"}, {command: "untether b"}},
		},
		"a car that is served": {
			markdown: "```console\n$ bin/untether sim run a --listen unix:b\nup\n```\n```console\n$ bin/untether b\n$ echo $?\n2\n```\n",
			want:     []step{{command: "untether sim run a --listen unix:b", output: []string{"up"}}, {command: "untether b", code: 2}},
		},
		"code of what does not end": {markdown: "```console\n$ bin/untether sim run a\n$ echo $?\n0\n```\n", fails: true},
		"quotes":                    {markdown: "```console\n$ bin/untether 'a b'\n```\n", want: []step{{command: "untether 'a b'"}}},
		"quotes of a car":           {markdown: "```console\n$ bin/untether sim run 'a b'\n```\n", fails: true},
		"nothing to run":            {markdown: "```console\n$ git clone https://example.org/x && cd x\n```\n"},
		"unknown command":           {markdown: "```console\n$ rm -r x\n```\n", fails: true},
		"shell":                     {markdown: "```console\n$ bin/untether a | jq .\n```\n", fails: true},
		"code of nothing":           {markdown: "```console\n$ echo $?\n3\n```\n", fails: true},
		"code without number":       {markdown: "```console\n$ bin/untether a\n$ echo $?\n```\n", fails: true},
		"output of nothing":         {markdown: "```console\nVIN  X\n```\n", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := documentSteps(c.markdown)
			require.Equal(t, c.fails, err != nil, "%v", err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestDocumentScript(t *testing.T) {
	got := script([]step{
		{command: "untether sim run a", output: []string{"up", "..."}},
		{command: "untether b", code: 2, output: []string{"two"}},
		{command: "untether c"},
	})
	require.Equal(t, `exec sh -c 'exec untether sim run a >served0' &served0&
awaits served0 '\n'
prints output-0 served0
exits 2 untether b
prints output-1 stdout
exits 0 untether c
-- output-0 --
up
...
-- output-1 --
two
`, got)
}

func TestOutputOfTheReadmeMayLeaveLinesOut(t *testing.T) {
	const got = "one\ntwo (2)\nthree\nfour\n"
	for _, want := range []string{got, "one\n...\n", "one\n...\nfour\n", "...\ntwo (2)\n...\n", "...\n", "one\n...\ntwo (2)\nthree\nfour\n\n"} {
		require.True(t, matches(want, got), want)
	}
	for _, want := range []string{"one\n", "one\nthree\n...\n", "...\ntwo\n...\n", "four\n...\n", "one\n...\nfive\n", "...\nwo (2)\n...\n"} {
		require.False(t, matches(want, got), want)
	}
}

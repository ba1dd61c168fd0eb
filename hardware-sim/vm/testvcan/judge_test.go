package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheJudgeWantsEveryTestRun(t *testing.T) {
	for _, tc := range []struct {
		name, output, verdict string
		passed                int
	}{
		{
			name:   "all passed",
			output: "=== PACKAGE a\n--- PASS: TestVCANOne (0.1s)\n    --- PASS: TestVCANOne/part (0.1s)\nPASS\n=== EXIT 0\n=== PACKAGE b\n--- PASS: TestVCANTwo (0.1s)\n=== EXIT 0\n",
			passed: 2,
		},
		{
			name:    "one failed",
			output:  "=== PACKAGE a\n--- PASS: TestVCANOne (0.1s)\n--- FAIL: TestVCANTwo (0.1s)\nFAIL\n=== EXIT 1\n",
			passed:  1,
			verdict: "a failed TestVCANTwo\n  a ended with exit code 1",
		},
		{
			name:    "a part was skipped",
			output:  "=== PACKAGE a\n--- PASS: TestVCANOne (0.1s)\n    --- SKIP: TestVCANOne/part (0.1s)\n=== EXIT 0\n",
			passed:  1,
			verdict: "a skipped TestVCANOne/part",
		},
		{
			name:    "a package without tests",
			output:  "=== PACKAGE a\n--- PASS: TestVCANOne (0.1s)\n=== EXIT 0\n=== PACKAGE b\ntesting: warning: no tests to run\nPASS\n=== EXIT 0\n",
			passed:  1,
			verdict: "b ran no test",
		},
		{
			name:    "cut short",
			output:  "=== PACKAGE a\n--- PASS: TestVCANOne (0.1s)\n",
			passed:  1,
			verdict: "a did not end",
		},
		{
			name:    "a panic",
			output:  "=== PACKAGE a\n--- PASS: TestVCANOne (0.1s)\npanic: no\n=== EXIT 2\n",
			passed:  1,
			verdict: "a ended with exit code 2",
		},
		{name: "nothing", verdict: " no package was tested"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var to bytes.Buffer
			j := &judge{to: &to}
			for _, b := range []byte(tc.output) {
				n, err := j.Write([]byte{b})
				require.NoError(t, err)
				require.Equal(t, 1, n)
			}
			require.Equal(t, tc.output, to.String())
			require.Equal(t, tc.passed, j.passed)
			if err := j.verdict(); tc.verdict != "" {
				require.EqualError(t, err, tc.verdict)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

func TestTheJudgeCounts(t *testing.T) {
	j := &judge{to: io.Discard}
	_, err := io.WriteString(j, "=== PACKAGE a\n--- PASS: TestVCANOne (0.1s)\n    --- PASS: TestVCANOne/part (0.1s)\n=== EXIT 0\n")
	require.NoError(t, err)
	require.Equal(t, "1 tests with 1 parts passed, of 1 packages", j.summary())
}

func TestFoldersWithTestsThatNeedCAN(t *testing.T) {
	root := t.TempDir()
	for name, head := range map[string]string{
		"obd/a/first_test.go":  "// Package a\n\n//go:build vcan && linux\n\npackage a\n",
		"obd/a/second_test.go": "//go:build vcan\n\npackage a\n",
		"obd/b/b_test.go":      "package b\n\nconst s = `//go:build vcan`\n",
		"obd/b/b.go":           "//go:build vcan\n\npackage b\n",
		"c/empty_test.go":      "",
	} {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(head), 0o600))
	}
	folders, err := testFolders(root)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(root, "obd/a")}, folders)

	_, err = testFolders(filepath.Join(root, "obd/b"))
	require.EqualError(t, err, "no test needs CAN here: is this the project's folder?")
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// TestWorkflow runs the steps of the workflow in docs/ci.md, but for those that
// fetch something, on recordings: one of a car that says nothing of its
// services, then also one of a car whose services are active.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/ci.md")
	require.NoError(t, err)
	block := yamlBlock.FindSubmatch(text)
	require.NotNil(t, block)
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Run string `yaml:"run"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	require.NoError(t, yaml.Unmarshal(block[1], &workflow))

	var runs, files []string
	for _, job := range workflow.Jobs {
		for _, s := range job.Steps {
			if strings.HasPrefix(s.Run, "untether ") || strings.Contains(s.Run, "\n") {
				files = append(files, fmt.Sprintf("-- step-%d.sh --\n%s\n", len(files), s.Run))
			}
		}
	}
	require.Len(t, files, 2, "the steps that inspect")
	runs = append(runs,
		"mkdir recordings",
		"exec untether inspect --adapter sim:land-rover-discovery-2016 --record recordings/rover.log",
		"exits 0 bash -e step-0.sh", "grep untether/inspection/v1 simulated.json",
		"exits 0 bash -e step-1.sh", "grep SALXK2N01GH271845 results/rover.log.json",
		"exec untether inspect --adapter sim:nissan-leaf-2013 --record recordings/leaf.log",
		"exits 1 bash -e step-1.sh", "stdout 'leaf.log: exit code 3'", "! stdout rover", "exists results/leaf.log.json")
	dir := t.TempDir()
	script := strings.Join(runs, "\n") + "\n" + strings.Join(files, "")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "workflow.txtar"), []byte(script), 0o600))
	testscript.Run(t, scripts(t, dir))
}

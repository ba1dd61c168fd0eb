package profiles

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// Whatever a file holds, loading it ends in a profile or in errors with a
// place in the file, and what loads can be linted, matched and probed.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("id: [&a {? x: !!int *a, <<: 1}]\n---\n- - -"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := LoadFS(fstest.MapFS{"p.yaml": {Data: data}})
		if err != nil {
			var at *FileError
			require.ErrorAs(t, err, &at)
			require.Equal(t, "p.yaml", at.File)
			require.NotEmpty(t, at.Reason)
			return
		}
		for _, problem := range linter.Lint(s) {
			require.Positive(t, problem.Line, problem)
		}
		s.Match(Query{VIN: string(data)})
		s.Fingerprints()
		s.VINUnits()
		s.Candidates("", Network{})
	})
}

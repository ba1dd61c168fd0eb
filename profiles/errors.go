package profiles

import (
	"errors"
	"fmt"
)

// ErrNoProfiles is a directory without a single profile file.
var ErrNoProfiles = errors.New("no profile files (*.yaml)")

// FileError says what is wrong with a profile file, and where. Lines and
// columns count from 1; both are 0 where the whole file is meant.
type FileError struct {
	File         string
	Line, Column int
	Reason       string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

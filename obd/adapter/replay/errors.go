package replay

import (
	"errors"
	"fmt"
	"strings"
)

// Why a file is no recording, inside a *FileError. A missing one matches
// fs.ErrNotExist.
var (
	ErrNotFile = errors.New("not a regular file")
	ErrEmpty   = errors.New("empty")
	ErrForm    = errors.New("no frame in candump's log form in its first 64 KiB")
)

// FileError is a recording that could not be opened or read.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("replay: %s: %v", e.Path, e.Err) }
func (e *FileError) Unwrap() error { return e.Err }

// ValueError is a key's value that it cannot have.
type ValueError struct {
	Text  string // the whole URI
	Key   string
	Value string
	Valid []string // all that it can have; nil for the speed, any decimal number above 0
}

func (e *ValueError) Error() string {
	want := "a decimal number above 0"
	if len(e.Valid) > 0 {
		want = strings.Join(e.Valid, ", ")
	}
	return fmt.Sprintf("replay: %q: %s cannot be %q; valid are %s", e.Text, e.Key, e.Value, want)
}

// InterfaceError tells, once, that a recording holds more than one network.
// Only the frames of the first are given: what two networks say in one file
// is not one conversation.
type InterfaceError struct {
	Line    int
	Read    string // whose frames are given
	Ignored string // the first one whose frames are not
}

func (e *InterfaceError) Error() string {
	return fmt.Sprintf("replay: line %d: frames of %s are left out, only %s is read", e.Line, e.Ignored, e.Read)
}

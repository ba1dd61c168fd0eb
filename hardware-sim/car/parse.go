package car

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// FileError says what is wrong with a scenario, and where.
type FileError struct {
	File         string
	Line, Column int // from 1; 0: of the whole
	Reason       string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("car: %s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("car: %s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

// What a file may be. The YAML library's time grows with the square of the
// depth and of the length of a line, so these are looked at before.
const (
	maxFile   = 1 << 20
	maxLine   = 2000
	maxTokens = 1 << 16
	maxFlow   = 16
	maxColumn = 100 // of a list's dash: "- - - -" nests without a new line
)

// Parse reads a scenario. Unknown keys are errors, and so is whatever makes no
// sense as a car; all of them are *FileError.
func Parse(file string, data []byte) (*Scenario, error) {
	if err := legible(file, data); err != nil {
		return nil, err
	}
	var s Scenario
	if err := yaml.UnmarshalWithOptions(data, &s, yaml.Strict()); err != nil {
		return nil, located(file, err)
	}
	if reason := s.check(); reason != nil {
		return nil, &FileError{File: file, Reason: reason.Error()}
	}
	return &s, nil
}

func located(file string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return &FileError{File: file, Line: p.Line, Column: p.Column, Reason: at.GetMessage()}
	}
	return &FileError{File: file, Reason: err.Error()}
}

func legible(file string, data []byte) error {
	if len(data) > maxFile || !utf8.Valid(data) {
		return &FileError{File: file, Reason: fmt.Sprintf("not UTF-8 text of at most %d bytes", maxFile)}
	}
	number := 0
	for line := range bytes.Lines(data) {
		if number++; len(line) > maxLine {
			return &FileError{file, number, maxLine, fmt.Sprintf("a line of more than %d bytes", maxLine)}
		}
	}
	tokens := lexer.Tokenize(string(data))
	if len(tokens) > maxTokens {
		return &FileError{File: file, Reason: fmt.Sprintf("more than %d words and signs", maxTokens)}
	}
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType, token.DirectiveType, token.MappingKeyType:
			return &FileError{file, t.Position.Line, t.Position.Column, "anchors, aliases, merges, tags, directives or explicit keys"}
		}
		if depth > maxFlow || t.Type == token.SequenceEntryType && t.Position.Column > maxColumn {
			return &FileError{file, t.Position.Line, t.Position.Column, "nested too deeply"}
		}
	}
	return nil
}

package profiles

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a profile file may be. The library's time grows with the square of the
// depth, of the length of a line and of the number of keys, so these are
// looked at before it gets to work.
const (
	maxFileSize = 1 << 20
	maxLine     = 1000
	maxTokens   = 1 << 16
	maxFlow     = 16  // nested [ and {
	maxColumn   = 100 // of a list's dash: "- - - -" nests without a new line
)

// position is a place in a file, counted from 1.
type position struct{ line, column int }

// parse reads one YAML document of the plain kind that a profile needs: no
// anchors, aliases, tags, merges or explicit keys.
func parse(file string, data []byte) (ast.Node, error) {
	if err := legible(file, data); err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(string(data))
	if len(tokens) > maxTokens {
		return nil, &FileError{File: file, Reason: fmt.Sprintf("more than %d words and signs", maxTokens)}
	}
	if err := plain(file, tokens); err != nil {
		return nil, err
	}
	doc, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	return oneDocument(file, doc)
}

func legible(file string, data []byte) error {
	switch {
	case len(data) > maxFileSize:
		return &FileError{File: file, Reason: fmt.Sprintf("larger than %d bytes", maxFileSize)}
	case !utf8.Valid(data):
		return &FileError{File: file, Reason: "not UTF-8 text"}
	}
	number := 0
	for line := range bytes.Lines(data) {
		if number++; len(line) > maxLine {
			return &FileError{file, number, maxLine, fmt.Sprintf("a line of more than %d bytes", maxLine)}
		}
	}
	return nil
}

func oneDocument(file string, doc *ast.File) (ast.Node, error) {
	if len(doc.Docs) > 1 {
		at := opening(doc.Docs[1])
		return nil, &FileError{File: file, Line: at.line, Column: at.column, Reason: "a second document in the file"}
	}
	if len(doc.Docs) == 0 || doc.Docs[0].Body == nil {
		return nil, &FileError{File: file, Reason: "empty"}
	}
	return doc.Docs[0].Body, nil
}

func syntaxError(file string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return &FileError{File: file, Line: p.Line, Column: p.Column, Reason: at.GetMessage()}
	}
	return &FileError{File: file, Reason: err.Error()}
}

func plain(file string, tokens token.Tokens) error {
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if reason := refused(t, depth); reason != "" {
			return &FileError{File: file, Line: t.Position.Line, Column: t.Position.Column, Reason: reason}
		}
	}
	return nil
}

func refused(t *token.Token, depth int) string {
	switch t.Type {
	case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType, token.DirectiveType, token.MappingKeyType:
		return fmt.Sprintf("%q: a profile has no anchors, aliases, merges, tags, directives or explicit keys", t.Value)
	case token.SequenceEntryType:
		if t.Position.Column > maxColumn {
			return "nested too deeply"
		}
	}
	if depth > maxFlow {
		return "nested too deeply"
	}
	return ""
}

// opening is where a document begins, as far as it has anything.
func opening(d *ast.DocumentNode) position {
	switch {
	case d.Start != nil:
		return position{d.Start.Position.Line, d.Start.Position.Column}
	case d.Body != nil:
		return start(d.Body)
	}
	return position{}
}

// start is where a node begins; the library's own token of a mapping is its
// first colon.
func start(n ast.Node) position {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return start(m.Values[0].Key)
	}
	p := n.GetToken().Position
	return position{p.Line, p.Column}
}

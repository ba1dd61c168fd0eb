package adapter

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// URI is an adapter's name: SCHEME:TARGET?KEY=VALUE&... TARGET is a car, a
// device, a file or //HOST:PORT/...; it is not percent-decoded, so that file
// names stay what they are.
type URI struct {
	Text   string
	Scheme string
	Target string
	Query  url.Values
}

// URIError is a malformed adapter URI, or a key or value it may not have.
type URIError struct {
	Text   string
	Key    string // the key that is at fault; empty: the URI itself
	Value  bool   // the key's value is at fault, not the key
	Reason string
	Valid  []string // what would have been accepted; may be empty
}

func (e *URIError) Error() string {
	s := fmt.Sprintf("adapter: %q: %s", e.Text, e.Reason)
	if len(e.Valid) > 0 {
		s += "; valid are " + strings.Join(e.Valid, ", ")
	}
	return s
}

// ParseURI splits the text; it knows no scheme.
func ParseURI(text string) (URI, error) {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || scheme == "" {
		return URI{}, &URIError{Text: text, Reason: "no scheme, as in sim:bmw-5-2017"}
	}
	target, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return URI{}, &URIError{Text: text, Reason: "malformed query"}
	}
	if target == "" {
		return URI{}, &URIError{Text: text, Reason: "nothing after the scheme"}
	}
	return URI{Text: text, Scheme: strings.ToLower(scheme), Target: target, Query: values}, nil
}

// Allow refuses every key that is not among keys, and every repeated one.
func (u URI) Allow(keys ...string) error {
	for k, v := range u.Query {
		if !slices.Contains(keys, k) {
			return &URIError{Text: u.Text, Key: k, Reason: fmt.Sprintf("unknown key %q", k), Valid: keys}
		}
		if len(v) > 1 {
			return &URIError{Text: u.Text, Key: k, Reason: fmt.Sprintf("key %q given %d times", k, len(v)), Valid: keys}
		}
	}
	return nil
}

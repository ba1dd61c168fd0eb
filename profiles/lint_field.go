package profiles

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// longest a field may be, and how often a group may come: an answer of
// ISO-TP without escape is 4095 bytes.
const (
	maxField  = 4095
	maxRepeat = 64
)

func (r *report) fields(path string, fields []Field) {
	for i, f := range fields {
		at := fmt.Sprintf("%s[%d]", path, i)
		last := i == len(fields)-1 && !strings.Contains(path, ".fields[")
		if f.Repeat > 0 || len(f.Fields) > 0 {
			r.group(at, f)
		} else {
			r.leaf(at, f, last)
		}
		r.meaning(at, f)
	}
}

func (r *report) group(path string, f Field) {
	switch {
	case f.Repeat == 0 || len(f.Fields) == 0:
		r.add(path, "field", "group %q needs both repeat and fields", f.Name)
	case f.Repeat > maxRepeat:
		r.add(path+".repeat", "field", "group %q repeats more than %d times", f.Name, maxRepeat)
	case f.Type != "" || f.Length != 0 || f.Identifier != "":
		r.add(path, "field", "group %q has no type, length or identifier of its own", f.Name)
	case f.Signal != "" && !f.Count:
		r.add(path+".signal", "field", "group %q can only count", f.Name)
	}
	r.fields(path+".fields", f.Fields)
}

func (r *report) leaf(path string, f Field, last bool) {
	switch {
	case f.Type == "":
		r.add(path, "field", "field %q has no type", f.Name)
	case f.Length > maxField:
		r.add(path+".length", "field", "field %q is longer than %d", f.Name, maxField)
	case f.Type == TypeUint && (f.Length < 1 || f.Length > 8):
		r.add(path, "field", "number %q needs a length of 1 to 8", f.Name)
	case f.Length == 0 && f.Type != TypeText && !last:
		r.add(path, "field", "%q takes the rest of the answer, so nothing can follow", f.Name)
	case f.Count:
		r.add(path+".count", "field", "%q is no group to count", f.Name)
	}
}

// meaning checks what a field is turned into: an identifier, a signal or
// nothing.
func (r *report) meaning(path string, f Field) {
	said := f.Identifier != "" || f.Signal != ""
	if f.Type == TypeSkip && said {
		r.add(path, "field", "%q is skipped, so it tells nothing", f.Name)
	}
	if f.Identifier != "" && !slices.Contains(r.Kinds, f.Identifier) {
		r.add(path+".identifier", "identifier", "%q is none of %s", f.Identifier, strings.Join(r.Kinds, ", "))
	}
	if f.Signal == "" {
		if len(f.Values) > 0 || f.Default+f.Present+f.Absent != "" || f.Count {
			r.add(path, "signal", "%q has values but no signal", f.Name)
		}
		return
	}
	r.signal(path, f)
}

func (r *report) signal(path string, f Field) {
	known, ok := r.Signals[f.Signal]
	switch {
	case !ok:
		r.add(path+".signal", "signal", "there is no signal %q", f.Signal)
		return
	case len(f.Values) == 0 && f.Present == "" && f.Absent == "" && !f.Count:
		r.add(path+".signal", "signal", "nothing says when %q has which value", f.Signal)
	}
	given := map[string]string{".default": f.Default, ".present": f.Present, ".absent": f.Absent}
	for key, value := range f.Values {
		given[".values."+key] = value
		r.raw(path+".values."+key, key, f)
	}
	for where, value := range given {
		if value != "" && len(known) > 0 && !slices.Contains(known, value) {
			r.add(path+where, "signal", "%s is never %q but %s", f.Signal, value, strings.Join(known, ", "))
		}
	}
}

// raw checks a key of values: the bytes, in upper case, as long as the field.
func (r *report) raw(path, key string, f Field) {
	b, err := hex.DecodeString(key)
	switch {
	case err != nil || key != strings.ToUpper(key):
		r.add(path, "values", "%q is not hex bytes in upper case", key)
	case f.Length == 0:
		r.add(path, "values", "field %q has no fixed length to compare %s with", f.Name, key)
	case len(b) != f.Length:
		r.add(path, "values", "%s is %d bytes, field %q is %d", key, len(b), f.Name, f.Length)
	}
}

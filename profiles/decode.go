package profiles

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// decoder fills Go values from YAML nodes. The library's own decoder, strict
// or not, takes 1.9 for the whole number 1, numbers for text and null for
// anything, and loses the place of a value that UnmarshalText refuses; a
// profile decides what is sent to a car, so here every kind must fit and every
// error has its place.
type decoder struct {
	file string
	at   map[string]position // path -> where: "units[0].reads[2].request"
	errs []*FileError
}

// decode fills dst, a pointer to a struct, and tells where each value stands.
func decode(file string, root ast.Node, dst any) (map[string]position, error) {
	d := decoder{file: file, at: map[string]position{}}
	d.value(root, reflect.ValueOf(dst).Elem(), "", "")
	return d.at, d.failed()
}

// failed joins the errors in the order of the file.
func (d *decoder) failed() error {
	slices.SortStableFunc(d.errs, func(a, b *FileError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var all []error
	for _, e := range d.errs {
		all = append(all, e)
	}
	return errors.Join(all...)
}

// maxErrors of one file are told; who has more has another problem.
const maxErrors = 50

func (d *decoder) refuse(n ast.Node, format string, args ...any) {
	if len(d.errs) == maxErrors {
		return
	}
	at := start(n)
	d.errs = append(d.errs, &FileError{d.file, at.line, at.column, fmt.Sprintf(format, args...)})
}

func (d *decoder) value(n ast.Node, dst reflect.Value, path, enum string) {
	d.at[path] = start(n)
	if text, ok := dst.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.unmarshal(n, text)
		return
	}
	if _, ok := dst.Interface().(time.Duration); ok {
		d.duration(n, dst)
		return
	}
	switch dst.Kind() {
	case reflect.Struct:
		d.structure(n, dst, path)
	case reflect.Slice:
		d.list(n, dst, path)
	case reflect.Map:
		d.mapping(n, dst, path)
	case reflect.String:
		d.text(n, dst, enum)
	case reflect.Bool:
		d.boolean(n, dst)
	default:
		d.integer(n, dst)
	}
}

func (d *decoder) structure(n ast.Node, dst reflect.Value, path string) {
	pairs, ok := n.(*ast.MappingNode)
	if !ok {
		d.refuse(n, "want keys with values, got %s", kind(n))
		return
	}
	present := map[string]bool{}
	for _, e := range pairs.Values {
		key, ok := word(e.Key)
		field, known := fieldOf(dst.Type(), key)
		if !ok || !known {
			d.refuse(e.Key, "unknown key %s; valid are %s", e.Key, strings.Join(keysOf(dst.Type()), ", "))
			continue
		}
		present[key] = true
		d.field(e.Value, dst.FieldByIndex(field.Index), field, join(path, key))
	}
	d.required(n, dst.Type(), present)
}

func (d *decoder) field(n ast.Node, dst reflect.Value, f reflect.StructField, path string) {
	before := len(d.errs)
	d.value(n, dst, path, f.Tag.Get("enum"))
	empty := dst.IsZero() || dst.Kind() == reflect.Slice && dst.Len() == 0
	if f.Tag.Get("required") != "" && empty && len(d.errs) == before {
		d.refuse(n, "%s must not be empty or zero", keyOf(f))
	}
}

func (d *decoder) required(n ast.Node, t reflect.Type, present map[string]bool) {
	for f := range fields(t) {
		if key := keyOf(f); f.Tag.Get("required") != "" && !present[key] {
			d.refuse(n, "key %s is missing", key)
		}
	}
}

func (d *decoder) list(n ast.Node, dst reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.refuse(n, "want a list, got %s", kind(n))
		return
	}
	out := reflect.MakeSlice(dst.Type(), len(seq.Values), len(seq.Values))
	for i, v := range seq.Values {
		d.value(v, out.Index(i), fmt.Sprintf("%s[%d]", path, i), "")
	}
	dst.Set(out)
}

func (d *decoder) mapping(n ast.Node, dst reflect.Value, path string) {
	pairs, ok := n.(*ast.MappingNode)
	if !ok {
		d.refuse(n, "want keys with values, got %s", kind(n))
		return
	}
	out := reflect.MakeMap(dst.Type())
	for _, e := range pairs.Values {
		key, ok := word(e.Key)
		if !ok {
			d.refuse(e.Key, "want text as key, got %s; quote it", kind(e.Key))
			continue
		}
		v := reflect.New(dst.Type().Elem()).Elem()
		d.value(e.Value, v, join(path, key), "")
		d.at[join(path, key)] = start(e.Key)
		out.SetMapIndex(reflect.ValueOf(key), v)
	}
	dst.Set(out)
}

// scalar gives a node's text and complains of everything that is not text.
func (d *decoder) scalar(n ast.Node) (string, bool) {
	s, ok := word(n)
	switch {
	case !ok && isNumber(n):
		d.refuse(n, "want text, got the number %s; quote it", n.GetToken().Value)
	case !ok:
		d.refuse(n, "want text, got %s", kind(n))
	case s == "":
		d.refuse(n, "empty")
	}
	return s, ok && s != ""
}

func (d *decoder) text(n ast.Node, dst reflect.Value, enum string) {
	s, ok := d.scalar(n)
	if !ok {
		return
	}
	if valid := strings.Fields(enum); enum != "" && !slices.Contains(valid, s) {
		d.refuse(n, "%q is none of %s", s, strings.Join(valid, ", "))
		return
	}
	dst.SetString(s)
}

func (d *decoder) unmarshal(n ast.Node, dst encoding.TextUnmarshaler) {
	if s, ok := d.scalar(n); ok {
		if err := dst.UnmarshalText([]byte(s)); err != nil {
			d.refuse(n, "%v", err)
		}
	}
}

func (d *decoder) duration(n ast.Node, dst reflect.Value) {
	s, ok := d.scalar(n)
	if !ok {
		return
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		d.refuse(n, "%q is no duration such as 100ms", s)
		return
	}
	dst.SetInt(int64(v))
}

func (d *decoder) boolean(n ast.Node, dst reflect.Value) {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		d.refuse(n, "want true or false, got %s", kind(n))
		return
	}
	dst.SetBool(b.Value)
}

// integer takes decimal numbers only: 010 is eight to some readers.
func (d *decoder) integer(n ast.Node, dst reflect.Value) {
	digits := n.GetToken().Value
	v, err := strconv.ParseUint(digits, 10, 31)
	switch {
	case !isNumber(n) || err != nil || strconv.FormatUint(v, 10) != digits:
		d.refuse(n, "want a whole decimal number, got %s", kind(n))
	case dst.CanUint() && !dst.OverflowUint(v):
		dst.SetUint(v)
	case dst.CanInt() && !dst.OverflowInt(int64(v)):
		dst.SetInt(int64(v))
	default:
		d.refuse(n, "%s is too large", digits)
	}
}

func word(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(v.Value.Value, "\n"), true
	}
	return "", false
}

func isNumber(n ast.Node) bool {
	return n.Type() == ast.IntegerType || n.Type() == ast.FloatType
}

func kind(n ast.Node) string {
	switch n.Type() {
	case ast.NullType:
		return "nothing"
	case ast.MappingType:
		return "keys with values"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "text"
	}
	return n.GetToken().Value
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

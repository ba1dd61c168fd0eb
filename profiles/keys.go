package profiles

import (
	"iter"
	"reflect"
)

// fields gives the struct's fields that a file may set.
func fields(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); keyOf(f) != "" && !yield(f) {
				return
			}
		}
	}
}

func keyOf(f reflect.StructField) string { return f.Tag.Get("yaml") }

func keysOf(t reflect.Type) (keys []string) {
	for f := range fields(t) {
		keys = append(keys, keyOf(f))
	}
	return keys
}

func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for f := range fields(t) {
		if keyOf(f) == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

package profiles

import (
	"bytes"
	"encoding"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
)

const schemaFile = "schema/profile.schema.json"

func schemaDoc(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return doc.(map[string]any)
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(schemaFile, schemaDoc(t)))
	s, err := c.Compile(schemaFile)
	require.NoError(t, err)
	return s
}

// asJSON is a YAML file as every other reader of YAML understands it.
func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	raw, err := yaml.YAMLToJSON(data)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	return v
}

func TestEmbeddedProfilesFitTheSchema(t *testing.T) {
	s := compiled(t)
	names, err := fs.Glob(embedded, "vehicles/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, s.Validate(asJSON(t, data)), name)
	}
}

func TestSchemaRefusesWhatTheLoaderRefuses(t *testing.T) {
	s := compiled(t)
	require.NoError(t, s.Validate(asJSON(t, []byte(whole))))
	for old, change := range map[string]string{
		"    dialect: uds":   "    dialekt: uds",
		"dialect: uds":       "dialect: can",
		"role: telematics":   "role: tcu",
		"754/75C":            "754-75C",
		"22 D091":            "2 2D091",
		`["03"]`:             "[03]",
		"version: 1\n":       "version: 0\n",
		"{en: way, de: Weg}": "{en: way}",
		"type: uint":         "type: float",
		`"04": active`:       `"0": active`,
		"100ms":              "fast",
		"[somebody]":         "[]",
		"id: whole":          "id: Whole",
	} {
		require.Equal(t, 1, strings.Count(strings.Replace(whole, old, "\x00", 1), "\x00"))
		require.Error(t, s.Validate(asJSON(t, []byte(strings.Replace(whole, old, change, 1)))), change)
	}
}

// The schema and the Go types say the same, so neither can drift.
func TestSchemaHasTheKeysOfTheTypes(t *testing.T) {
	defs := schemaDoc(t)["$defs"].(map[string]any)
	seen := map[reflect.Type]bool{}
	compare(t, defs, reflect.TypeFor[Profile](), seen)
	require.Len(t, seen, 9, "Profile and all that it is made of")
}

func compare(t *testing.T, defs map[string]any, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	if seen[typ] {
		return
	}
	seen[typ] = true
	def, ok := defs[typ.Name()].(map[string]any)
	require.True(t, ok, "schema has no %s", typ.Name())
	properties := def["properties"].(map[string]any)
	require.ElementsMatch(t, keysOf(typ), keysIn(properties), typ.Name())
	require.Equal(t, false, def["additionalProperties"], typ.Name())
	require.ElementsMatch(t, requiredOf(typ), def["required"], typ.Name())
	for f := range fields(typ) {
		where := typ.Name() + "." + f.Name
		if enum := f.Tag.Get("enum"); enum != "" {
			require.ElementsMatch(t, strings.Fields(enum), enumOf(defs, properties[keyOf(f)]), where)
		}
		require.Equal(t, jsonType(f.Type), typeOf(defs, properties[keyOf(f)]), where)
		if inner := element(f.Type); isOurs(inner) {
			compare(t, defs, inner, seen)
		}
	}
}

func keysIn(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func requiredOf(typ reflect.Type) (keys []any) {
	for f := range fields(typ) {
		if f.Tag.Get("required") != "" {
			keys = append(keys, keyOf(f))
		}
	}
	return keys
}

func resolve(defs map[string]any, property any) map[string]any {
	p := property.(map[string]any)
	if ref, ok := p["$ref"].(string); ok {
		return defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	return p
}

func enumOf(defs map[string]any, property any) (values []string) {
	for _, v := range resolve(defs, property)["enum"].([]any) {
		values = append(values, v.(string))
	}
	return values
}

func typeOf(defs map[string]any, property any) string {
	p := resolve(defs, property)
	if _, ok := p["enum"]; ok {
		return "string"
	}
	return p["type"].(string)
}

func jsonType(t reflect.Type) string {
	_, isText := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	switch {
	case isText, t.Kind() == reflect.String, t == reflect.TypeFor[time.Duration]():
		return "string"
	case t.Kind() == reflect.Slice:
		return "array"
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		return "object"
	case t.Kind() == reflect.Bool:
		return "boolean"
	}
	return "integer"
}

func element(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return t
}

func isOurs(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && jsonType(t) == "object"
}

func TestEnumerationsAreTheConstants(t *testing.T) {
	enum := func(owner reflect.Type, key string) []string {
		f, ok := fieldOf(owner, key)
		require.True(t, ok)
		return strings.Fields(f.Tag.Get("enum"))
	}
	roles := []string{string(Telematics), string(HeadUnit), string(Gateway), string(Body), string(Cluster), string(Engine), string(Other)}
	confidences := []string{string(Standard), string(Official), string(Multiple), string(Single), string(Inferred)}
	types := []string{TypeText, TypeBCD, TypeSwapped, TypeUint, TypeHex, TypeSkip}
	require.Equal(t, roles, enum(reflect.TypeFor[Unit](), "role"))
	require.Equal(t, roles, enum(reflect.TypeFor[entry](), "role"))
	require.Equal(t, confidences, enum(reflect.TypeFor[Unit](), "confidence"))
	require.Equal(t, confidences, enum(reflect.TypeFor[Read](), "confidence"))
	require.Equal(t, confidences, enum(reflect.TypeFor[entry](), "confidence"))
	require.Equal(t, types, enum(reflect.TypeFor[Field](), "type"))
}

func TestSchemaKnowsTheDialects(t *testing.T) {
	defs := schemaDoc(t)["$defs"].(map[string]any)
	unit := defs["Unit"].(map[string]any)["properties"].(map[string]any)
	var names []string
	for d := guard.J1979; d <= guard.GMLAN; d++ {
		names = append(names, d.String())
	}
	require.ElementsMatch(t, names, enumOf(defs, unit["dialect"]))
}

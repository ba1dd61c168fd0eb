package inspect

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// reading is what the data of one answer meant.
type reading struct {
	identifiers []telematics.Identifier
	signals     []signal
	unknown     []string // raw bytes of states that the profile has no word for
}

type signal struct {
	name       telematics.SignalName
	value, raw string
}

// shortError says that an answer ended before the profile's layout did.
type shortError struct{ field string }

func (e *shortError) Error() string { return fmt.Sprintf("the answer ends before %q", e.field) }

// decode takes the fields of a read from its data, the bytes after the id.
// What came before an error is kept.
func decode(r *profiles.Read, data []byte) (reading, error) {
	d := decoder{data: data}
	if r.Length != 0 && len(data) != r.Length {
		_ = d.fields(r.Fields)
		return d.out, fmt.Errorf("%d bytes of data, want %d", len(data), r.Length)
	}
	return d.out, d.fields(r.Fields)
}

type decoder struct {
	data []byte
	out  reading
}

func (d *decoder) fields(fields []profiles.Field) error {
	for i := range fields {
		f := &fields[i]
		if f.Repeat > 0 {
			if err := d.group(f); err != nil {
				return err
			}
			continue
		}
		raw, err := d.take(f)
		if err != nil {
			return err
		}
		d.mean(f, raw)
	}
	return nil
}

// group takes its fields Repeat times. An entry without any content is an
// empty slot: it holds no identifiers and counts for nothing.
func (d *decoder) group(f *profiles.Field) error {
	present := 0
	for range f.Repeat {
		one := decoder{data: d.data}
		err := one.fields(f.Fields)
		used := d.data[:len(d.data)-len(one.data)]
		if !blank(used) {
			present++
			d.out.identifiers = append(d.out.identifiers, one.out.identifiers...)
			d.out.signals = append(d.out.signals, one.out.signals...)
			d.out.unknown = append(d.out.unknown, one.out.unknown...)
		}
		if err != nil {
			return err
		}
		d.data = one.data
	}
	if f.Count {
		d.out.signals = append(d.out.signals, signal{name: telematics.SignalName(f.Signal), value: strconv.Itoa(present)})
	}
	return nil
}

// take cuts a field's bytes off. Text without a length ends at NUL, which
// belongs to it, or with the data.
func (d *decoder) take(f *profiles.Field) ([]byte, error) {
	n := f.Length
	switch {
	case n > len(d.data):
		return nil, &shortError{f.Name}
	case n > 0:
	case f.Type == profiles.TypeText:
		if n = bytes.IndexByte(d.data, 0); n >= 0 {
			raw := d.data[:n]
			d.data = d.data[n+1:]
			return raw, nil
		}
		n = len(d.data)
	default:
		n = len(d.data)
	}
	raw := d.data[:n]
	d.data = d.data[n:]
	return raw, nil
}

func (d *decoder) mean(f *profiles.Field, raw []byte) {
	if f.Identifier != "" {
		d.out.identifiers = append(d.out.identifiers, telematics.Identify(telematics.Kind(f.Identifier), text(f.Type, raw)))
	}
	if f.Signal == "" || f.Count {
		return
	}
	value, known := state(f, raw)
	s := signal{name: telematics.SignalName(f.Signal), value: value}
	if len(f.Values) > 0 { // else the bytes may be somebody's
		s.raw = fmt.Sprintf("%X", raw)
	}
	d.out.signals = append(d.out.signals, s)
	if !known {
		d.out.unknown = append(d.out.unknown, fmt.Sprintf("%X", raw))
	}
}

// state is the value of a signal; known is false where the profile has no word for it.
func state(f *profiles.Field, raw []byte) (value string, known bool) {
	switch {
	case f.Present != "" && !blank(raw):
		return f.Present, true
	case f.Absent != "" && blank(raw):
		return f.Absent, true
	}
	if v, ok := f.Values[fmt.Sprintf("%X", raw)]; ok {
		return v, true
	}
	if f.Default != "" {
		return f.Default, true
	}
	return telematics.Unknown, false
}

func text(kind string, raw []byte) string {
	switch kind {
	case profiles.TypeBCD:
		return telematics.BCD(raw).Text
	case profiles.TypeSwapped:
		return telematics.Swapped(raw).Text
	case profiles.TypeText:
		return telematics.Text(raw).Text
	}
	return fmt.Sprintf("%X", raw)
}

func blank(raw []byte) bool { return telematics.Text(raw).Blank }

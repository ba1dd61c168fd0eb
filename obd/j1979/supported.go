package j1979

import "iter"

// Mask is the answer to an identifier that is a multiple of 20: bit 7 of the
// first byte stands for Base+1, bit 0 of the last for Base+20.
type Mask struct {
	Base byte
	Bits [4]byte
}

// IsMask reports whether an identifier asks for a mask.
func IsMask(id byte) bool { return id%0x20 == 0 }

// Set is a set of identifiers, comparable and empty in its zero value.
type Set [32]byte

// Has reports whether id is in the set.
func (s *Set) Has(id byte) bool { return s[id/8]>>(id%8)&1 != 0 }

// Put adds one identifier.
func (s *Set) Put(id byte) { s[id/8] |= 1 << (id % 8) }

// Add adds what the mask holds. Past FF there is nothing.
func (s *Set) Add(m Mask) {
	for i := range 32 {
		if m.Bits[i/8]>>(7-i%8)&1 != 0 && int(m.Base)+1+i <= 0xFF {
			s.Put(m.Base + 1 + byte(i))
		}
	}
}

// Mask gives the 32 bits that follow base, as a unit sends them.
func (s *Set) Mask(base byte) Mask {
	m := Mask{Base: base}
	for i := range 32 {
		if id := int(base) + 1 + i; id <= 0xFF && s.Has(byte(id)) {
			m.Bits[i/8] |= 1 << (7 - i%8)
		}
	}
	return m
}

// All yields the identifiers in ascending order, those of masks included.
func (s *Set) All() iter.Seq[byte] {
	return func(yield func(byte) bool) {
		for id := range 0x100 {
			if s.Has(byte(id)) && !yield(byte(id)) {
				return
			}
		}
	}
}

// ParseMasks reads an answer of 01, 02, 05, 06 or 09 to identifiers that are
// all multiples of 20. Its error is a *FormatError.
//
//	41 46 49  { id  mask (4) }      42 45  { id  frame or sensor  mask (4) }
func ParseMasks(msg []byte) ([]Mask, error) {
	rest, err := body(msg, CurrentData, FreezeFrame, SensorTests, MonitorTests, VehicleInfo)
	if err != nil {
		return nil, err
	}
	skip := 1
	if shapes[msg[0]-positive].which {
		skip = 2
	}
	if len(rest) == 0 || len(rest)%(skip+4) != 0 {
		return nil, wrongLength(msg[0], "masks", len(rest), "identifiers with 4 bytes each")
	}
	var masks []Mask
	for ; len(rest) > 0; rest = rest[skip+4:] {
		if !IsMask(rest[0]) {
			return nil, notAsked(msg[0], rest[0])
		}
		masks = append(masks, Mask{Base: rest[0], Bits: [4]byte(rest[skip:])})
	}
	return masks, nil
}

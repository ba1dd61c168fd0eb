package velm

import (
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// parseHeader reads three, six or eight digits.
func parseHeader(arg string) (header, bool) {
	n, err := strconv.ParseUint(arg, 16, 32)
	if err != nil {
		return header{}, false
	}
	h := header{set: true, bytes: [4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}}
	switch len(arg) {
	case 3:
		h.short = true
		return h, n <= can.MaxID
	case 6:
		return h, true
	case 8:
		h.wide = true
		return h, n <= can.MaxExtendedID
	}
	return header{}, false
}

// transmitID is the identifier that requests go out on.
func (c *chip) transmitID(s spec) uint32 {
	h := c.header
	n := uint32(h.bytes[0])<<24 | uint32(h.bytes[1])<<16 | uint32(h.bytes[2])<<8 | uint32(h.bytes[3])
	switch {
	case !h.set && s.wide:
		return uint32(c.priority)<<24&can.MaxExtendedID | 0xDB33<<8 | uint32(c.tester)
	case !h.set:
		return 0x7DF
	case !s.wide:
		return n & can.MaxID
	case h.wide:
		return n
	}
	return uint32(c.priority)<<24&can.MaxExtendedID | n&0xFFFFFF
}

// parseID reads an identifier: three digits, or eight for an extended one.
func parseID(arg string) (id uint32, extended, ok bool) {
	n, err := strconv.ParseUint(arg, 16, 32)
	switch {
	case err != nil:
		return 0, false, false
	case len(arg) == 3:
		return uint32(n), false, n <= can.MaxID
	case len(arg) == 8:
		return uint32(n), true, n <= can.MaxExtendedID
	}
	return 0, false, false
}

// filter is what CRA, or CF and CM, set.
type filter struct {
	receive idFilter // CRA
	pattern idFilter // CF and CM
	cf, cm  bool
}

// idFilter passes identifiers that equal id in the bits of mask.
type idFilter struct {
	set      bool
	id, mask uint32
	extended bool
}

func (f idFilter) pass(frame *can.Frame) bool {
	return frame.Is(can.Extended) == f.extended && frame.ID&f.mask == f.id&f.mask
}

// parseReceive reads CRA's argument, in which an X stands for any digit.
func parseReceive(arg string) (idFilter, bool) {
	mask := strings.Map(func(r rune) rune {
		if r == 'X' {
			return '0'
		}
		return 'F'
	}, arg)
	id, extended, ok := parseID(strings.ReplaceAll(arg, "X", "0"))
	if !ok {
		return idFilter{}, false
	}
	m, err := strconv.ParseUint(mask, 16, 32)
	return idFilter{true, id, uint32(m) & can.MaxExtendedID, extended}, err == nil
}

// accepts says whether the chip's filters pass a frame. Without any that the
// user set it takes what OBD units answer with.
func (c *chip) accepts(s spec, f *can.Frame) bool {
	switch {
	case len(c.filters) > 0:
		for _, one := range c.filters {
			if one.pass(f) {
				return true
			}
		}
		return false
	case c.filter.receive.set:
		return c.filter.receive.pass(f)
	case c.filter.cf || c.filter.cm:
		p := c.filter.pattern
		p.extended = s.wide
		return p.pass(f)
	case !s.iso:
		return true
	case s.wide:
		return f.Is(can.Extended) && f.ID&0x1FFFFF00 == uint32(0x18DA0000)|uint32(c.tester)<<8
	}
	return !f.Is(can.Extended) && f.ID&0x7F8 == 0x7E8
}

// filtered says whether the user set a filter at all.
func (c *chip) filtered() bool {
	return len(c.filters) > 0 || c.filter.receive.set || c.filter.cf || c.filter.cm
}

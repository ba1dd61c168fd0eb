package passive

// responds says how surely an endpoint is one that units answer on.
func (e endpoint) responds() relation {
	switch target := byte(e.id >> 8); {
	case e.wide:
		return reservedIf(e.isFixed() && target == tester && byte(e.id) != tester)
	case e.addressed && e.id>>8 == 6:
		return reservedIf(e.ae == tester && byte(e.id) != tester)
	case e.addressed:
		return usualIf(e.id>>8 == 7)
	case e.id>>3 == 0x7E8>>3:
		return reserved
	}
	return usualIf(e.id>>8 == 7 && e.id != 0x7DF && e.id>>3 != 0x7E0>>3 || e.id >= 0x640 && e.id <= 0x65F)
}

// asks says how surely an endpoint is one that a single unit is asked on.
func (e endpoint) asks() relation {
	switch target := byte(e.id >> 8); {
	case e.wide:
		return reservedIf(e.isFixed() && byte(e.id) == tester && target != tester)
	case e.isGroup():
		return stranger
	case e.addressed:
		return max(reservedIf(e.id == 0x600|tester && e.ae != tester), usualIf(e.id>>8 == 7))
	case e.id>>3 == 0x7E0>>3:
		return reserved
	}
	return usualIf(e.id>>8 == 7 && e.id>>3 != 0x7E8>>3 || e.id >= 0x240 && e.id <= 0x25F)
}

// isFixed reports whether target and source are in the identifier.
func (e endpoint) isFixed() bool {
	return !e.addressed && e.id>>16 == fixedPhysical || e.addressed && e.id>>16 == mixedPhysical
}

func reservedIf(is bool) relation {
	if is {
		return reserved
	}
	return stranger
}

func usualIf(is bool) relation {
	if is {
		return usual
	}
	return stranger
}

// other is the other side of a reserved endpoint; of any other one its
// identifier is 0.
func (e endpoint) other() endpoint {
	o := endpoint{wide: e.wide, fd: e.fd, addressed: e.addressed}
	switch {
	case max(e.responds(), e.asks()) != reserved:
	case e.wide:
		o.ae = e.ae
		o.id = e.id&0x1FFF0000 | e.id&0xFF<<8 | e.id>>8&0xFF
	case e.addressed && e.id == 0x600|tester:
		o.id, o.ae = 0x600|uint32(e.ae), tester
	case e.addressed:
		o.id, o.ae = 0x600|tester, byte(e.id)
	default:
		o.id = e.id ^ 8
	}
	return o
}

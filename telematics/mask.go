package telematics

const hidden = '*'

// A view says what may be seen of a value: its first and last characters, and
// only where the length is one that the kind can have. A value of another length
// is not what it was taken for, so it is hidden whole.
type view struct {
	head, tail     int
	least, longest int
}

// anyLength stands for a kind without a longest form.
const anyLength = 1 << 20

// Output hides what is personal. Kinds that are not here are shown in clear.
var outputViews = map[Kind]view{
	KindIMEI:   {head: 8, tail: 2, least: imeiDigits, longest: imeisvDigits},
	KindIMEISV: {head: 8, tail: 2, least: imeiDigits, longest: imeisvDigits},
	KindICCID:  {head: 7, tail: 4, least: 19, longest: 20},
	KindIMSI:   {head: 5, least: 10, longest: maxIMSI},
	KindMSISDN: {tail: 4, least: 8, longest: maxMSISDN},
	KindEID:    {tail: 4, least: eidDigits, longest: eidDigits},
}

// Logs hide more: what names the one car, too.
var logViews = map[Kind]view{
	KindVIN:    {head: 3, tail: 4, least: vinLength, longest: vinLength},
	KindSerial: {head: 3, tail: 4, least: 12, longest: anyLength},
}

var clearKinds = map[Kind]bool{
	KindVIN: true, KindSerial: true, KindPartNumber: true, KindHardware: true, KindSoftware: true,
}

// Mask is a value as output may show it: * for what is hidden, one for each
// character. VIN, serial, part number, hardware and software are in clear; a
// kind that is not known is hidden whole.
func Mask(kind Kind, value string) string {
	if clearKinds[kind] {
		return value
	}
	return outputViews[kind].of(value)
}

// MaskLog is a value as a log may hold it: as Mask, and of VIN and serial only
// the first 3 and last 4.
func MaskLog(kind Kind, value string) string {
	if v, ok := logViews[kind]; ok {
		return v.of(value)
	}
	return Mask(kind, value)
}

func (v view) of(value string) string {
	chars := []rune(value)
	whole := len(chars) < v.least || len(chars) > v.longest
	for i, c := range chars {
		inside := i >= v.head && i < len(chars)-v.tail
		if whole || inside || c < ' ' || c > '~' {
			chars[i] = hidden
		}
	}
	return string(chars)
}

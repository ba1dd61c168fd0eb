package profiles

// What the bytes of a Field are.
const (
	TypeText    = "text"    // ASCII, padded with NUL, blanks or FF
	TypeBCD     = "bcd"     // packed digits, the high nibble first
	TypeSwapped = "swapped" // packed digits, the low nibble first
	TypeUint    = "uint"    // a number, big-endian
	TypeHex     = "hex"     // shown as they are
	TypeSkip    = "skip"    // not looked at
)

package isotp

import "time"

// EncodeSTmin gives the byte for a least gap between consecutive frames,
// rounded up to what the byte can say: 0, 100-900 µs in steps of 100 µs,
// 1-127 ms in steps of 1 ms. More than 127 ms becomes 127 ms.
func EncodeSTmin(d time.Duration) byte {
	switch {
	case d <= 0:
		return 0
	case d <= 900*time.Microsecond:
		return 0xF0 + byte((d+99*time.Microsecond)/(100*time.Microsecond))
	case d >= 127*time.Millisecond:
		return 0x7F
	}
	return byte((d + time.Millisecond - 1) / time.Millisecond)
}

// DecodeSTmin gives the gap that a byte asks for. Reserved values mean the
// longest gap, 127 ms.
func DecodeSTmin(b byte) time.Duration {
	switch {
	case b <= 0x7F:
		return time.Duration(b) * time.Millisecond
	case b >= 0xF1 && b <= 0xF9:
		return time.Duration(b-0xF0) * 100 * time.Microsecond
	}
	return 127 * time.Millisecond
}

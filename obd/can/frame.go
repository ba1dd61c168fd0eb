package can

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Flags say what kind of frame a Frame is.
type Flags uint8

// What a frame can be.
const (
	Extended Flags = 1 << iota // 29-bit identifier
	Remote                     // remote frame: Len is asked for, Data is empty
	FD                         // CAN FD frame
	BRS                        // FD: the data phase ran at the higher bit rate
	ESI                        // FD: the sender is error-passive
	Error                      // a controller's report, never on the wire; ID holds Err bits
)

// Limits of ISO 11898-1.
const (
	MaxID         = 0x7FF
	MaxExtendedID = 0x1FFFFFFF
	MaxLen        = 8
	MaxLenFD      = 64
)

// Error classes in the ID of a frame with the Error flag. The values are
// those of linux/can/error.h, so a SocketCAN error frame needs no translation.
const (
	ErrTxTimeout  = 0x001
	ErrLostArb    = 0x002
	ErrController = 0x004
	ErrProtocol   = 0x008
	ErrAck        = 0x020 // nobody acknowledged
	ErrBusOff     = 0x040
	ErrBusError   = 0x080
	ErrRestarted  = 0x100
)

// Frame is one CAN or CAN FD frame, a value that holds no reference.
type Frame struct {
	ID    uint32
	Flags Flags
	Len   uint8 // bytes of payload, 0-8 or an FD length up to 64
	Data  [MaxLenFD]byte
}

// NewFrame makes a classic frame. An id above 7FF makes it extended.
func NewFrame(id uint32, data ...byte) Frame {
	f := Frame{ID: id, Len: uint8(min(len(data), MaxLenFD))}
	if id > MaxID {
		f.Flags |= Extended
	}
	if len(data) > MaxLen {
		f.Flags |= FD
	}
	copy(f.Data[:], data)
	return f
}

// Is reports whether all flags in want are set.
func (f *Frame) Is(want Flags) bool { return f.Flags&want == want }

// Payload is the frame's data; it shares the frame's memory.
func (f *Frame) Payload() []byte { return f.Data[:min(int(f.Len), MaxLenFD)] }

// ErrFrame matches every error of Validate and ParseFrame.
var ErrFrame = errors.New("can: not a valid frame")

// Validate checks identifier, length and flags against ISO 11898-1.
func (f *Frame) Validate() error {
	switch {
	case f.Is(Error):
		return f.validateError()
	case f.Is(Extended) && f.ID > MaxExtendedID, !f.Is(Extended) && f.ID > MaxID:
		return fmt.Errorf("%w: identifier %X out of range", ErrFrame, f.ID)
	case f.Is(FD | Remote):
		return fmt.Errorf("%w: %s: CAN FD has no remote frames", ErrFrame, f.IDString())
	case f.Is(FD) && (f.Len > MaxLenFD || LenOf(DLCOf(f.Len)) != f.Len):
		return fmt.Errorf("%w: %s: %d is no CAN FD length", ErrFrame, f.IDString(), f.Len)
	case !f.Is(FD) && f.Len > MaxLen:
		return fmt.Errorf("%w: %s: %d bytes in a classic frame", ErrFrame, f.IDString(), f.Len)
	case !f.Is(FD) && f.Flags&(BRS|ESI) != 0:
		return fmt.Errorf("%w: %s: FD bits on a classic frame", ErrFrame, f.IDString())
	}
	return nil
}

func (f *Frame) validateError() error {
	if f.Flags != Error || f.ID > MaxExtendedID || f.Len > MaxLen {
		return fmt.Errorf("%w: error frame %08X with more than a class and 8 bytes", ErrFrame, f.ID)
	}
	return nil
}

var fdLen = [16]uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64}

// DLCOf gives the smallest data length code whose length holds n bytes.
func DLCOf(n uint8) uint8 {
	for dlc, l := range fdLen {
		if l >= n {
			return uint8(dlc)
		}
	}
	return 15
}

// LenOf gives the length in bytes that an FD data length code stands for.
func LenOf(dlc uint8) uint8 { return fdLen[dlc&0xF] }

// IDString writes the identifier as candump does: three digits, or eight for
// an extended one.
func (f *Frame) IDString() string { return FormatID(f.ID, f.Is(Extended)) }

// FormatID writes an identifier as candump does.
func FormatID(id uint32, extended bool) string {
	if extended {
		return fmt.Sprintf("%08X", id)
	}
	return fmt.Sprintf("%03X", id)
}

// String writes the frame in candump's compact form: 7E8#0241, 18DAF110#R,
// 123##1AABB for CAN FD.
func (f Frame) String() string {
	if f.Is(Error) {
		return fmt.Sprintf("%08X#%X", f.ID|1<<29, f.Payload())
	}
	switch {
	case f.Is(FD):
		return fmt.Sprintf("%s##%X%X", f.IDString(), fdFlags(f.Flags), f.Payload())
	case f.Is(Remote):
		return fmt.Sprintf("%s#R%s", f.IDString(), remoteLen(f.Len))
	}
	return fmt.Sprintf("%s#%X", f.IDString(), f.Payload())
}

func remoteLen(n uint8) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func fdFlags(f Flags) (bits uint8) {
	if f&BRS != 0 {
		bits |= 1
	}
	if f&ESI != 0 {
		bits |= 2
	}
	return bits
}

// ParseFrame reads candump's compact form, the inverse of String.
func ParseFrame(s string) (Frame, error) {
	id, body, found := strings.Cut(s, "#")
	if !found {
		return Frame{}, fmt.Errorf("%w: no # in %q", ErrFrame, s)
	}
	f, err := parseID(id)
	if err != nil {
		return Frame{}, err
	}
	if err := f.parseBody(body); err != nil {
		return Frame{}, err
	}
	return f, f.Validate()
}

func parseID(s string) (Frame, error) {
	v, err := strconv.ParseUint(s, 16, 32)
	if err != nil || (len(s) != 3 && len(s) != 8) {
		return Frame{}, fmt.Errorf("%w: identifier %q is not three or eight hex digits", ErrFrame, s)
	}
	f := Frame{ID: uint32(v)}
	if len(s) == 8 {
		f.Flags = Extended
		if v&(1<<29) != 0 {
			f = Frame{ID: uint32(v) &^ (1 << 29), Flags: Error}
		}
	}
	return f, nil
}

func (f *Frame) parseBody(s string) error {
	if fd, ok := strings.CutPrefix(s, "#"); ok {
		return f.parseFD(fd)
	}
	if r, ok := strings.CutPrefix(s, "R"); ok {
		return f.parseRemote(r)
	}
	return f.parseData(s, MaxLen)
}

func (f *Frame) parseFD(s string) error {
	if s == "" {
		return fmt.Errorf("%w: no flags after ##", ErrFrame)
	}
	bits, err := strconv.ParseUint(s[:1], 16, 8)
	if err != nil {
		return fmt.Errorf("%w: FD flags %q", ErrFrame, s[:1])
	}
	f.Flags |= FD
	if bits&1 != 0 {
		f.Flags |= BRS
	}
	if bits&2 != 0 {
		f.Flags |= ESI
	}
	return f.parseData(s[1:], MaxLenFD)
}

func (f *Frame) parseRemote(s string) error {
	f.Flags |= Remote
	if s == "" {
		return nil
	}
	n, err := strconv.ParseUint(s, 16, 8)
	if err != nil || n > MaxLen {
		return fmt.Errorf("%w: remote length %q", ErrFrame, s)
	}
	f.Len = uint8(n)
	return nil
}

func (f *Frame) parseData(s string, limit int) error {
	if len(s)%2 != 0 || len(s)/2 > limit {
		return fmt.Errorf("%w: %d hex digits of data", ErrFrame, len(s))
	}
	for i := 0; i < len(s); i += 2 {
		v, err := strconv.ParseUint(s[i:i+2], 16, 8)
		if err != nil {
			return fmt.Errorf("%w: data %q", ErrFrame, s[i:i+2])
		}
		f.Data[i/2] = byte(v)
	}
	f.Len = uint8(len(s) / 2)
	return nil
}

package canlog

import "github.com/untether-obd/untether/obd/can"

// A Redactor blanks, in place, what may be personal in a frame. It keeps
// identifier, flags and length.
type Redactor func(f *can.Frame)

// Redact gives the Redactor of diagnostic traffic. It sets every data byte to
// 00 but these, in frames whose identifier is one of diagnosis (600-7FF,
// 240-25F, 18DAxxxx, 18DBxxxx):
//
//	single and first frame   address byte, PCI, service, and the identifier
//	                         that the service names (DID, local identifier,
//	                         PID, sub-function; of a refusal service and code)
//	consecutive frame        address byte, PCI
//	flow control             address byte, PCI, block size, STmin
//
// A frame of any other form or identifier, also one whose service has no
// known layout, is blanked entirely: a car's own traffic holds VIN, mileage
// and position. Error frames hold a controller's report and stay.
//
// addressed says which frames begin with an address byte (extended and mixed
// addressing); nil says none. A frame judged wrongly by it loses more, not
// less.
func Redact(addressed func(f *can.Frame) bool) Redactor {
	return func(f *can.Frame) {
		if f.Is(can.Error) {
			return
		}
		keep := 0
		if diagnostic(f) {
			keep = kept(f.Payload(), addressed != nil && addressed(f))
		}
		clear(f.Payload()[min(keep, len(f.Payload())):])
	}
}

func diagnostic(f *can.Frame) bool {
	if f.Is(can.Extended) {
		return f.ID>>16 == 0x18DA || f.ID>>16 == 0x18DB
	}
	return f.ID >= 0x600 || f.ID >= 0x240 && f.ID <= 0x25F
}

// kept counts the leading bytes of a payload that say nothing of a person.
func kept(p []byte, addressed bool) int {
	skip := 0
	if addressed {
		skip = 1
	}
	if len(p) <= skip {
		return 0
	}
	n := keptPDU(p[skip:])
	if n == 0 {
		return 0
	}
	return skip + n
}

// keptPDU is kept behind the address byte.
func keptPDU(p []byte) int {
	switch p[0] >> 4 {
	case 0, 1:
		return keptHead(p)
	case 2:
		return 1
	case 3:
		return 3
	}
	return 0
}

func keptHead(p []byte) int {
	pci, length := pciOf(p)
	if length == 0 || pci >= len(p) {
		return 0
	}
	ids, known := idBytes(p[pci])
	if !known {
		return 0
	}
	return pci + 1 + min(ids, length-1)
}

// pciOf measures the PCI of a single or first frame and reads the length in
// it (of the escape form of a first frame: some length). A length of 0 is no
// such frame.
//
//	0L              single frame, L 1-7
//	00 LL           single frame, CAN FD
//	1L LL           first frame
//	10 00 LLLLLLLL  first frame, escape form
func pciOf(p []byte) (pci, length int) {
	if p[0] > 0 && p[0] < 8 {
		return 1, int(p[0])
	}
	if len(p) < 2 {
		return 0, 0
	}
	length = int(p[0]&0xF)<<8 | int(p[1])
	switch {
	case p[0] == 0 && len(p) > can.MaxLen:
		return 2, length
	case p[0] == 0x10 && length == 0:
		return 6, can.MaxLenFD
	case p[0]>>4 == 1 && length >= 8:
		return 2, length
	}
	return 0, 0
}

// idBytes counts the bytes behind a service byte that name what is meant
// rather than hold it. Services whose layout is not known give false.
func idBytes(sid byte) (n int, known bool) {
	if sid == 0x7F {
		return 2, true
	}
	switch sid &^ 0x40 {
	case 0x22, 0x24, 0x2E, 0x2F, 0x31:
		return 2, true
	case 0x01, 0x02, 0x06, 0x09,
		0x10, 0x11, 0x19, 0x1A, 0x21, 0x27, 0x28, 0x29, 0x2C, 0x30, 0x36, 0x3B, 0x3E, 0x85:
		return 1, true
	case 0x03, 0x04, 0x07, 0x0A,
		0x12, 0x13, 0x14, 0x17, 0x18, 0x20, 0x23, 0x2A, 0x34, 0x35, 0x37, 0x38, 0x3D:
		return 0, true
	}
	return 0, false
}

package j1979

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The InfoTypes of 09 that are decoded here.
const (
	InfoVIN            byte = 0x02
	InfoCalibrationIDs byte = 0x04
	InfoCVNs           byte = 0x06
	InfoECUName        byte = 0x0A
)

// itemLength is that of one item of an InfoType. A VIN may have NUL in front.
var itemLength = map[byte]int{InfoVIN: 17, InfoCalibrationIDs: 16, InfoCVNs: 4, InfoECUName: 20}

// ErrBlank is a VIN that is all NUL, FF or blanks: the unit was never told, or
// was wiped.
var ErrBlank = errors.New("j1979: no VIN stored")

// Info is the answer to 09:
//
//	49  InfoType  count  data
type Info struct {
	Type  byte
	Count byte
	Data  []byte
}

// AppendBinary appends the message.
func (i Info) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, VehicleInfo+positive, i.Type, i.Count), i.Data...), nil
}

// ParseInfo reads the answer to 09, not that about masks. Data shares msg's
// memory. Its error is a *FormatError.
func ParseInfo(msg []byte) (Info, error) {
	rest, err := body(msg, VehicleInfo)
	if err != nil {
		return Info{}, err
	}
	if len(rest) < 2 {
		return Info{}, wrongLength(msg[0], "vehicle information", len(rest), "InfoType and count")
	}
	return Info{Type: rest[0], Count: rest[1], Data: rest[2:]}, nil
}

// VIN gives the 17 characters, whatever they are. Its error is ErrBlank or a
// *FormatError.
func (i Info) VIN() (string, error) {
	if i.Type != InfoVIN || i.Count != 1 {
		return "", i.misfit("one VIN")
	}
	if len(bytes.Trim(i.Data, "\x00\xFF ")) == 0 && len(i.Data) >= itemLength[InfoVIN] {
		return "", ErrBlank
	}
	vin := bytes.Trim(i.Data, "\x00")
	if len(vin) != itemLength[InfoVIN] {
		return "", wrongLength(VehicleInfo+positive, "VIN", len(vin), "17 characters")
	}
	return i.text("VIN", vin)
}

// CalibrationIDs gives the software's identifications, without padding.
func (i Info) CalibrationIDs() ([]string, error) {
	items, err := i.items(InfoCalibrationIDs)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(items))
	for n, item := range items {
		if ids[n], err = i.text("calibration identification", bytes.TrimRight(item, "\x00\xFF ")); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// CVNs gives the calibration verification numbers, one for each calibration.
func (i Info) CVNs() ([]uint32, error) {
	items, err := i.items(InfoCVNs)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint32, len(items))
	for n, item := range items {
		numbers[n] = binary.BigEndian.Uint32(item)
	}
	return numbers, nil
}

// ECUName gives acronym and name: ECM-EngineControl. Both parts are filled up
// with NUL, which is dropped.
func (i Info) ECUName() (string, error) {
	items, err := i.items(InfoECUName)
	if err != nil {
		return "", err
	}
	if len(items) != 1 {
		return "", i.misfit("one name")
	}
	return i.text("ECU name", bytes.TrimRight(bytes.ReplaceAll(items[0], []byte{0}, nil), " "))
}

// items cuts the data of an InfoType with items of fixed length.
func (i Info) items(infoType byte) ([][]byte, error) {
	n := itemLength[infoType]
	if i.Type != infoType || len(i.Data) != n*int(i.Count) {
		return nil, i.misfit(fmt.Sprintf("InfoType %02X with %d bytes for each item", infoType, n))
	}
	var items [][]byte
	for b := i.Data; len(b) > 0; b = b[n:] {
		items = append(items, b[:n])
	}
	return items, nil
}

func (i Info) misfit(want string) error {
	got := fmt.Sprintf("InfoType %02X, count %d, %d bytes", i.Type, i.Count, len(i.Data))
	return &FormatError{Service: VehicleInfo + positive, Field: "vehicle information", Got: got, Want: want}
}

// text refuses what is not printable ASCII.
func (i Info) text(field string, b []byte) (string, error) {
	for _, c := range b {
		if c < 0x20 || c > 0x7E {
			return "", &FormatError{Service: VehicleInfo + positive, Field: field, Got: fmt.Sprintf("byte %02X", c), Want: "text"}
		}
	}
	return string(b), nil
}

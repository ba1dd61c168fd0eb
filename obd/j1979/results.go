package j1979

import "encoding/binary"

// SensorTest is the answer to 05 about one test of one oxygen sensor.
type SensorTest struct {
	TID    byte
	Sensor byte
	Data   []byte
}

// AppendBinary appends the message.
func (s SensorTest) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, SensorTests+positive, s.TID, s.Sensor), s.Data...), nil
}

// ParseSensorTest reads the answer to 05. Data shares msg's memory. Its error
// is a *FormatError.
func ParseSensorTest(msg []byte) (SensorTest, error) {
	rest, err := body(msg, SensorTests)
	if err != nil {
		return SensorTest{}, err
	}
	if len(rest) < 2 {
		return SensorTest{}, wrongLength(msg[0], "test", len(rest), "TID and sensor")
	}
	return SensorTest{TID: rest[0], Sensor: rest[1], Data: rest[2:]}, nil
}

// Result is one test of one monitor, raw: Unit says what the numbers mean.
type Result struct {
	MID, TID        byte
	Unit            byte
	Value, Min, Max uint16
}

// resultLength is that of one result on the wire.
const resultLength = 9

// Results is the answer to 06.
type Results []Result

// AppendBinary appends the message.
func (r Results) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, MonitorTests+positive)
	for _, x := range r {
		b = append(b, x.MID, x.TID, x.Unit)
		for _, v := range [...]uint16{x.Value, x.Min, x.Max} {
			b = binary.BigEndian.AppendUint16(b, v)
		}
	}
	return b, nil
}

// ParseResults reads the answer to 06. Its error is a *FormatError.
func ParseResults(msg []byte) (Results, error) {
	rest, err := body(msg, MonitorTests)
	if err != nil {
		return nil, err
	}
	if len(rest)%resultLength != 0 || len(rest) == 0 {
		return nil, wrongLength(msg[0], "results", len(rest), "9 bytes for each")
	}
	var results Results
	for ; len(rest) > 0; rest = rest[resultLength:] {
		results = append(results, Result{
			MID: rest[0], TID: rest[1], Unit: rest[2],
			Value: binary.BigEndian.Uint16(rest[3:]),
			Min:   binary.BigEndian.Uint16(rest[5:]),
			Max:   binary.BigEndian.Uint16(rest[7:]),
		})
	}
	return results, nil
}

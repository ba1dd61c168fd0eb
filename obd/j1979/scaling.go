package j1979

import (
	"encoding/binary"
	"fmt"
)

// The PIDs that are scaled here.
const (
	PIDStatus      byte = 0x01
	PIDFrozenCode  byte = 0x02 // of 02: the code that froze the frame
	PIDEngineSpeed byte = 0x0C
	PIDSpeed       byte = 0x0D
	PIDStandard    byte = 0x1C
	PIDVoltage     byte = 0x42
	PIDFuelType    byte = 0x51
)

// Status tells of the malfunction indicator lamp (PID 01).
type Status struct {
	MIL   bool
	Codes int // confirmed trouble codes of emissions
}

// Status scales PID 01.
func (v Value) Status() (Status, error) {
	if err := v.is(PIDStatus); err != nil {
		return Status{}, err
	}
	return Status{MIL: v.Data[0]&0x80 != 0, Codes: int(v.Data[0] & 0x7F)}, nil
}

// EngineSpeed scales PID 0C: revolutions per minute.
func (v Value) EngineSpeed() (float64, error) {
	if err := v.is(PIDEngineSpeed); err != nil {
		return 0, err
	}
	return float64(binary.BigEndian.Uint16(v.Data)) / 4, nil
}

// Speed scales PID 0D: km/h.
func (v Value) Speed() (int, error) {
	if err := v.is(PIDSpeed); err != nil {
		return 0, err
	}
	return int(v.Data[0]), nil
}

// Voltage scales PID 42: volts of the control module's supply.
func (v Value) Voltage() (float64, error) {
	if err := v.is(PIDVoltage); err != nil {
		return 0, err
	}
	return float64(binary.BigEndian.Uint16(v.Data)) / 1000, nil
}

// is checks PID and length.
func (v Value) is(pid byte) error {
	n, _ := Length(pid)
	if v.PID != pid || len(v.Data) != n {
		return &FormatError{
			Service: CurrentData + positive, Field: "value",
			Got: fmt.Sprintf("PID %02X with %d bytes", v.PID, len(v.Data)), Want: fmt.Sprintf("PID %02X with %d", pid, n),
		}
	}
	return nil
}

// Standard is the OBD standard that a vehicle is built to (PID 1C).
type Standard byte

// Standard reads PID 1C.
func (v Value) Standard() (Standard, error) {
	if err := v.is(PIDStandard); err != nil {
		return 0, err
	}
	return Standard(v.Data[0]), nil
}

var standards = map[Standard]string{
	1: "OBD-II (CARB)", 2: "OBD (EPA)", 3: "OBD and OBD-II", 4: "OBD-I", 5: "none",
	6: "EOBD", 7: "EOBD and OBD-II", 8: "EOBD and OBD", 9: "EOBD, OBD and OBD-II",
	10: "JOBD", 11: "JOBD and OBD-II", 12: "JOBD and EOBD", 13: "JOBD, EOBD and OBD-II",
	17: "EMD", 18: "EMD+", 19: "HD OBD-C", 20: "HD OBD", 21: "WWH OBD",
	23: "HD EOBD-I", 24: "HD EOBD-I N", 25: "HD EOBD-II", 26: "HD EOBD-II N",
	28: "OBDBr-1", 29: "OBDBr-2", 30: "KOBD", 31: "IOBD I", 32: "IOBD II", 33: "HD EOBD-VI",
}

func (s Standard) String() string {
	if name, ok := standards[s]; ok {
		return name
	}
	return fmt.Sprintf("standard %d", byte(s))
}

// FuelType is what the vehicle runs on (PID 51).
type FuelType byte

// Electric is a car without a combustion engine.
const Electric FuelType = 8

// FuelType reads PID 51.
func (v Value) FuelType() (FuelType, error) {
	if err := v.is(PIDFuelType); err != nil {
		return 0, err
	}
	return FuelType(v.Data[0]), nil
}

var fuels = [...]string{
	"not available", "gasoline", "methanol", "ethanol", "diesel", "LPG", "CNG", "propane", "electric",
	"bifuel running gasoline", "bifuel running methanol", "bifuel running ethanol", "bifuel running LPG",
	"bifuel running CNG", "bifuel running propane", "bifuel running electricity", "bifuel electric and combustion",
	"hybrid gasoline", "hybrid ethanol", "hybrid diesel", "hybrid electric", "hybrid electric and combustion",
	"hybrid regenerative", "bifuel running diesel",
}

func (f FuelType) String() string {
	if int(f) < len(fuels) {
		return fuels[f]
	}
	return fmt.Sprintf("fuel type %d", byte(f))
}

package uds

import "fmt"

// Snapshot is what a unit stored when it set a trouble code.
type Snapshot struct {
	Record byte
	Data   []DataRecord
}

// Snapshots splits the Raw of report 04. The length of each identifier's
// value has to be known: length tells it in bytes.
//
//	{ record  number of identifiers (00: all that follow)  { identifier (2)  value } }
func (r *ReadDTCsResponse) Snapshots(length func(did uint16) (n int, ok bool)) ([]Snapshot, error) {
	d := &decoder{service: ServiceReadDTCs + ResponseOffset, rest: r.Raw}
	var list []Snapshot
	for len(d.rest) > 0 {
		s := Snapshot{Record: d.uint8("snapshot record number")}
		n := int(d.uint8("number of identifiers"))
		for all := n == 0; n > 0 && d.err == nil || all && len(d.rest) > 0; n-- {
			s.Data = append(s.Data, d.record(length))
		}
		list = append(list, s)
	}
	if d.err != nil {
		return nil, d.err
	}
	return list, nil
}

func (d *decoder) record(length func(did uint16) (int, bool)) DataRecord {
	id := d.uint16("data identifier")
	n, known := length(id)
	if !known {
		d.fail("data identifier", fmt.Sprintf("%04X", id), "one of known length")
	}
	return DataRecord{DID: id, Data: d.copy(fmt.Sprintf("value of %04X", id), n)}
}

// ExtendedData is a counter or the like that belongs to a trouble code.
type ExtendedData struct {
	Record byte
	Data   []byte
}

// ExtendedData splits the Raw of report 06; length tells the bytes of a record
// after its number.
//
//	{ record  value }
func (r *ReadDTCsResponse) ExtendedData(length func(record byte) (n int, ok bool)) ([]ExtendedData, error) {
	d := &decoder{service: ServiceReadDTCs + ResponseOffset, rest: r.Raw}
	var list []ExtendedData
	for len(d.rest) > 0 {
		e := ExtendedData{Record: d.uint8("extended data record number")}
		n, known := length(e.Record)
		if !known {
			d.fail("extended data record", fmt.Sprintf("%02X", e.Record), "one of known length")
		}
		e.Data = d.copy(fmt.Sprintf("extended data record %02X", e.Record), n)
		list = append(list, e)
	}
	if d.err != nil {
		return nil, d.err
	}
	return list, nil
}

package uds

import (
	"encoding/binary"
	"fmt"
)

// DTC is an entry of a report; which fields it has depends on the report.
type DTC struct {
	Code     uint32 // 24 bits
	Status   byte
	Severity byte // 42
	Record   byte // 03: number of a snapshot
}

// ReadDTCsResponse is a report of trouble codes:
//
//	59  01        Available  Format  Count (2)
//	59  02 0A     Available  { code (3)  status }
//	59  03        { code (3)  record }
//	59  04 06     code (3)  status  Raw
//	59  42        Group  Available  Severities  Format  { severity  code (3)  status }
//	59  55        Group  Available  Format  { code (3)  status }
//	59  others    Raw
//
// Snapshots and ExtendedData read the Raw of 04 and 06.
type ReadDTCsResponse struct {
	Report     byte
	Group      byte
	Available  byte // status bits that the unit supports
	Severities byte // severity bits that the unit supports
	Format     byte // of the codes: 00 ISO 15031-6, 01 ISO 14229-1, 02 SAE J1939-73, 04 ISO 15031-6 with failure type
	Count      uint16
	DTCs       []DTC
	Raw        []byte
}

// entry tells which fields a report's entries have.
type entry struct{ severity, status, record bool }

var entries = map[byte]entry{
	ReportByStatus:     {status: true},
	ReportSnapshotIDs:  {record: true},
	ReportSnapshots:    {status: true},
	ReportExtendedData: {status: true},
	ReportSupported:    {status: true},
	ReportByGroup:      {severity: true, status: true},
	ReportPermanent:    {status: true},
}

// AppendBinary appends the encoded response.
func (r ReadDTCsResponse) AppendBinary(b []byte) ([]byte, error) {
	const service = ServiceReadDTCs + ResponseOffset
	b, err := appendSub(b, service, r.Report, false)
	if err != nil {
		return b, err
	}
	switch r.Report {
	case ReportCount:
		return binary.BigEndian.AppendUint16(append(b, r.Available, r.Format), r.Count), nil
	case ReportByStatus, ReportSupported:
		b = append(b, r.Available)
	case ReportSnapshotIDs:
	case ReportSnapshots, ReportExtendedData:
		if len(r.DTCs) != 1 {
			return b, &FormatError{Service: service, Field: "trouble codes", Got: fmt.Sprint(len(r.DTCs)), Want: "1"}
		}
	case ReportByGroup:
		b = append(b, r.Group, r.Available, r.Severities, r.Format)
	case ReportPermanent:
		b = append(b, r.Group, r.Available, r.Format)
	default:
		return append(b, r.Raw...), nil
	}
	b, err = r.appendEntries(b)
	if r.Report == ReportSnapshots || r.Report == ReportExtendedData {
		b = append(b, r.Raw...)
	}
	return b, err
}

func (r ReadDTCsResponse) appendEntries(b []byte) ([]byte, error) {
	has := entries[r.Report]
	for _, c := range r.DTCs {
		if has.severity {
			b = append(b, c.Severity)
		}
		var err error
		if b, err = appendUint24(b, ServiceReadDTCs+ResponseOffset, c.Code); err != nil {
			return b, err
		}
		if has.status {
			b = append(b, c.Status)
		}
		if has.record {
			b = append(b, c.Record)
		}
	}
	return b, nil
}

// UnmarshalBinary decodes a response.
func (r *ReadDTCsResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceReadDTCs+ResponseOffset)
	v := ReadDTCsResponse{Report: d.echo()}
	switch v.Report {
	case ReportCount:
		v.Available, v.Format, v.Count = d.available(), d.uint8("format"), d.uint16("count")
	case ReportByStatus, ReportSupported:
		v.Available = d.available()
		v.DTCs = d.entries(v.Report)
	case ReportSnapshotIDs:
		v.DTCs = d.entries(v.Report)
	case ReportSnapshots, ReportExtendedData:
		v.DTCs, v.Raw = []DTC{d.entry(entries[v.Report])}, d.tail()
	case ReportByGroup:
		v.Group, v.Available = d.uint8("functional group"), d.available()
		v.Severities, v.Format = d.uint8("severity availability mask"), d.uint8("format")
		v.DTCs = d.entries(v.Report)
	case ReportPermanent:
		v.Group, v.Available, v.Format = d.uint8("functional group"), d.available(), d.uint8("format")
		v.DTCs = d.entries(v.Report)
	default:
		v.Raw = d.tail()
	}
	return finish(d, r, v)
}

func (d *decoder) available() byte { return d.uint8("status availability mask") }

func (d *decoder) entries(report byte) (list []DTC) {
	for len(d.rest) > 0 {
		list = append(list, d.entry(entries[report]))
	}
	return list
}

func (d *decoder) entry(has entry) (c DTC) {
	if has.severity {
		c.Severity = d.uint8("severity")
	}
	c.Code = d.uint24("trouble code")
	if has.status {
		c.Status = d.uint8("status")
	}
	if has.record {
		c.Record = d.uint8("snapshot record number")
	}
	return c
}

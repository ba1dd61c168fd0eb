package client

import (
	"github.com/untether-obd/untether/obd/dtc"
	"github.com/untether-obd/untether/obd/j1979"
)

// language is how J1979's data are asked for: by its own services, or by those
// of UDS.
type language interface {
	info(kind byte) query
	parseInfo(data []byte) (j1979.Info, error)

	mask(service, base byte) (query, error)
	parseMask(data []byte) (j1979.Mask, error)

	batch() int // PIDs in one request, at most
	values(pids []byte) query
	parseValues(data, pids []byte) ([]j1979.Value, error)

	codes(kind Kind) (query, error)
	parseCodes(data []byte) ([]DTC, error)
}

// classic is J1979 itself.
type classic struct{}

func (classic) info(kind byte) query {
	return query{msg: []byte{j1979.VehicleInfo, kind}, echo: 1}
}

func (classic) parseInfo(data []byte) (j1979.Info, error) { return j1979.ParseInfo(data) }

// mask asks of frame 0 (02) and of the first sensor (05).
func (classic) mask(service, base byte) (query, error) {
	r := j1979.Request{Service: service, IDs: []byte{base}}
	if service == j1979.SensorTests {
		r.Which = 1
	}
	msg, err := r.AppendBinary(nil)
	return query{msg: msg, echo: 1}, err
}

func (classic) parseMask(data []byte) (j1979.Mask, error) {
	masks, err := j1979.ParseMasks(data)
	if err != nil {
		return j1979.Mask{}, err
	}
	return masks[0], nil
}

func (classic) batch() int { return j1979.MaxIDs }

// values does not have several PIDs echoed: a unit may leave the first out.
func (classic) values(pids []byte) query {
	q := query{msg: append([]byte{j1979.CurrentData}, pids...)}
	if len(pids) == 1 {
		q.echo = 1
	}
	return q
}

func (classic) parseValues(data, pids []byte) ([]j1979.Value, error) {
	v, err := j1979.ParseValues(data, pids...)
	return v.Values, err
}

func (classic) codes(kind Kind) (query, error) {
	msg, err := j1979.Request{Service: byte(kind)}.AppendBinary(nil)
	return query{msg: msg}, err
}

func (classic) parseCodes(data []byte) ([]DTC, error) {
	c, err := j1979.ParseCodes(data)
	if err != nil {
		return nil, err
	}
	state := dtc.Confirmed
	if c.Service == j1979.PendingCodes {
		state = dtc.Pending
	}
	var list []DTC
	for _, code := range c.Codes {
		list = append(list, DTC{Code: dtc.Two(byte(code>>8), byte(code)), State: state})
	}
	return faults(list), nil
}

// overUDS is J1979-2.
type overUDS struct{}

func (overUDS) info(kind byte) query { return didQuery(j1979.VehicleInfo, kind) }

func (overUDS) parseInfo(data []byte) (j1979.Info, error) {
	d, err := j1979.ParseDatum(data)
	if err != nil {
		return j1979.Info{}, err
	}
	return d.Info()
}

func (overUDS) mask(service, base byte) (query, error) {
	if _, ok := j1979.DID(service, base); !ok {
		return query{}, &j1979.FormatError{Service: service, Field: "service", Got: "another", Want: "01, 06 or 09"}
	}
	return didQuery(service, base), nil
}

func (overUDS) parseMask(data []byte) (j1979.Mask, error) {
	d, err := j1979.ParseDatum(data)
	if err != nil {
		return j1979.Mask{}, err
	}
	return d.Mask()
}

func (overUDS) batch() int { return 1 }

func (overUDS) values(pids []byte) query { return didQuery(j1979.CurrentData, pids[0]) }

func (overUDS) parseValues(data, _ []byte) ([]j1979.Value, error) {
	d, err := j1979.ParseDatum(data)
	if err != nil {
		return nil, err
	}
	v, err := d.Value()
	if err != nil {
		return nil, err
	}
	return []j1979.Value{v}, nil
}

func (overUDS) codes(kind Kind) (query, error) {
	msg, err := j1979.CodesRequest(byte(kind))
	return query{msg: msg, echo: 2}, err
}

func (overUDS) parseCodes(data []byte) ([]DTC, error) {
	f, err := j1979.ParseFaults(data)
	if err != nil {
		return nil, err
	}
	var list []DTC
	for _, x := range f.Faults {
		list = append(list, DTC{Code: dtc.Three(x.Code[0], x.Code[1], x.Code[2]), State: dtc.Status(x.Status).State()})
	}
	return faults(list), nil
}

func didQuery(service, id byte) query {
	did, _ := j1979.DID(service, id)
	return query{msg: []byte{0x22, byte(did >> 8), byte(did)}, echo: 2}
}

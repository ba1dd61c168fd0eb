package client

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// ReadData reads the value of a data identifier (22).
func (c *Client) ReadData(ctx context.Context, did uint16) ([]byte, error) {
	res, err := c.Do(ctx, []byte{uds.ServiceReadData, byte(did >> 8), byte(did)})
	if err != nil {
		return nil, err
	}
	return res.Message.Data[3:], nil
}

// Read is what became of one data identifier.
type Read struct {
	DID  uint16
	Data []byte
	Err  error
}

// ReadDataMulti reads several data identifiers in one request if the length
// of every value is fixed (more than 0 bytes), and gives what became of each,
// in the order of items. What the unit leaves out, and everything if it
// refuses the request or its answer does not fit the lengths, is read one by
// one. The error is that of a conversation that cannot go on.
func (c *Client) ReadDataMulti(ctx context.Context, items []uds.Item) ([]Read, error) {
	values := map[uint16][]byte{}
	if allFixed(items) {
		var err error
		if values, err = c.readAtOnce(ctx, items); err != nil && !splittable(err) {
			return nil, err
		}
	}
	reads := make([]Read, 0, len(items))
	for _, it := range items {
		r := Read{DID: it.DID, Data: values[it.DID]}
		if r.Data == nil {
			r.Data, r.Err = c.ReadData(ctx, it.DID)
		}
		if err := ctx.Err(); err != nil {
			return reads, err
		}
		reads = append(reads, r)
	}
	return reads, nil
}

func allFixed(items []uds.Item) bool {
	for _, it := range items {
		if it.Length <= 0 {
			return false
		}
	}
	return len(items) > 1
}

// splittable reports whether single requests may do better.
func splittable(err error) bool {
	var neg *uds.NegativeResponseError
	var protocol *transport.ProtocolError
	return errors.As(err, &neg) || errors.As(err, &protocol)
}

func (c *Client) readAtOnce(ctx context.Context, items []uds.Item) (map[uint16][]byte, error) {
	req := []byte{uds.ServiceReadData}
	for _, it := range items {
		req = binary.BigEndian.AppendUint16(req, it.DID)
	}
	res, err := c.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	var answer uds.ReadDataResponse
	if err := answer.UnmarshalItems(res.Message.Data, items); err != nil {
		return nil, exchange.Malformed[uds.FormatError](res.Message, err)
	}
	values := make(map[uint16][]byte, len(items))
	for _, r := range answer.Records {
		values[r.DID] = r.Data
	}
	return values, nil
}

// ReadDTCs reads the trouble codes that have any of the status bits in mask
// (19 02).
func (c *Client) ReadDTCs(ctx context.Context, mask byte) (uds.ReadDTCsResponse, error) {
	var report uds.ReadDTCsResponse
	res, err := c.Do(ctx, []byte{uds.ServiceReadDTCs, uds.ReportByStatus, mask})
	if err != nil {
		return report, err
	}
	err = report.UnmarshalBinary(res.Message.Data)
	return report, exchange.Malformed[uds.FormatError](res.Message, err)
}

// TesterPresent asks whether the unit is there (3E 00).
func (c *Client) TesterPresent(ctx context.Context) error {
	_, err := c.Do(ctx, []byte{uds.ServiceTesterPresent, 0})
	return err
}

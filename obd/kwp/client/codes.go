package client

import (
	"context"
	"fmt"

	"github.com/untether-obd/untether/obd/dtc"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/kwp"
)

// DTC is a trouble code as the unit keeps it.
type DTC struct {
	Code   dtc.Code
	Status dtc.KWPStatus // 0 where the service tells none (13)
	State  dtc.State
}

// DTCs asks for trouble codes as the maker's units want to be asked: 17 FF00,
// 18 00 FF00, 13.
func (c *Client) DTCs(ctx context.Context, q kwp.Group) ([]DTC, error) {
	if q.Service == kwp.ClearDiagnosticInformation {
		return nil, fmt.Errorf("kwp: %02X clears trouble codes and reads none", q.Service)
	}
	req, _ := q.AppendBinary(nil) // every group has its bytes
	res, err := c.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	list, err := parseDTCs(res.Message.Data)
	return list, exchange.Malformed[kwp.FormatError](res.Message, err)
}

func parseDTCs(msg []byte) (list []DTC, err error) {
	answer, err := kwp.ParseAnswer(msg)
	if err != nil {
		return nil, err
	}
	switch a := answer.(type) {
	case kwp.Codes:
		for _, code := range a {
			list = append(list, DTC{Code: dtc.Two(byte(code>>8), byte(code)), State: dtc.Stored})
		}
	case kwp.Statuses:
		for _, d := range a.DTCs {
			status := dtc.KWPStatus(d.Status)
			list = append(list, DTC{Code: dtc.Two(byte(d.Code>>8), byte(d.Code)), Status: status, State: status.State()})
		}
	}
	return list, nil
}

package inspect

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/dtc"
	"github.com/untether-obd/untether/obd/guard"
	obdclient "github.com/untether-obd/untether/obd/j1979/client"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// codesMask asks for codes that failed now, in this cycle or often enough to
// be confirmed; a unit would else list every code that it could ever store.
const codesMask = 0x01 | 0x04 | 0x08

// codes asks a telematics or head unit for its trouble codes.
func (t *talk) codes(ctx context.Context) error {
	if t.silent || t.unit.Role != profiles.Telematics && t.unit.Role != profiles.HeadUnit {
		return nil
	}
	if t.unit.Dialect == guard.KWP {
		return t.ask(ctx, []byte{kwp.ReadDTCByStatus, 0x00, byte(kwp.AllGroups >> 8), byte(kwp.AllGroups & 0xFF)}, kwpCodes)
	}
	return t.ask(ctx, []byte{uds.ServiceReadDTCs, 0x02, codesMask}, udsCodes)
}

type code struct {
	code  dtc.Code
	state dtc.State
}

func (t *talk) ask(ctx context.Context, req []byte, parse func([]byte) ([]code, error)) error {
	msg, err := t.request(ctx, req)
	if err != nil || t.p.redacted {
		return onlyFatal(err)
	}
	codes, err := parse(msg)
	if err != nil {
		t.tell(telematics.AnswerMalformed, profiles.Hex(req[:1]).String())
	}
	for _, c := range codes {
		t.p.addCode(t.unit.Name, c)
	}
	return nil
}

func udsCodes(msg []byte) (codes []code, err error) {
	var r uds.ReadDTCsResponse
	if err := r.UnmarshalBinary(msg); err != nil {
		return nil, err
	}
	for _, d := range r.DTCs {
		codes = append(codes, code{dtc.Three(byte(d.Code>>16), byte(d.Code>>8), byte(d.Code)), dtc.Status(d.Status).State()})
	}
	return codes, nil
}

func kwpCodes(msg []byte) (codes []code, err error) {
	r, err := kwp.ParseStatuses(msg)
	if err != nil {
		return nil, err
	}
	for _, d := range r.DTCs {
		codes = append(codes, code{dtc.Two(byte(d.Code>>8), byte(d.Code)), dtc.KWPStatus(d.Status).State()})
	}
	return codes, nil
}

func (p *pass) addCode(unit string, c code) {
	text, _, _ := dtc.Text(p.out.Vehicle.Make, c.code)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.TroubleCodes = append(p.out.TroubleCodes, telematics.TroubleCode{
		Code: c.code.String(), Unit: unit, Status: c.state,
		System: c.code.System().String(), Origin: c.code.Origin(), Text: text,
	})
}

// emissionCodes asks all emission units for their codes: stored, pending and
// permanent. On K-line the answers are built otherwise than on CAN.
func (p *pass) emissionCodes(ctx context.Context) error {
	if p.obd == nil || p.kline {
		return nil
	}
	for _, kind := range []obdclient.Kind{obdclient.Stored, obdclient.Pending, obdclient.Permanent} {
		answers, err := p.codesOf(ctx, kind)
		if fatal(err) {
			return err
		}
		if p.redacted {
			continue
		}
		for _, a := range answers {
			for _, c := range a.Value {
				p.addCode(p.unitAt(a.From).Name, code{c.Code, c.State})
			}
			if a.Err != nil && !isRefusal(a.Err) && whatFailed(a.Err) == telematics.AnswerMalformed {
				p.find(telematics.AnswerMalformed, p.unitAt(a.From).Name, profiles.Hex{byte(kind)}.String())
			}
		}
	}
	return nil
}

// unitName names an emission unit, of which only the address is known.
func unitName(a transport.Address) string { return a.String() }

func isRefusal(err error) bool {
	var no *uds.NegativeResponseError
	return errors.As(err, &no)
}

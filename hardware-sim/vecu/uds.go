package vecu

import (
	"slices"

	"github.com/untether-obd/untether/obd/uds"
)

// subFunctions are the services whose first parameter is a sub-function, of
// which the highest bit asks for no positive answer.
var subFunctions = []byte{
	uds.ServiceSessionControl, uds.ServiceReset, uds.ServiceReadDTCs, uds.ServiceSecurityAccess, uds.ServiceCommunicationControl,
	uds.ServiceAuthentication, uds.ServiceRoutineControl, uds.ServiceTesterPresent, uds.ServiceControlDTCs,
}

const suppressPositive = 0x80

// uds judges a request in the order of ISO 14229-1: service (11), in this
// session (7F), length (13), sub-function (12), in this session (7E), the
// rest of the length (13), what it asks for (31). What comes after that (33,
// 22, ...) is in the sheet as a literal answer.
func (d *Dialogue) uds(req []byte) Reply {
	if code := d.service(req[0]); code != 0 {
		return d.refuse(req, code)
	}
	switch {
	case req[0] == uds.ServiceReadData:
		return d.several(req, 2)
	case !slices.Contains(subFunctions, req[0]):
		return d.lookup(req)
	case len(req) < 2:
		return d.refuse(req, uds.IncorrectMessageLengthOrInvalidFormat)
	}
	plain := req
	if req[1]&suppressPositive != 0 {
		plain = append([]byte{req[0], req[1] &^ suppressPositive}, req[2:]...)
	}
	reply := d.subFunction(plain)
	if req[1]&suppressPositive != 0 && len(reply.Data) > 0 && reply.Data[0] != uds.ServiceNegativeResponse {
		reply.Quiet = true
	}
	return reply
}

func (d *Dialogue) service(service byte) uds.NRC {
	switch {
	case service == uds.ServiceTesterPresent, service == uds.ServiceSessionControl && len(d.sheet.Sessions) > 0:
		return 0
	}
	switch ever, now := d.known(d.book.services[service], anything); {
	case !ever:
		return uds.ServiceNotSupported
	case !now:
		return uds.ServiceNotSupportedInSession
	}
	return 0
}

var testerPresent = []byte{uds.ServiceTesterPresent + uds.ResponseOffset, 0}

func (d *Dialogue) subFunction(req []byte) Reply {
	switch {
	case req[0] == uds.ServiceSessionControl && len(d.sheet.Sessions) > 0:
		return d.control(req, uds.SubFunctionNotSupported)
	case req[0] != uds.ServiceTesterPresent:
	case req[1] != 0:
		return d.refuse(req, uds.SubFunctionNotSupported)
	case len(req) != 2:
		return d.refuse(req, uds.IncorrectMessageLengthOrInvalidFormat)
	default:
		return Reply{Data: testerPresent, Latency: d.sheet.Latency}
	}
	same := func(a *Answer) bool { return len(a.Request.Data) > 1 && a.Request.Data[1] == req[1] }
	switch ever, now := d.known(d.book.services[req[0]], same); {
	case !ever:
		return d.refuse(req, uds.SubFunctionNotSupported)
	case !now:
		return d.refuse(req, uds.SubFunctionNotSupportedInSession)
	}
	return d.lookup(req)
}

// lookup answers from the sheet. Something that the unit knows, asked with
// too little or too much, has a wrong length.
func (d *Dialogue) lookup(req []byte) Reply {
	if a := d.find(req); a != nil {
		return d.say(a)
	}
	for _, a := range d.book.services[req[0]] {
		if n := idLength(req[0]); len(a.Request.Data) != len(req) && sameStart(&a.Request, req, n) {
			return d.refuse(req, uds.IncorrectMessageLengthOrInvalidFormat)
		}
	}
	return d.refuse(req, uds.RequestOutOfRange)
}

// idLength is how many bytes name what a request is about, service and
// sub-function included.
func idLength(service byte) int {
	switch service {
	case uds.ServiceRoutineControl:
		return 4
	case uds.ServiceWriteData, uds.ServiceIOControl:
		return 3
	case uds.ServiceClearDTCs:
		return 1
	}
	return 2
}

func sameStart(p *Pattern, req []byte, n int) bool {
	if len(req) < n {
		return true // too short to name anything
	}
	for i := range min(n, len(p.Data)) {
		if p.Data[i] != req[i] && (p.any == nil || !p.any[i]) {
			return false
		}
	}
	return true
}

// control is a request for a session. unknown is how the dialect refuses one
// that it does not have.
func (d *Dialogue) control(req []byte, unknown uds.NRC) Reply {
	i := slices.IndexFunc(d.sheet.Sessions, func(s Session) bool { return len(req) > 1 && s.ID == req[1] })
	if i < 0 {
		return d.refuse(req, unknown)
	}
	s := &d.sheet.Sessions[i]
	switch {
	case len(req) != 2:
		return d.refuse(req, uds.IncorrectMessageLengthOrInvalidFormat)
	case len(s.From) > 0 && !slices.Contains(s.From, d.session):
		return d.refuse(req, uds.SubFunctionNotSupportedInSession)
	}
	d.session = s.ID
	return Reply{Data: d.fill(&s.Response), Latency: d.sheet.Latency}
}

// several answers a request for ids of n bytes each. It is answered when the
// unit knows any of them, and then with those.
func (d *Dialogue) several(req []byte, n int) Reply {
	if len(req) == 1+n || !plural(req[0]) {
		return d.single(req)
	}
	if len(req) < 1+n || (len(req)-1)%n != 0 {
		return d.refuse(req, uds.IncorrectMessageLengthOrInvalidFormat)
	}
	var all Reply
	var first *Answer // the first refusal
	one := make([]byte, 1+n)
	one[0] = req[0]
	for ids := req[1:]; len(ids) > 0; ids = ids[n:] {
		copy(one[1:], ids)
		a := d.find(one)
		switch {
		case a == nil || len(a.Response.Data) == 0:
		case a.Response.Data[0] == uds.ServiceNegativeResponse:
			if first == nil {
				first = a
			}
		default:
			all.add(d.say(a))
		}
	}
	switch {
	case all.Data != nil:
		return all
	case first != nil:
		return d.say(first)
	}
	return d.missing(req)
}

// plural are the services that take several ids.
func plural(service byte) bool {
	return service == uds.ServiceReadData || service == 0x01 || service == 0x06 || service == 0x09
}

// add joins the answer for another id; the slowest sets the pace.
func (r *Reply) add(one Reply) {
	if r.Data == nil {
		r.Data = append(r.Data, one.Data...)
	} else {
		r.Data = append(r.Data, one.Data[1:]...)
	}
	r.Latency = max(r.Latency, one.Latency)
	r.Silence = max(r.Silence, one.Silence)
}

func (d *Dialogue) single(req []byte) Reply {
	if a := d.find(req); a != nil {
		return d.say(a)
	}
	return d.missing(req)
}

// missing refuses an id that the unit does not have. J1979 has its own word
// for that.
func (d *Dialogue) missing(req []byte) Reply {
	switch {
	case req[0] >= uds.ServiceSessionControl:
		return d.refuse(req, uds.RequestOutOfRange)
	case len(d.book.services[req[0]]) == 0:
		return d.refuse(req, uds.ServiceNotSupported)
	}
	return d.refuse(req, uds.SubFunctionNotSupported)
}

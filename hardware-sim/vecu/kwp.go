package vecu

import "github.com/untether-obd/untether/obd/uds"

const (
	kwpStopSession      = 0x20
	kwpResponseRequired = 0x01
	kwpNoResponse       = 0x02
)

var (
	kwpTesterPresent = []byte{uds.ServiceTesterPresent + uds.ResponseOffset}
	kwpStopped       = []byte{kwpStopSession + uds.ResponseOffset}
)

// kwp judges a request by the rules of KWP 2000: there are no sub-functions
// whose answer could be suppressed, but a tester present that asks for none,
// and a session is also stopped.
func (d *Dialogue) kwp(req []byte) Reply {
	switch {
	case req[0] == uds.ServiceTesterPresent:
		return d.kwpPresent(req)
	case req[0] == uds.ServiceSessionControl && len(d.sheet.Sessions) > 0:
		return d.control(req, uds.SubFunctionNotSupported)
	case req[0] == kwpStopSession && len(req) == 1 && len(d.sheet.Sessions) > 0:
		d.reset()
		return Reply{Data: kwpStopped, Latency: d.sheet.Latency}
	}
	if code := d.service(req[0]); code != 0 {
		return d.refuse(req, code)
	}
	if a := d.find(req); a != nil {
		return d.say(a)
	}
	return d.refuse(req, uds.RequestOutOfRange)
}

func (d *Dialogue) kwpPresent(req []byte) Reply {
	reply := Reply{Data: kwpTesterPresent, Latency: d.sheet.Latency}
	switch {
	case len(req) == 1:
	case len(req) > 2 || req[1] != kwpResponseRequired && req[1] != kwpNoResponse:
		return d.refuse(req, uds.SubFunctionNotSupported)
	default:
		reply.Quiet = req[1] == kwpNoResponse
	}
	return reply
}

package passive

// Dialect is the language of a conversation.
type Dialect string

// The dialects of diagnosis on CAN.
const (
	UDS   Dialect = "uds"   // ISO 14229-1
	KWP   Dialect = "kwp"   // ISO 14230-3
	GMLAN Dialect = "gmlan" // GM's own, a sister of KWP
	J1979 Dialect = "j1979" // the services of OBD
)

// sign is what one exchange shows of the dialect. A weak one is a form that
// another dialect has too, but seldom. The zero value shows nothing.
type sign struct {
	dialect Dialect
	strong  bool
}

// language weighs what exchanges show. Where they contradict each other, or
// fit several dialects, it is empty. Exchanges without an answer count only
// where no answer was heard at all: they show what the tester speaks.
func language(exchanges []Exchange, of endpoint, heard Heard) Dialect {
	strong, weak := map[Dialect]bool{}, map[Dialect]bool{}
	for _, x := range exchanges {
		if len(x.Response) == 0 && heard != OnlyRequests {
			continue
		}
		switch s := signOf(x, of.ground()); {
		case s == sign{}:
		case s.strong:
			strong[s.dialect] = true
		default:
			weak[s.dialect] = true
		}
	}
	obd := weak[J1979]
	delete(weak, J1979) // units that speak another dialect have these services too
	switch {
	case len(strong) > 0:
		return single(strong)
	case len(weak) > 0:
		return single(weak)
	case obd:
		return J1979
	}
	return ""
}

func single(of map[Dialect]bool) (only Dialect) {
	for d := range of {
		only = d
	}
	if len(of) > 1 {
		return ""
	}
	return only
}

// signOf judges an exchange. A refusal shows that the unit knows the service,
// unless it says that it does not.
func signOf(x Exchange, at ground) sign {
	const generalReject, serviceNotSupported = 0x10, 0x11
	request, answer := x.Request, x.Response
	if len(answer) > 2 && answer[0] == negative {
		if answer[2] == generalReject || answer[2] == serviceNotSupported {
			return sign{}
		}
		request, answer = or(request, answer[1]), nil
	}
	if len(answer) > 0 {
		request = or(request, answer[0]-positive)
	}
	return form(request, answer).at(at)
}

// or gives the request, or as much of it as its answer shows.
func or(request []byte, service byte) []byte {
	if len(request) > 0 {
		return request
	}
	return []byte{service}
}

// sister is what KWP and GMLAN have in common.
const sister Dialect = "kwp or gmlan"

// forms are services whose number alone is a sign.
var forms = map[byte]sign{
	0x12: {sister, false}, 0x13: {KWP, true}, 0x17: {KWP, true}, 0x18: {KWP, true}, // trouble codes
	0x19: {UDS, true},
	0x1A: {sister, true}, 0x20: {sister, false}, 0x21: {KWP, true}, 0x3B: {sister, false},
	0x22: {UDS, false}, 0x24: {UDS, false}, 0x2E: {UDS, false}, 0x2F: {UDS, false}, // KWP's identifiers of two bytes are rare
	0x29: {UDS, true},
	0x30: {KWP, true}, 0x32: {KWP, true}, 0x33: {KWP, true},
}

// form judges by the request, of which there may be the service alone, and by
// a positive answer if there is one.
func form(request, answer []byte) sign {
	switch service := request[0]; {
	case service <= 0x0A:
		return sign{J1979, false}
	case service == 0x10:
		return sessionForm(answer)
	case service == 0x14 && len(answer) == 1, service == 0x31 && len(answer) > 3, service == 0x85 && len(answer) > 1:
		return sign{UDS, false} // nothing repeated; a routine of two bytes; the sub-function repeated
	case service == 0x14 && len(answer) == 3:
		return sign{KWP, true} // the group repeated
	case service == 0x3E:
		return presentForm(request, answer)
	default:
		return forms[service]
	}
}

// sessionForm: UDS answers with its timing, KWP's sessions begin at 80.
func sessionForm(answer []byte) sign {
	switch {
	case len(answer) < 2:
		return sign{}
	case answer[1] >= 0x80:
		return sign{KWP, true}
	}
	return sign{UDS, len(answer) == 6}
}

// presentForm: UDS has a sub-function, 00 or 80, and repeats it; KWP has 01 or
// 02, which its answer leaves out, or none.
func presentForm(request, answer []byte) sign {
	switch {
	case len(answer) > 1 && answer[1] == 0, len(request) > 1 && request[1]&0x7F == 0:
		return sign{UDS, true}
	case len(request) > 1 && request[1] <= 2:
		return sign{KWP, true}
	}
	return sign{sister, false}
}

// ground says where GMLAN is spoken.
type ground uint8

const (
	elsewhere ground = iota
	common           // 7E0-7EF: KWP or GMLAN
	ofGM             // 240-25F, 640-65F
)

func (e endpoint) ground() ground {
	switch {
	case e.wide || e.addressed:
		return elsewhere
	case e.id>>4 == 0x7E0>>4:
		return common
	case e.id&^0x400 >= 0x240 && e.id&^0x400 <= 0x25F:
		return ofGM
	}
	return elsewhere
}

// at tells the sisters apart by where they are spoken.
func (s sign) at(g ground) sign {
	switch {
	case s.dialect != sister:
		return s
	case g == elsewhere:
		return sign{KWP, s.strong}
	case g == ofGM:
		return sign{GMLAN, s.strong}
	}
	return sign{}
}

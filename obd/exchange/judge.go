package exchange

import (
	"bytes"
	"fmt"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// judge says whether m belongs to the request, whether it is negative, and
// whether it is well-formed.
func (x *exchange) judge(m transport.Message) (belongs bool, neg *uds.NegativeResponseError, err error) {
	d, echo := m.Data, len(x.echoed())
	switch {
	case len(d) >= 2 && d[0] == uds.ServiceNegativeResponse && d[1] == x.req[0]:
		neg, ok := uds.ParseNegative(d)
		if !ok {
			err = x.protocolError(m, fmt.Sprintf("7F %02X and one code", x.req[0]))
		}
		return true, neg, err
	case !x.sameService(m):
		return false, nil, nil
	case len(d) < echo:
		return true, nil, x.protocolError(m, x.want())
	}
	return bytes.Equal(d[1:echo], x.req[1:echo]), nil, nil
}

// sameService reports whether m is a positive answer to a request of this
// service, if not to this very one.
func (x *exchange) sameService(m transport.Message) bool {
	return len(m.Data) > 0 && m.Data[0] == x.req[0]+0x40
}

// echoed is the start of the request that a positive answer repeats.
func (x *exchange) echoed() []byte {
	return x.req[:1+min(max(x.terms.Echo, 0), len(x.req)-1)]
}

// want is the start of a positive answer: 62 F1 90.
func (x *exchange) want() string {
	b := bytes.Clone(x.echoed())
	b[0] += 0x40
	return fmt.Sprintf("% X", b)
}

// head shows the first bytes of a message, too few to hold an identifier.
func head(b []byte) string {
	if len(b) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("% X", b[:min(len(b), 4)])
}

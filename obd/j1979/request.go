package j1979

import "fmt"

// Request is a request of any service.
type Request struct {
	Service byte
	IDs     []byte // PIDs, MIDs, the TID or the InfoType; none for 03, 07 and 0A
	Which   byte   // 02: the freeze frame; 05: the sensor; else 0
}

// MaxIDs is how many PIDs or MIDs one request may hold.
const MaxIDs = 6

// shape says how many identifiers a service takes, and whether another byte
// follows each.
type shape struct {
	min, max int
	which    bool
}

var shapes = map[byte]shape{
	CurrentData:    {1, MaxIDs, false},
	FreezeFrame:    {1, MaxIDs / 2, true},
	StoredCodes:    {},
	SensorTests:    {1, 1, true},
	MonitorTests:   {1, MaxIDs, false},
	PendingCodes:   {},
	VehicleInfo:    {1, 1, false},
	PermanentCodes: {},
}

// AppendBinary appends the message.
func (r Request) AppendBinary(b []byte) ([]byte, error) {
	s, ok := shapes[r.Service]
	if !ok {
		return b, unknownService(r.Service)
	}
	if len(r.IDs) < s.min || len(r.IDs) > s.max {
		return b, s.countError(r.Service, len(r.IDs))
	}
	b = append(b, r.Service)
	for _, id := range r.IDs {
		b = append(b, id)
		if s.which {
			b = append(b, r.Which)
		}
	}
	return b, nil
}

// ParseRequest reads a request. Its error is a *FormatError.
func ParseRequest(msg []byte) (Request, error) {
	if len(msg) == 0 {
		return Request{}, &FormatError{Field: "service", Got: "nothing", Want: "a service"}
	}
	s, ok := shapes[msg[0]]
	if !ok {
		return Request{}, unknownService(msg[0])
	}
	r := Request{Service: msg[0]}
	if !s.which {
		r.IDs = append(r.IDs, msg[1:]...)
	} else if err := r.pairs(msg[1:]); err != nil {
		return Request{}, err
	}
	if len(r.IDs) < s.min || len(r.IDs) > s.max {
		return Request{}, s.countError(msg[0], len(r.IDs))
	}
	return r, nil
}

// pairs reads identifiers that are each followed by the same frame or sensor.
func (r *Request) pairs(b []byte) error {
	if len(b)%2 != 0 {
		return wrongLength(r.Service, "identifiers", len(b), "pairs")
	}
	for i := 0; i < len(b); i += 2 {
		if b[i+1] != b[1] {
			return frameError(r.Service, b[i+1], b[1])
		}
		r.IDs, r.Which = append(r.IDs, b[i]), b[1]
	}
	return nil
}

func (s shape) countError(service byte, n int) error {
	return &FormatError{Service: service, Field: "identifiers", Got: fmt.Sprint(n), Want: fmt.Sprintf("%d to %d", s.min, s.max)}
}

func unknownService(service byte) error {
	return &FormatError{Service: service, Field: "service", Got: fmt.Sprintf("%02X", service), Want: "a service of J1979"}
}

func frameError(service, got, want byte) error {
	return &FormatError{Service: service, Field: "frame", Got: fmt.Sprintf("%02X", got), Want: fmt.Sprintf("%02X", want)}
}

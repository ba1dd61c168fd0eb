package exchange

import "time"

// Terms are how long to wait for what. Zero fields take the defaults.
type Terms struct {
	P2     time.Duration // from the end of the request to the answer's first frame; 250 ms
	P2Star time.Duration // the same after an answer 78; 5 s
	Echo   int           // bytes after the service that a positive answer must repeat
	Silent bool          // the request suppresses its positive answer: that nothing comes is success
	Limits Limits
}

// Limits bound how often and how long a unit may answer 78.
type Limits struct {
	Pending int           // 10
	Total   time.Duration // from the end of the first request; 15 s
}

// The defaults of Terms: those of a read at first contact.
const (
	DefaultP2      = 250 * time.Millisecond
	DefaultP2Star  = 5 * time.Second
	DefaultPending = 10
	DefaultTotal   = 15 * time.Second
)

func (t Terms) withDefaults() Terms {
	if t.P2 <= 0 {
		t.P2 = DefaultP2
	}
	if t.P2Star <= 0 {
		t.P2Star = DefaultP2Star
	}
	if t.Limits.Pending <= 0 {
		t.Limits.Pending = DefaultPending
	}
	if t.Limits.Total <= 0 {
		t.Limits.Total = DefaultTotal
	}
	return t
}

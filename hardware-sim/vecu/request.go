package vecu

import "time"

// Request is what a unit was asked.
type Request struct {
	Data       []byte // never empty; the handler must not keep it
	Functional bool   // it was asked of a group
	Restarted  bool   // the unit has restarted since the request before
	Time       time.Time
}

// Reply is what a unit does about a request.
type Reply struct {
	Data    []byte        // nil: nothing is said
	Latency time.Duration // from the end of the request to the beginning of the answer

	// Quiet keeps the answer back unless the tester has been told to wait for
	// it (78): a refusal of a functional request, or one that asked for no
	// positive answer.
	Quiet bool

	// Unannounced is an answer that no 78 comes before, however late it is.
	Unannounced bool

	// Silence is how long the unit is deaf and dumb after the answer, as while
	// it restarts.
	Silence time.Duration
}

// Handler decides what a unit says. It is called by one goroutine at a time.
// What it has replied must not change afterwards.
type Handler interface {
	Serve(r *Request) Reply
}

// HandlerFunc makes a Handler of a function.
type HandlerFunc func(r *Request) Reply

// Serve calls f.
func (f HandlerFunc) Serve(r *Request) Reply { return f(r) }

// Entry is a request that a unit received, whatever became of it.
type Entry struct {
	Unit       string
	Time       time.Time // reception of its last frame
	Data       []byte
	Functional bool
}

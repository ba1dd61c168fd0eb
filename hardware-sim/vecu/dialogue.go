package vecu

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/uds"
)

// Options are what a Dialogue needs besides its Sheet.
type Options struct {
	Seed  uint64
	Value func(name string) uint64 // fills the holes of responses; nil: with zeros
	Left  func(at time.Time)       // a session ended by S3, or is open at the end; may be nil
}

// Dialogue is the Handler that speaks from a Sheet. It keeps session and
// state, which change with the time of the requests alone: it has no timer.
type Dialogue struct {
	sheet    Sheet
	options  Options
	book     *book
	random   *rand.Rand
	now      time.Time // of the request being answered
	session  byte
	used     time.Time // S3 runs from here
	state    int
	since    time.Time // of the state; zero: from the first request on
	restarts time.Time // end of the silence between two states
}

// NewDialogue begins in the default session and the first state.
func NewDialogue(s Sheet, o Options) *Dialogue {
	if s.S3 == 0 {
		s.S3 = DefaultS3
	}
	d := &Dialogue{sheet: s, options: o, book: newBook(s), random: rand.New(rand.NewPCG(o.Seed, 0))}
	d.session = d.defaultSession()
	return d
}

func (d *Dialogue) defaultSession() byte {
	if d.sheet.Dialect == KWP {
		return 0x81
	}
	return 0x01
}

// Session is the session that is open at a time.
func (d *Dialogue) Session(at time.Time) byte {
	d.age(at)
	return d.session
}

// End closes the books: a session that is still open was left so.
func (d *Dialogue) End(at time.Time) {
	d.age(at)
	d.leave(at)
}

func (d *Dialogue) reset() { d.session = d.defaultSession() }

func (d *Dialogue) leave(at time.Time) {
	if d.session != d.defaultSession() && d.options.Left != nil {
		d.options.Left(at)
	}
	d.reset()
}

// age lets time pass.
func (d *Dialogue) age(now time.Time) {
	if end := d.used.Add(d.sheet.S3); d.session != d.defaultSession() && !now.Before(end) {
		d.leave(end)
	}
	if len(d.sheet.States) == 0 {
		return
	}
	if d.since.IsZero() {
		d.since = now
	}
	for s := d.sheet.States[d.state]; s.Lasts > 0 && !now.Before(d.since.Add(s.Lasts)); s = d.sheet.States[d.state] {
		end := d.since.Add(s.Lasts)
		d.enter(s.Next, end)
		if s.Silence > 0 {
			d.restarts = end.Add(s.Silence)
			d.reset()
		}
	}
}

func (d *Dialogue) enter(state string, at time.Time) {
	d.state = slices.IndexFunc(d.sheet.States, func(s State) bool { return s.Name == state })
	d.since = at
}

// Serve answers a request.
func (d *Dialogue) Serve(r *Request) Reply {
	d.now = r.Time
	if r.Restarted {
		d.reset()
	}
	d.age(r.Time)
	if r.Time.Before(d.restarts) {
		return Reply{}
	}
	reply := d.answer(r.Data)
	if r.Functional && unsaid(reply.Data) {
		reply.Quiet = true
	}
	if len(reply.Data) > 0 {
		reply.Latency = d.jitter(reply.Latency)
	}
	if end := r.Time.Add(reply.Latency); end.After(d.used) {
		d.used = end
	}
	return reply
}

func (d *Dialogue) jitter(latency time.Duration) time.Duration {
	if d.sheet.Jitter == 0 {
		return latency
	}
	spread := time.Duration(d.random.Int64N(int64(2*d.sheet.Jitter))) - d.sheet.Jitter
	return max(latency+spread, 0)
}

// unsaid are the refusals that a unit keeps to itself when a group was asked.
func unsaid(msg []byte) bool {
	if len(msg) != 3 || msg[0] != uds.ServiceNegativeResponse {
		return false
	}
	switch uds.NRC(msg[2]) {
	case uds.ServiceNotSupported, uds.SubFunctionNotSupported, uds.RequestOutOfRange,
		uds.SubFunctionNotSupportedInSession, uds.ServiceNotSupportedInSession:
		return true
	}
	return false
}

func (d *Dialogue) answer(req []byte) Reply {
	switch {
	case req[0] < uds.ServiceSessionControl:
		return d.several(req, 1)
	case d.sheet.Dialect == KWP:
		return d.kwp(req)
	}
	return d.uds(req)
}

func (d *Dialogue) refuse(req []byte, code uds.NRC) Reply {
	return Reply{Data: []byte{uds.ServiceNegativeResponse, req[0], byte(code)}, Latency: d.sheet.Latency}
}

// say gives an answer of the sheet, with what it does to the unit.
func (d *Dialogue) say(a *Answer) Reply {
	if a.Next != "" {
		d.enter(a.Next, d.now)
	}
	return Reply{Data: d.fill(&a.Response), Latency: d.latency(a), Silence: a.Silence}
}

func (d *Dialogue) latency(a *Answer) time.Duration {
	if a.Latency > 0 {
		return a.Latency
	}
	return d.sheet.Latency
}

// fill puts the values of the moment into a message.
func (d *Dialogue) fill(b *Bytes) []byte {
	if b.holes == nil {
		return b.Data
	}
	out := slices.Clone(b.Data)
	if d.options.Value == nil {
		return out
	}
	for _, h := range b.holes {
		v := d.options.Value(h.name)
		for i := holeLength[h.name] - 1; i >= 0; i-- {
			out[h.at+i] = byte(v)
			v >>= 8
		}
	}
	return out
}

package inspect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	obdclient "github.com/untether-obd/untether/obd/j1979/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/telematics"
)

// obdRoad is one way to a car's emission units.
type obdRoad struct {
	address string
	dialect guard.Dialect
	request string
	options []obdclient.Option
}

// obdRoads are tried in this order: J1979 with 11 and with 29 bits, then
// J1979-2 for cars that speak only that.
var obdRoads = []obdRoad{
	{"7DF/7E8-7EF", guard.J1979, "09 02", nil},
	{"18DB33F1/18DAF1xx", guard.J1979, "09 02", nil},
	{"7DF/7E8-7EF", guard.UDS, "22 F802", []obdclient.Option{obdclient.WithJ19792()}},
	{"18DB33F1/18DAF1xx", guard.UDS, "22 F802", []obdclient.Option{obdclient.WithJ19792()}},
}

// group names the units at the other end.
func (r obdRoad) group() string {
	request, _, _ := strings.Cut(r.address, "/")
	return request
}

func (r obdRoad) source() string { return r.group() + " " + r.request }

// emission is the group of units that answers OBD, once it is known.
type emission struct {
	address transport.Address
	conn    *guard.Conn
	client  *obdclient.Client
	unseen  *obdclient.Client // its requests do not count; not to be used beside client
	again   bool              // what client asks now the adapter has spoiled before
}

// twice makes a request to the group once more where an answer was lost in the
// adapter, when what was left of it is over. Only the last one counts.
func twice[T any](ctx context.Context, p *pass, e *emission, ask func(context.Context) (T, error)) (answers T, err error) {
	for e.again = false; ; e.again = true {
		err := p.pace.besides(ctx, func() (err error) {
			answers, err = ask(ctx)
			return err
		})
		if err = p.heed(err); !spoiled(err) && !dropped(err) || e.again {
			return answers, err
		}
		if err := rest(ctx, aftermath(err)); err != nil {
			return answers, err
		}
	}
}

// reaches reports whether a unit's answers could be taken for those of the
// group: the two must not be asked at the same time.
func (e *emission) reaches(a transport.Address) bool {
	return e != nil && !a.HasAE && a.Extended == e.address.Extended && e.address.Accepts(a.RX)
}

func (p *pass) dialOBD(ctx context.Context, r obdRoad) (*emission, error) {
	a := transport.MustAddress(r.address)
	conn, err := p.link.Dial(ctx, a, r.dialect, transport.Params{})
	if err != nil {
		return nil, err
	}
	e := &emission{address: a, conn: conn, unseen: obdclient.New(conn, a, r.options...)}
	observe := func(req []byte, answers []exchange.Result, err error) {
		switch {
		case !e.again && (spoiled(err) || dropped(err)): // it is made once more
		case p.inMemory(r.group(), req, err):
			p.observeOBD(r.dialect, req, answers)
			p.oddOBD(req, answers, err)
		}
	}
	e.client = obdclient.New(conn, a, append(slices.Clone(r.options), obdclient.WithObserver(observe))...)
	return e, nil
}

// observeOBD counts a functional request once, however many units answer, and
// notes who they are.
func (p *pass) observeOBD(d guard.Dialect, req []byte, answers []exchange.Result) {
	for _, r := range answers {
		p.answersOBD(d, r, string(req))
	}
	switch {
	case len(answers) == 0:
		p.count(func(c *telematics.Coverage) { c.Silent++ })
	case slices.ContainsFunc(answers, positive):
		p.count(func(c *telematics.Coverage) { c.Answered++ })
	default:
		p.count(func(c *telematics.Coverage) { c.Refused++ })
	}
}

// emitter is a unit that answers OBD.
type emitter struct {
	dialect string          // of its positive answers
	reads   map[string]bool // requests that it answered positively
	refused uds.NRC         // its last refusal
}

func (p *pass) answersOBD(d guard.Dialect, r exchange.Result, req string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.emission[r.Message.From]
	if e == nil {
		e = &emitter{reads: map[string]bool{}}
		p.emission[r.Message.From] = e
	}
	if positive(r) {
		e.dialect, e.reads[req] = d.String(), true
	}
	if no, ok := uds.ParseNegative(r.Message.Data); ok {
		e.refused = no.Code
	}
}

// addEmission lists the units that answer OBD, and adds what they answered to
// those that are listed already.
func (p *pass) addEmission() {
	for a, e := range p.emission {
		i := slices.IndexFunc(p.out.Units, func(u telematics.Unit) bool { return u.Address == a.String() })
		if i < 0 {
			u := p.unitAt(a)
			i = len(p.out.Units)
			p.out.Units = append(p.out.Units, telematics.Unit{Role: string(u.Role), Name: u.Name, Address: a.String()})
		}
		u := &p.out.Units[i]
		u.Answered = true
		u.Dialect = cmp.Or(u.Dialect, e.dialect)
		u.DistinctReads += len(e.reads)
	}
}

func positive(r exchange.Result) bool {
	return len(r.Message.Data) > 0 && r.Message.Data[0] != 0x7F
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// cast are the units of a recording, each of which plays its part.
type cast struct {
	tape    *tape.Tape
	unasked func(*tape.NeverAskedError)
	groups  map[transport.Address]*group

	mu   sync.Mutex
	told map[string]bool // requests never asked that unasked knows of
}

// part is what one unit says: to requests to it alone and to its groups.
type part struct {
	cast    *cast
	address transport.Address
	alone   *tape.Side
	groups  []*group
}

// group is the conversation with many units at once. Each of them gets the
// same request; the recording is asked once.
type group struct {
	address transport.Address
	side    *tape.Side

	mu      sync.Mutex
	at      time.Time // of the request answered last
	request []byte
	answer  tape.Answer
	err     error
}

// functional are the groups that standards and makers reserve.
var functional = []transport.Address{
	transport.MustAddress("7DF/7E8-7EF"),
	transport.MustAddress("18DB33F1/18DAF1xx"),
	transport.MustAddress("6F1:DF/600-6FF:F1"),
}

func (c *cast) part(ctx context.Context, a transport.Address) (*part, error) {
	alone, err := c.tape.Open(ctx, a)
	if err != nil {
		return nil, err
	}
	p := &part{cast: c, address: a, alone: alone}
	for _, f := range functional {
		if member, ok := f.Responder(a.RX); !ok || member != a {
			continue
		}
		g, err := c.group(ctx, f)
		if err != nil {
			return nil, err
		}
		p.groups = append(p.groups, g)
	}
	return p, nil
}

func (c *cast) group(ctx context.Context, a transport.Address) (*group, error) {
	if g := c.groups[a]; g != nil {
		return g, nil
	}
	side, err := c.tape.Open(ctx, a)
	if err != nil {
		return nil, err
	}
	c.groups[a] = &group{address: a, side: side}
	return c.groups[a], nil
}

func (p *part) functional() []transport.Address {
	addresses := make([]transport.Address, len(p.groups))
	for i, g := range p.groups {
		addresses[i] = g.address
	}
	return addresses
}

// Serve says what the unit said to the request, after as long.
func (p *part) Serve(r *vecu.Request) vecu.Reply {
	answer, err := p.ask(r)
	if never, ok := errors.AsType[*tape.NeverAskedError](err); ok {
		p.cast.tell(never)
		return vecu.Reply{}
	}
	return p.reply(answer)
}

func (p *part) ask(r *vecu.Request) (tape.Answer, error) {
	if !r.Functional {
		return p.alone.Ask(r.Data)
	}
	var err error
	for _, g := range p.groups { // those of one unit differ in the form of their addresses: it is in one
		var answer tape.Answer
		if answer, err = g.ask(r); err == nil {
			return answer, nil
		}
	}
	return tape.Answer{}, err
}

// ask asks the recording when the first of the units gets a request.
func (g *group) ask(r *vecu.Request) (tape.Answer, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !r.Time.Equal(g.at) || !bytes.Equal(r.Data, g.request) {
		g.at, g.request = r.Time, bytes.Clone(r.Data)
		g.answer, g.err = g.side.Ask(r.Data)
	}
	return g.answer, g.err
}

// reply is the unit's own answer. The 78 that were recorded before it are
// those that a unit sends by itself. An answer that broke off in the recording
// is none.
func (p *part) reply(a tape.Answer) vecu.Reply {
	own := slices.DeleteFunc(slices.Clone(a.Events), func(e tape.Event) bool { return e.From != p.address || e.Err != nil })
	if len(own) == 0 {
		return vecu.Reply{}
	}
	final := max(slices.IndexFunc(own, func(e tape.Event) bool { return !pending(e.Data) }), 0)
	return vecu.Reply{Data: own[final].Data, Latency: own[final].First, Unannounced: final == 0}
}

// pending reports a 78: the answer is to come.
func pending(answer []byte) bool { return len(answer) == 3 && answer[0] == 0x7F && answer[2] == 0x78 }

// tell tells of a request once. Of 3E 80, which is never answered, there is
// nothing to tell.
func (c *cast) tell(e *tape.NeverAskedError) {
	if len(e.Request) == 2 && e.Request[0] == 0x3E && e.Request[1]&0x80 != 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if key := e.Address.String() + string(e.Request); !c.told[key] && len(c.told) < toldMax {
		c.told[key] = true
		c.unasked(e)
	}
}

// toldMax bounds what a client that asks for everything makes us keep.
const toldMax = 10_000

package vecu

import "slices"

// book finds answers fast.
type book struct {
	exact    map[string][]*Answer
	patterns []*Answer
	services [256][]*Answer
}

func newBook(s Sheet) *book {
	b := &book{exact: map[string][]*Answer{}}
	for i := range s.Answers {
		a := &s.Answers[i]
		service := a.Request.Data[0]
		b.services[service] = append(b.services[service], a)
		if a.Request.any != nil {
			b.patterns = append(b.patterns, a)
			continue
		}
		key := string(a.Request.Data)
		b.exact[key] = append(b.exact[key], a)
	}
	return b
}

// find gives the answer to a request as things stand, nil if there is none.
func (d *Dialogue) find(req []byte) *Answer {
	for _, a := range d.book.exact[string(req)] {
		if d.holds(a) {
			return a
		}
	}
	for _, a := range d.book.patterns {
		if a.Request.match(req) && d.holds(a) {
			return a
		}
	}
	return nil
}

func (d *Dialogue) holds(a *Answer) bool {
	return d.inSession(a) && (len(a.State) == 0 || slices.Contains(a.State, d.sheet.States[d.state].Name))
}

func (d *Dialogue) inSession(a *Answer) bool {
	return len(a.Session) == 0 || slices.Contains(a.Session, d.session)
}

// known says whether any of the answers fits at all, and whether one of those
// holds in this session.
func (d *Dialogue) known(answers []*Answer, fits func(*Answer) bool) (ever, now bool) {
	for _, a := range answers {
		if fits(a) {
			ever = true
			now = now || d.inSession(a)
		}
	}
	return ever, now
}

func anything(*Answer) bool { return true }

package can

import (
	"bytes"
	"slices"
	"sync"
)

// ledger remembers who sent a frame until its echo comes. It is bounded: a
// bus that never echoes what it took makes the oldest entry go.
type ledger struct {
	mu   sync.Mutex
	sent []entry
}

type entry struct {
	by    *Tap
	frame Frame
}

const maxLedger = 1024 // entries; far more than a controller queues

func (l *ledger) add(by *Tap, f *Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) == maxLedger {
		l.sent = slices.Delete(l.sent, 0, 1)
	}
	l.sent = append(l.sent, entry{by, *f})
}

// take gives the first sender of a frame like f, nil if there is none.
func (l *ledger) take(f *Frame) *Tap {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.sent, func(e entry) bool { return same(&e.frame, f) })
	if i < 0 {
		return nil
	}
	by := l.sent[i].by
	l.sent = slices.Delete(l.sent, i, i+1)
	return by
}

// remove takes back the last add of by and f.
func (l *ledger) remove(by *Tap, f *Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.sent) - 1; i >= 0; i-- {
		if l.sent[i].by == by && same(&l.sent[i].frame, f) {
			l.sent = slices.Delete(l.sent, i, i+1)
			return
		}
	}
}

func (l *ledger) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = l.sent[:0]
}

// same compares what was sent with its echo; ESI is the controller's to set.
func same(a, b *Frame) bool {
	return a.ID == b.ID && a.Flags&^ESI == b.Flags&^ESI && a.Len == b.Len && bytes.Equal(a.Payload(), b.Payload())
}

package vserial

import "time"

// speeds is what an end's speed was, is and will be: changes in the order of
// their moments. The first holds for all time before the second.
type speeds []speed

type speed struct {
	from time.Time
	baud int
}

func (s speeds) at(t time.Time) int {
	baud := s[0].baud
	for _, change := range s[1:] {
		if change.from.After(t) {
			break
		}
		baud = change.baud
	}
	return baud
}

// latest is the speed that was set last, whether or not it holds yet.
func (s speeds) latest() int { return s[len(s)-1].baud }

// change sets a speed from a moment on, and forgets what was before since.
func (s speeds) change(from time.Time, baud int, since time.Time) speeds {
	for len(s) > 1 && !s[1].from.After(since) {
		s = s[1:]
	}
	return append(s, speed{from: from, baud: baud})
}

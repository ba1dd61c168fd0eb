package canlog

import (
	"bytes"
	"time"
)

// clock gives the lines their times.
type clock struct {
	now     time.Time // of the frame before
	decided bool      // what relative times are relative to
	deltas  bool      // to the line before, not to the first
}

// beat is how long a full bus of 500 kbit/s takes for a frame of eight bytes.
const beat = 250 * time.Microsecond

var epoch = time.Unix(0, 0).UTC()

// at gives the time of a line with a frame, or false if it is out of range.
func (c *clock) at(r *Reader, s stamp) (time.Time, bool) {
	at := s.at
	switch {
	case s.kind == untimed && c.now.IsZero():
		at = epoch
	case s.kind == untimed:
		at = c.now.Add(beat)
	case s.kind == relative:
		at = c.relative(r, s)
	default:
		c.decided = false
	}
	return at, inRange(at.Unix())
}

// pass goes by a line whose frame could not be read but whose time could.
func (c *clock) pass(s stamp) {
	if s.kind == relative && c.decided && c.deltas && inRange(c.now.Add(s.after).Unix()) {
		c.now = c.now.Add(s.after)
	}
}

// relative decides anew where times since the first frame begin again.
func (c *clock) relative(r *Reader, s stamp) time.Time {
	restart := c.decided && !c.deltas && s.after == 0 && c.now.After(epoch)
	if !c.decided || restart {
		c.decided, c.deltas = true, r.deltasFollow(s.after)
	}
	switch {
	case !c.deltas:
		return s.at
	case c.now.IsZero():
		return epoch.Add(s.after)
	}
	return c.now.Add(s.after)
}

// ahead is how far to look for what relative times mean: some 60 lines.
const ahead = 4 << 10

// deltasFollow looks ahead. Times since the first frame decrease only where
// the frames of two interfaces were not read in order; of times since the
// frame before every second does.
func (r *Reader) deltasFollow(last time.Duration) bool {
	decreases, pairs := 0, 0
	rest, _ := r.in.Peek(ahead)
	for {
		text, behind, whole := bytes.Cut(rest, []byte("\n"))
		if !whole {
			return decreases*8 > pairs
		}
		rest = behind
		s := stampIn(text)
		if s.kind != relative {
			continue
		}
		pairs++
		if s.after < last {
			decreases++
		}
		last = s.after
	}
}

func stampIn(text []byte) stamp {
	_, text, _ = bytes.Cut(text, []byte("("))
	text, _, closed := bytes.Cut(text, []byte(")"))
	s, ok := parseStamp(text)
	if !closed || !ok {
		return stamp{}
	}
	return s
}

func inRange(seconds int64) bool { return seconds >= 0 && seconds < maxSeconds }

package discover

import "time"

const (
	distressRest = 50 * time.Millisecond // signs closer together are one
	leastShare   = 1.0 / 64              // of the share that was asked for
)

// sign halves the share. s.mu is held.
func (s *scan) sign(what Sign) {
	now := time.Now()
	if s.listening || s.pace.share == 0 {
		return
	}
	if n := len(s.distress); n > 0 && now.Sub(s.began.Add(s.distress[n-1].After)) < distressRest {
		return
	}
	if s.pace.share/2 < s.options.Share*leastShare {
		return
	}
	s.pace.set(now, s.pace.share/2)
	s.distress = append(s.distress, Distress{Sign: what, After: now.Sub(s.began), Share: s.pace.share})
}

// lateness watches how long our frames wait for the wire.
type lateness struct {
	mean, least time.Duration
	count       int
}

// note takes the wait of one frame and says whether they have become so much
// longer that the bus is fuller than it was.
func (l *lateness) note(wait time.Duration, bitrate int) bool {
	const settled = inFlight
	l.count++
	l.mean += (wait - l.mean) / min(settled, time.Duration(l.count))
	if l.count < settled {
		return false
	}
	if l.count == settled || l.mean < l.least {
		l.least = l.mean
	}
	if l.mean-l.least <= tolerable(bitrate) {
		return false
	}
	l.least = l.mean
	return true
}

// tolerable is what all frames in flight take, twice.
func tolerable(bitrate int) time.Duration {
	const longest = 160 // bits of a frame
	return 2 * inFlight * longest * time.Second / time.Duration(max(bitrate, 1))
}

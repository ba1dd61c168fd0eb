package vecu

import (
	"time"

	"github.com/untether-obd/untether/obd/uds"
)

// job is the one request that a unit works on.
//
//	request ──latency within P2──────────────────────► answer ──► idle
//	   └──longer──► 78 within P2 ──► 78 within P2* ... ──┘
type job struct {
	active  bool
	sending bool // the Machine has something of ours
	final   bool // and that is the answer
	told    bool // 78 has been sent
	reply   Reply
	due     time.Time // the answer
	wait    time.Time // the next 78; zero: none is needed
	pending [3]byte
}

// next is when speak has something to do; zero: not by time.
func (j *job) next() time.Time {
	switch {
	case !j.active || j.sending:
		return time.Time{}
	case !j.wait.IsZero() && j.wait.Before(j.due):
		return j.wait
	}
	return j.due
}

// Margin is the share of P2 and P2* after which a unit that is not ready says
// 78: it has to be on the wire before they end.
const (
	marginOf  = 4
	marginOut = 5
)

func margin(d time.Duration) time.Duration { return d * marginOf / marginOut }

// Pendings is how many 78 come before an answer that takes so long.
func Pendings(latency, p2, p2Star time.Duration) int {
	if latency <= p2 {
		return 0
	}
	return 1 + int((latency-margin(p2)-1)/margin(p2Star))
}

// request starts a job; while there is one, only a 3E 80 is heard.
func (s *Server) request(now time.Time, r Request) {
	if s.cfg.Heard != nil {
		s.cfg.Heard(Entry{Unit: s.cfg.Name, Time: r.Time, Data: r.Data, Functional: r.Functional})
	}
	s.watch.request(s, &r)
	if s.job.active {
		if keepAlive(r.Data) {
			s.cfg.Handler.Serve(&r)
		}
		return
	}
	r.Restarted, s.fresh = s.fresh, false
	reply := s.cfg.Handler.Serve(&r)
	late := reply.Latency > s.cfg.P2 && !reply.Unannounced
	if len(reply.Data) == 0 || reply.Quiet && !late {
		s.rest(now, reply.Silence)
		return
	}
	s.job = job{active: true, reply: reply, due: r.Time.Add(reply.Latency)}
	s.job.pending = [3]byte{0x7F, r.Data[0], byte(uds.ResponsePending)}
	if late {
		s.job.wait = r.Time.Add(margin(s.cfg.P2))
	}
	s.speak(now)
}

func keepAlive(req []byte) bool {
	return len(req) == 2 && req[0] == uds.ServiceTesterPresent && req[1] == 0x80
}

// speak hands over what is due.
func (s *Server) speak(now time.Time) {
	j := &s.job
	at := j.next()
	if at.IsZero() || now.Before(at) {
		return
	}
	msg := j.reply.Data
	j.final = !now.Before(j.due)
	if !j.final {
		msg = j.pending[:]
		j.told = true
		j.wait = at.Add(margin(s.cfg.P2Star))
	}
	j.sending = s.m.Send(now, msg) == nil
}

// said goes on after a message of ours has left or failed.
func (s *Server) said(now time.Time) {
	j := &s.job
	j.sending = false
	if !j.final {
		s.speak(now)
		return
	}
	silence := j.reply.Silence
	*j = job{}
	s.rest(now, silence)
}

func (s *Server) rest(now time.Time, d time.Duration) {
	if d > 0 {
		s.restart(now.Add(d))
	}
}

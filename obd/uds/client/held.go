package client

import (
	"context"
	"errors"
	"sync"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// held is what we did to the unit's session.
type held struct {
	mu      sync.Mutex
	session byte   // that was granted; 0: none
	asked   byte   // that was asked for, and may have been granted; 0: none
	stop    func() // ends the keep-alive and waits for it; nil: none runs
	ended   bool
}

// open gives the session that we opened.
func (h *held) open() (session byte, open bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.session, h.session != 0
}

// left gives the session that the unit may be in.
func (h *held) left() byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.session != 0:
		return h.session
	case h.asked != 0:
		return h.asked
	}
	return uds.DefaultSession
}

// ask notes that req, if it asks for a session, may be granted unseen. What
// comes of it is told to settle: refused or never sent, it surely was not.
func (h *held) ask(req []byte) (settle func(error, transport.Sent)) {
	if len(req) < 2 || req[0] != uds.ServiceSessionControl || req[1]&0x7F == uds.DefaultSession {
		return func(error, transport.Sent) {}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.asked
	h.asked = req[1] & 0x7F
	return func(err error, sent transport.Sent) {
		h.mu.Lock()
		defer h.mu.Unlock()
		var neg *uds.NegativeResponseError
		if sent == transport.SentNo || errors.As(err, &neg) {
			h.asked = before
		}
	}
}

// hold notes a session that was granted and keeps it open by keep, which runs
// until its context ends.
func (h *held) hold(session byte, keep func(context.Context)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session, h.asked = session, 0
	if h.stop != nil || h.ended {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	h.stop = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		keep(ctx)
	}()
}

// release notes that the unit is in its default session.
func (h *held) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session, h.asked = 0, 0
	h.rest()
}

// end stops the keep-alive for good.
func (h *held) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	h.rest()
}

func (h *held) rest() {
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

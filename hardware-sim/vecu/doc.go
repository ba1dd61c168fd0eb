// Package vecu is a control unit (ECU) that is not there: a Handler that
// answers requests, as in net/http, and a Server that carries them over
// ISO-TP on a can.Bus, with the timing and the manners of a real unit.
//
//	bus ─frames─► Server: ISO-TP, one request at a time, 78 while it thinks
//	                │ Request                        ▲ Reply
//	                ▼                                │
//	              Handler, usually a Dialogue: sessions and S3, the order of
//	              negative responses, literal answers out of a Sheet
//
// A Script is the other kind of unit: it plays literal frames in answer to
// literal frames and knows no protocol at all.
//
// The Server keeps the tester honest: what breaks the rules of a good client
// (a consecutive frame before STmin, a request while one is pending, a write
// repeated, ...) is told as a Violation, and everything that was asked is told
// as an Entry.
package vecu

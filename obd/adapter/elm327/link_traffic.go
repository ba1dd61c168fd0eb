package elm327

// This is all that a dongle puts on a car's wires besides the requests that it
// is given, which the guard has judged:
//
//	when                    what                                         who sends it
//	a long answer begins    flow control to the unit that was asked      chip or driver
//	                        (30 BS STmin), no sooner than it began
//	a 78, a late answer     nothing; frames of others are acknowledged   chip
//	listening at first      nothing, not even an acknowledge             -
//	searching the K-line    its initialisation (fast, then 5 baud), once chip, driver
//	                        more where nobody answers it, and 01 00 to
//	                        all emission units; only where the user or a
//	                        profile asks
//	a K-line in use         the session's keep-alive, at the chip's own  chip
//	                        interval, until the dongle is closed
//	other pins              nothing                                      -
//
// Never: a search for a protocol on CAN, a request that is repeated, anything
// by itself while nobody waits. That a dongle behind a network is asked for its
// supply voltage now and then (ATRV) the car does not hear of.
const (
	klineProbe  = "0100" // in J1979: which data are there
	acknowledge = "0"    // ATCSM while an answer is listened for
	unheard     = "1"    // ATCSM at first
)

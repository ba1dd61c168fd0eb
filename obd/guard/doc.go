// Package guard decides which bytes may leave this process. A guard.Link
// stands between every client and a transport.Link; it lets pass what an
// inspection may ask (see allow.go) and denies all else with a *DeniedError.
// It hands out neither the link nor the conversations that it guards, and
// offers no ability of theirs that it does not check itself.
//
// A request passes if
//
//	a form of the table fits it              dialect, physical or functional, service, sub-function, length
//	no id in it is barred or withheld        below all profiles, and by the unit's profile
//	each id in it is standard or declared    22, 21, 1A
//	the moment is right                      10, 20, 3E 80
//
// The moment is judged by what passed through the guard before, kept for each
// unit:
//
//	           refusal 7E 7F 31 22 33            10 xx sent
//	untouched ----------------------> refused --------------> opened
//	                                     ^                      |
//	                                     +----------------------+
//	                                  7F 10, 50 01, 50 81 or 60
//
// From refused the session may be changed, unless a speed that was read last
// is not zero. Whether a 10 xx without answer took effect is not known, so a
// unit is opened from the moment of sending. Only an opened unit may be sent
// 10 01, 10 81, 20 and 3E 80.
//
// What was learned holds for the pins of the connector at which it was learned.
// Others are gone to only if somebody agreed, between conversations, and what was
// opened at the pins that are left is denied everything until the link is back.
//
// A Probing asks many addresses whether anybody is there. A probe passes if it
// is the dialect's tester present, the bus was listened to for a second, nobody
// else sends with its identifier, and it goes where units are or are known to be.
//
// Links, Conns and Probings are safe for use by several goroutines.
package guard

// Package socketcand reaches a CAN bus that another computer has, by the
// protocol of socketcand (github.com/linux-can/socketcand, doc/protocol.md):
// the adapter socketcand://HOST:PORT/BUS, and a Server at which python-can,
// scapy and every other client of the protocol meet a bus of ours.
//
//	inspect ── can.Bus ── Open ══ TCP ══ socketcand ── can0 ── car
//	python-can ══ TCP ══ Server ── can.Bus ── simulated car
//
// The protocol is text. A message is words between < and >; nothing divides
// one from the next, and they come torn and glued.
//
//	server                       client
//	< hi >
//	                             < open can0 >
//	< ok >
//	                             < rawmode >
//	< ok >
//	< frame 7E8 23.424242 0241 >                  ID in 3 or 8 digits, seconds, data
//	< error 020 23.424242 >                       an error frame's class; only if the server is told to
//	                             < send 7e0 2 2 1 >   ID, length, data
//	                             < echo >
//	< echo >                                      so both are alive
//	< error TEXT >                                not understood, or the end
//
// What the protocol cannot do, the adapter cannot: it neither chooses a bit
// rate nor learns it, as that is the business of who set up the interface.
// Whatever OpenBus asks for is taken, unless the URI ends in ?bitrate=500000
// and so tells what the interface is set to. It sends neither remote nor CAN FD
// frames; own frames are not confirmed, one counts as sent when it is handed
// over: that a car slept until we came is not noticed, and that nobody
// acknowledges only where the server reports error frames (socketcand -e).
// Listen-only is our word to send nothing; the other computer's controller
// acknowledges all the same.
//
// Received frames bear the server's time, whose clock need not be right: it is
// moved so that the quickest message of late had no delay. So distances
// between frames are those on the bus, to one part in a thousand.
//
// The Server has one client at a time and tells others that it is busy. It
// has the modes that a client needs that takes every frame: after open
// nothing is reported until rawmode; bcmmode goes back. The broadcast manager
// (add, subscribe, filter), ISO-TP, statistics, settings of the interface and
// the UDP beacon are not served. As nobody is authenticated, Listen is for
// loopback addresses only. The client is not: a socketcand in a car is reached
// over a network.
package socketcand

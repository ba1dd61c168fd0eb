// Package tunnel carries CAN buses between two processes on one machine: the
// adapters unix:PATH and tcp:HOST:PORT, and the Server at their other end.
//
//	inspect ── can.Bus ── Open ══ socket ══ Server ── can.Bus ── simulated car
//
// One connection is one client's. In it a bus is opened, closed and opened
// again; one bus is open at a time. A Server has one client at a time and
// tells others at once that it is busy. Nobody is authenticated, so both ends
// refuse to leave the machine: TCP is for loopback addresses only, and a
// socket file belongs to its owner alone.
//
// The wire form is text, a line a message, so that a person can read it with
// nc. Words are divided by one space; NAME is chosen by the client, N counts
// its sends, FRAME is can.Frame's text form, frames are lines of candump -l.
//
//	server                              client
//	untether-bus 1 TITLE                                        greeting: version, what this is
//	busy                                                        instead: another client is on
//	                                    open NAME BITRATE       BITRATE in bit/s
//	                                    open NAME BITRATE listen
//	opened NAME                                                 or opened NAME echo: own frames are reported
//	refused NAME WHY TEXT
//	                                    send N FRAME
//	sent N                                                      the controller has queued it
//	failed N WHY TEXT
//	(1732204044.540800123) NAME FRAME                           received
//	(1732204044.540800123) NAME FRAME T                         the echo of an own frame
//	dropped NAME COUNT                                          frames that the client was too slow for
//	ended NAME WHY TEXT                                         no more frames
//	                                    close NAME
//	                                    bye                     the server hangs up, then others are served
//	error TEXT                                                  not understood; the server hangs up
//
// WHY is closed, bus-off, down, frame or other. What comes of a bus that is
// closed already is passed over.
//
// At most 32 sends are unanswered at a time. Who reads too slowly loses
// frames and is told how many; it never holds up the bus.
package tunnel

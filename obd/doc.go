// Package obd is the way to a car: everything between an adapter's wire and
// the bytes of a diagnostic answer. It knows nothing of telematics, profiles
// or people.
//
// The layers, lowest first. A package imports only what stands below it:
//
//	can         frames, filters, the Bus seam, the Mux
//	canlog      recordings of frames
//	passive     what a recording of somebody else's diagnosis tells
//	isotp       ISO 15765-2: frames become messages
//	transport   Address, Message, Conn, Link: where every road to a unit ends
//	guard       which messages may leave this process; the only way to a Link
//	uds kwp j1979 dtc      codecs without I/O
//	exchange    one request and its answer; sessions kept and left
//	uds/client kwp/client j1979/client   what is particular to each
//	bringup     finds the bit rate, wakes the car, learns who it is
//	discover    finds the units of a car that was joined
//	adapter     the URI that names an adapter, and what an adapter can do
//	tape        a recording that answers requests as its car did
//
// Nothing here imports a logger, SQL, an HTTP server, telematics, profiles,
// hardware-sim or cmd.
package obd

// Package vslcan is an SLCAN dongle that is not there: it stands before any
// can.Bus, such as that of a simulated car, and speaks the LAWICEL protocol on
// the device's side of a serial line.
//
//	lawicel    as the CANUSB: acknowledges, status flags, times, L; classic frames
//	can232     the same behind a UART, at 57600: of a bus of 500 kbit/s that is
//	           loaded to more than a fifteenth it loses frames
//	canable    as CANable's firmware: says nothing but V; M1 to listen only; an
//	           empty line repeats the last command
//	canable-2  the same with CAN FD: d, D, b, B, Y
//
// A dongle keeps its channel when a client leaves without closing it, as real
// ones do: the next one meets it open.
package vslcan

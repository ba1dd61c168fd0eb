// Package slcan joins a car's bus through a dongle that speaks the LAWICEL
// protocol (CAN232, CANUSB, USBtin, CANable and many more), on a serial port
// or behind TCP:
//
//	slcan:/dev/ttyACM0                  at any bit rate that is asked for
//	slcan:/dev/ttyUSB0?baud=57600       speed of the serial port; 115200
//	slcan:/dev/ttyACM0?bitrate=500000   at this bit rate only
//	slcan:/dev/ttyACM0?fd=0             no CAN FD; fd=1: CAN FD or not at all
//	slcan:/dev/ttyACM0?dbitrate=5000000 CAN FD's data phase; 2000000
//	slcan:/dev/ttyACM0?times=1          the dongle's own times
//	slcan://192.168.0.10:2000           a bridge
//
// The protocol is text. Lines end with CR; BEL is a refusal.
//
//	command        answer            meaning
//	C              CR or BEL         leave the bus; BEL: was not on it
//	S6             CR                bit rate, see rate.go; sBBBB: by registers
//	O  L           CR                join; join without a word, not even an acknowledge
//	t7DF8...       z CR or CR        send: ID in 3 digits, length, data
//	T18DB33F18...  Z CR or CR        the same with 8 digits
//	r7DF8 R...     z CR, Z CR, CR    remote frames
//	F              Fxx CR            what happened since it was asked last
//	V              V1013 CR          versions; or any text
//	N              NA123 CR          serial number
//	Z1 Z0          CR                received frames bear a time, or not
//	               t7E8... CR        a frame was received; with Z1: and four digits of ms
//
// CANable's firmware is another dialect. It answers V alone, with a text that
// names its source; M1 and then O is its L; its S7 is another bit rate. Of
// CAN FD (CANable 2): Y2 and Y5 choose the data phase, d and D are sent
// without a faster data phase, b and B with one. An empty line repeats the
// last command, so none is ever sent.
//
// What a dongle does is learned when it is opened: whether it acknowledges,
// who it is, whether it has a status. One command is on its way at a time, so
// that an answer belongs to it; after a missing one nothing is believed until
// a V has been answered.
//
// A dongle that acknowledges and has a status confirms frames (Bus.Echoes): it
// has taken the frame and, unless others were just heard, its status a little
// later holds no error. Of other dongles a frame counts as sent when it is
// handed over. A dongle that refuses to listen only, or of which that cannot
// be known, is not opened for listening, since it could disturb the car.
//
// Z1 is kept by some dongles when they lose power; so it is sent only where
// the URI wants it. Lines with times are understood in any case.
package slcan

package telematics

import "slices"

// Kind is what an Identifier identifies.
type Kind string

// The kinds. Those of the subscriber and the modem are personal data of whoever
// held the account.
const (
	KindVIN        Kind = "vin"
	KindIMEI       Kind = "imei"        // the modem
	KindIMEISV     Kind = "imeisv"      // the modem and its software version
	KindICCID      Kind = "iccid"       // the SIM
	KindIMSI       Kind = "imsi"        // the subscriber
	KindMSISDN     Kind = "msisdn"      // the telephone number
	KindEID        Kind = "eid"         // the embedded SIM
	KindSerial     Kind = "serial"      // of the unit
	KindPartNumber Kind = "part-number" // of the unit
	KindHardware   Kind = "hardware"    // number or version
	KindSoftware   Kind = "software"    // number or version
)

var kinds = []Kind{
	KindVIN, KindIMEI, KindIMEISV, KindICCID, KindIMSI, KindMSISDN, KindEID,
	KindSerial, KindPartNumber, KindHardware, KindSoftware,
}

// Kinds lists every kind.
func Kinds() []Kind { return slices.Clone(kinds) }

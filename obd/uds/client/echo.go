package client

import "github.com/untether-obd/untether/obd/uds"

// echoes tells how many bytes of a request, after the service, its positive
// answer repeats: a sub-function, an identifier, a block counter.
var echoes = map[byte]int{
	uds.ServiceSessionControl:       1,
	uds.ServiceReset:                1,
	uds.ServiceReadDTCs:             1,
	uds.ServiceReadData:             2,
	uds.ServiceSecurityAccess:       1,
	uds.ServiceCommunicationControl: 1,
	uds.ServiceAuthentication:       1,
	uds.ServiceWriteData:            2,
	uds.ServiceIOControl:            3,
	uds.ServiceRoutineControl:       3,
	uds.ServiceTransferData:         1,
	uds.ServiceTesterPresent:        1,
	uds.ServiceControlDTCs:          1,
}

// hasSubFunction are the services whose second byte may ask for silence.
var hasSubFunction = map[byte]bool{
	uds.ServiceSessionControl:       true,
	uds.ServiceReset:                true,
	uds.ServiceReadDTCs:             true,
	uds.ServiceSecurityAccess:       true,
	uds.ServiceCommunicationControl: true,
	uds.ServiceAuthentication:       true,
	uds.ServiceRoutineControl:       true,
	uds.ServiceTesterPresent:        true,
	uds.ServiceControlDTCs:          true,
}

// suppressed reports whether a request asks for no positive answer.
func suppressed(req []byte) bool {
	return len(req) > 1 && hasSubFunction[req[0]] && req[1]&0x80 != 0
}

func echoOf(req []byte) int {
	switch {
	case suppressed(req): // an answer, after a 78, repeats it without bit 7
		return 0
	case req[0] == uds.ServiceReadData && len(req) > 3: // the first may be left out
		return 0
	}
	return echoes[req[0]]
}

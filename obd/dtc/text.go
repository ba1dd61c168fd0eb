package dtc

import "strings"

// explanation is one public source's word about one code.
type explanation struct {
	text, source string
}

// key is a code of one make, or of the makes that share its units.
type key struct {
	family string
	code   string
}

const (
	psa      = "psa"
	ford     = "ford"
	mercedes = "mercedes"
	vw       = "vw"
)

// families says which makes share their codes. Opel and Vauxhall are not in:
// they took over PSA's units only in 2018, and a code does not tell the year.
var families = map[string]string{
	"peugeot": psa, "citroen": psa, "citroën": psa, "ds": psa,
	"ford": ford, "lincoln": ford,
	"mercedes-benz": mercedes, "mercedes": mercedes,
	"vw": vw, "volkswagen": vw, "audi": vw, "škoda": vw, "skoda": vw, "seat": vw, "cupra": vw,
}

const (
	sourcePSA  = "ludwig-v/arduino-psa-diag dtc/BTA*.md"
	sourceZone = "Barracuda09/PyPSADiag, ludwig-v/arduino-psa-diag"
	sourceFord = "FORScan as-built guide, community.cyanlabs.net"
	sourceOCU  = "openvehicles/Open-Vehicle-Monitoring-System-3 vehicle_vwegolf"
)

// explanations hold our own words for what public sources say. PSA prints
// codes as four hex digits: FDA3 is U3DA3.
var explanations = map[key]explanation{
	{psa, "U3DA3"}: {"telematics unit: SIM card not programmed, or not completely (FDA3)", sourcePSA},
	{psa, "U3DA4"}: {"telematics unit: SIM card is not the one expected (FDA4)", sourcePSA},
	{psa, "U3935"}: {"telematics unit: the VIN it holds is wrong (F935)", sourcePSA},
	{psa, "U3D80"}: {"telematics unit: fault in the GSM module (FD80)", sourcePSA},
	{psa, "U3303"}: {"configuration changed without its traceability record (F303)", sourceZone},
	{psa, "B1003"}: {"configuration changed without its traceability record", sourceZone},

	{ford, "U2402"}: {"gateway: the telematics unit does not match the vehicle", sourceFord},
	{ford, "U0198"}: {"head unit: the telematics unit does not match the vehicle", sourceFord},

	{mercedes, "B15CE-00"}: {
		"named for the HERMES telematics unit; its cause is not public",
		"Mercedes-Benz LI82.85-P-067581",
	},

	{vw, "B1915-F1"}: {
		"online services unit not activated: transport mode was not ended at delivery",
		"Volkswagen TSB 91-24-06",
	},
	{vw, "U0011"}: {"something else sent in the name of the online services unit (OCU)", sourceOCU},
	{vw, "U1201"}: {"something else sent in the name of the online services unit (OCU)", sourceOCU},
}

// Text gives a short English text for a code of one make, and the public
// source that explains it. ok is false where none does, which is the rule. A
// source that names no failure type speaks of all of them.
func Text(maker string, c Code) (text, source string, ok bool) {
	family, ok := families[strings.ToLower(maker)]
	if !ok {
		return "", "", false
	}
	e, ok := explanations[key{family, c.String()}]
	if !ok {
		e, ok = explanations[key{family, c.Base().String()}]
	}
	return e.text, e.source, ok
}

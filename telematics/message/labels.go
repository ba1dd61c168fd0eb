package message

// Headings and labels of reports.
const (
	Car          ID = "car"
	VIN          ID = "vin"
	VINFrom      ID = "vin-from"
	Make         ID = "make"
	ModelYear    ID = "model-year"
	Profile      ID = "profile"
	Adapter      ID = "adapter"
	Telematics   ID = "telematics"
	Fitted       ID = "fitted"
	Services     ID = "services"
	Network      ID = "network"
	Identifiers  ID = "identifiers"
	Signals      ID = "signals"
	Units        ID = "units"
	Findings     ID = "findings"
	Refusals     ID = "refusals"
	TroubleCodes ID = "trouble-codes"
	Advice       ID = "advice"
	Coverage     ID = "coverage"
)

var labels = table{
	Car:          {"Car", "Fahrzeug"},
	VIN:          {"VIN", "FIN"},
	VINFrom:      {"read with %s", "gelesen mit %s"},
	Make:         {"Make", "Marke"},
	ModelYear:    {"Model year", "Modelljahr"},
	Profile:      {"Profile", "Profil"},
	Adapter:      {"Adapter", "Adapter"},
	Telematics:   {"Telematics", "Telematik"},
	Fitted:       {"Unit fitted", "Steuergerät verbaut"},
	Services:     {"Connected services", "Vernetzte Dienste"},
	Network:      {"Mobile network", "Mobilfunknetz"},
	Identifiers:  {"Identifiers", "Kennungen"},
	Signals:      {"States", "Zustände"},
	Units:        {"Control units", "Steuergeräte"},
	Findings:     {"Findings", "Auffälligkeiten"},
	Refusals:     {"Refused requests", "Abgelehnte Anfragen"},
	TroubleCodes: {"Trouble codes", "Fehlercodes"},
	Advice:       {"Advice", "Hinweise"},
	Coverage:     {"Coverage", "Abdeckung"},
}

// Notes and short answers within reports.
const (
	Unknown         ID = "unknown"
	Invalid         ID = "invalid"
	NoPublicText    ID = "no-public-text"
	CoverageCounts  ID = "coverage-counts"
	UnitAnswered    ID = "unit-answered"
	UnitNoAnswer    ID = "unit-no-answer"
	UnitNotAsked    ID = "unit-not-asked"
	MaskedNote      ID = "masked-note"
	RevealedNote    ID = "revealed-note"
	NothingChanged  ID = "nothing-changed"
	NothingSent     ID = "nothing-sent"
	SimulatedNote   ID = "simulated-note"
	RecordingNote   ID = "recording-note"
	ProfileReplaced ID = "profile-replaced"
	ProfilesClean   ID = "profiles-clean"
	StepConnect     ID = "step-connect"
	StepVehicle     ID = "step-vehicle"
	StepUnits       ID = "step-units"
	StepScan        ID = "step-scan"
	StepProtocol    ID = "step-protocol"
	ScanNobody      ID = "scan-nobody"
	ScanAnswered    ID = "scan-answered"
	ScanShortOnly   ID = "scan-short-only"
	ScanKnown       ID = "scan-known"
	ScanFull        ID = "scan-full"
)

var notes = table{
	Unknown:         {"unknown", "unbekannt"},
	Invalid:         {"invalid", "ungültig"},
	NoPublicText:    {"no public text", "kein öffentlicher Text"},
	CoverageCounts:  {"%d requests: %d answered, %d refused, %d without an answer", "%d Anfragen: %d beantwortet, %d abgelehnt, %d ohne Antwort"},
	UnitAnswered:    {"answers; different reads: %d", "antwortet; verschiedene Werte: %d"},
	UnitNoAnswer:    {"no answer", "keine Antwort"},
	UnitNotAsked:    {"not asked", "nicht gefragt"},
	MaskedNote:      {"Personal numbers are masked with *. --reveal shows them on a terminal.", "Persönliche Nummern sind mit * verdeckt. --reveal zeigt sie im Terminal."},
	RevealedNote:    {"Shown in clear. These numbers are personal data of the previous owner.", "Im Klartext. Diese Nummern sind personenbezogene Daten des Vorbesitzers."},
	NothingChanged:  {"Read only: nothing was changed in the car.", "Nur gelesen: Am Fahrzeug wurde nichts verändert."},
	NothingSent:     {"Read from a recording: nothing was sent to a car.", "Aus einer Aufzeichnung gelesen: Es wurde nichts an ein Fahrzeug gesendet."},
	SimulatedNote:   {"A simulated car, not a real one.", "Ein simuliertes Fahrzeug, kein echtes."},
	RecordingNote:   {"%s will hold personal data of the previous owner. Only you can read it; delete it when you are done.", "%s wird personenbezogene Daten des Vorbesitzers enthalten. Nur Sie können die Datei lesen; löschen Sie sie, wenn Sie fertig sind."},
	ProfileReplaced: {"The built-in profile %s is replaced by the one in %s.", "Das eingebaute Profil %s wird durch das aus %s ersetzt."},
	ProfilesClean:   {"%d profiles, no mistakes.", "%d Profile, keine Fehler."},
	StepConnect:     {"listening to the bus", "Bus wird abgehört"},
	StepVehicle:     {"identifying the car", "Fahrzeug wird bestimmt"},
	StepUnits:       {"asking control units: %d of %d done", "Steuergeräte werden befragt: %d von %d fertig"},
	StepScan:        {"looking for control units: %d of %d addresses tried", "Steuergeräte werden gesucht: %d von %d Adressen versucht"},
	StepProtocol:    {"no car on CAN; trying %s, %d of %d", "kein Fahrzeug auf CAN; versucht wird %s, %d von %d"},
	ScanNobody:      {"Nobody answered. That does not show that nobody is there: the ignition may be off, or a gateway keeps requests back.", "Niemand hat geantwortet. Das zeigt nicht, dass niemand da ist: Die Zündung kann aus sein, oder ein Gateway hält Anfragen zurück."},
	ScanAnswered:    {"answers after %.1f ms", "antwortet nach %.1f ms"},
	ScanShortOnly:   {"to short frames only", "nur auf kurze Frames"},
	// probes, load and share between 0 and 1
	ScanKnown: {"Known addresses only (--full tries all), %d probes. Others used a share of %.2f of the bus, the search %.2f of the rest.", "Nur bekannte Adressen (--full versucht alle), %d Versuche. Andere nutzten einen Anteil von %.2f des Busses, die Suche %.2f vom Rest."},
	ScanFull:  {"All diagnostic ranges, %d probes. Others used a share of %.2f of the bus, the search %.2f of the rest.", "Alle Diagnosebereiche, %d Versuche. Andere nutzten einen Anteil von %.2f des Busses, die Suche %.2f vom Rest."},
}

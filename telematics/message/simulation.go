package message

// What a simulated car tells while it runs.
const (
	SimUp         ID = "sim-up"
	SimJoined     ID = "sim-joined"
	SimLeft       ID = "sim-left"
	SimMisread    ID = "sim-misread"
	SimTurnedAway ID = "sim-turned-away"
	SimUnasked    ID = "sim-unasked"
	SimNoUnit     ID = "sim-no-unit"

	UnknownFault    ID = "unknown-fault"
	ImpossibleFault ID = "impossible-fault"
	LacksGateway    ID = "lacks-gateway"
	LacksIgnition   ID = "lacks-ignition"
	LacksSpeed      ID = "lacks-speed"
	LacksSupply     ID = "lacks-supply"
	LacksSessions   ID = "lacks-sessions"
)

var simulation = table{
	// what it is, the URI; ends in the URI, so that a script finds it there
	SimUp:         {"%s: untether inspect --adapter %s", "%s: untether inspect --adapter %s"},
	SimJoined:     {"A client has connected.", "Ein Client hat sich verbunden."},
	SimLeft:       {"The client has left.", "Der Client hat sich getrennt."},
	SimMisread:    {"The client was not understood and has been disconnected: %s.", "Der Client wurde nicht verstanden und getrennt: %s."},
	SimTurnedAway: {"Another client was turned away: one at a time.", "Ein weiterer Client wurde abgewiesen: immer nur einer."},
	SimUnasked:    {"%s: the recording does not hold %s; there is no answer.", "%s: Die Aufzeichnung enthält %s nicht; es gibt keine Antwort."},
	SimNoUnit:     {"In the recording %s nobody asks a control unit anything, so it cannot answer like a car. Choose another file.", "In der Aufzeichnung %s fragt niemand ein Steuergerät etwas; sie kann nicht wie ein Fahrzeug antworten. Wählen Sie eine andere Datei."},

	// faults: what was given, what would do; or the fault, the car, what that lacks
	UnknownFault:    {"There is no fault \"%s\". untether sim faults explains them: %s.", "Es gibt keinen Fehler „%s“. untether sim faults erklärt sie: %s."},
	ImpossibleFault: {"The fault %s cannot happen to the car %s: %s. Choose another car.", "Der Fehler %s kann im Fahrzeug %s nicht auftreten: %s. Wählen Sie ein anderes Fahrzeug."},
	LacksGateway:    {"none of its control units is behind a gateway", "keines seiner Steuergeräte liegt hinter einem Gateway"},
	LacksIgnition:   {"none of its control units loses its power with the ignition", "keines seiner Steuergeräte verliert mit der Zündung den Strom"},
	LacksSpeed:      {"none of its control units tells the speed", "keines seiner Steuergeräte nennt die Geschwindigkeit"},
	LacksSupply:     {"none of its control units tells the supply voltage", "keines seiner Steuergeräte nennt die Bordspannung"},
	LacksSessions:   {"the control unit that it would strike has no diagnostic session", "das Steuergerät, das er träfe, hat keine Diagnosesitzung"},
}

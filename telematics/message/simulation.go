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
}

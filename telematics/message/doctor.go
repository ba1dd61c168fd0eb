package message

// What the doctor says of an adapter.
const (
	AdapterGrade   ID = "adapter-grade"
	ChipIs         ID = "chip-is"
	CloneYes       ID = "clone-yes"
	DialogueTimes  ID = "dialogue-times"
	DialogueSpeed  ID = "dialogue-speed"
	DialogueLoss   ID = "dialogue-loss"
	SerialSpeed    ID = "serial-speed"
	SupplyMeasured ID = "supply-measured"
	CarJoined      ID = "car-joined"
	Measured       ID = "measured"
	Reasons        ID = "reasons"
	Abilities      ID = "abilities"
	Makes          ID = "makes"
	EveryOther     ID = "every-other"
	DoctorNote     ID = "doctor-note"
	DoctorNoCar    ID = "doctor-no-car"
	StepDoctor     ID = "step-doctor"
	NoHardware     ID = "no-hardware"

	GradeFull   ID = "grade-full"
	GradeUsable ID = "grade-usable"
	GradePoor   ID = "grade-poor"

	ReachAll  ID = "reach-all"
	ReachSome ID = "reach-some"
	ReachNone ID = "reach-none"

	ObstacleForm   ID = "obstacle-form"
	ObstacleLength ID = "obstacle-length"
	ObstaclePins   ID = "obstacle-pins"

	CarMet       ID = "car-met"
	CarOverKLine ID = "car-over-k-line"
	CarAbsent    ID = "car-absent"
	CarGarbled   ID = "car-garbled"
	CarUnknown   ID = "car-unknown"
	CarNotAsked  ID = "car-not-asked"

	SupplyIsGood ID = "supply-is-good"
	SupplyIsLow  ID = "supply-is-low"
	SupplyIsStop ID = "supply-is-stop"
	SupplyIsNone ID = "supply-is-none"
)

var examination = table{
	AdapterGrade: {"Grade", "Urteil"},
	ChipIs:       {"Says that it is", "Nennt sich"},
	CloneYes:     {"a clone", "ein Nachbau"},
	// ms, ms
	DialogueTimes:  {"answers after %.1f ms, at worst %.1f ms", "antwortet nach %.1f ms, schlimmstenfalls %.1f ms"},
	DialogueSpeed:  {"%d bytes a second", "%d Bytes in der Sekunde"},
	DialogueLoss:   {"answers lost: %d of %d", "verlorene Antworten: %d von %d"},
	SerialSpeed:    {"serial line at %d bit/s", "serielle Leitung mit %d bit/s"},
	SupplyMeasured: {"supply: %.1f V, %s", "Bordspannung: %.1f V, %s"},
	// what was met, bit rate, share between 0 and 1
	CarJoined:   {"%s (%d bit/s, others use at least a share of %.2f of the bus)", "%s (%d bit/s, andere nutzen mindestens einen Anteil von %.2f des Busses)"},
	Measured:    {"Measured", "Gemessen"},
	Reasons:     {"Why", "Warum"},
	Abilities:   {"Abilities", "Fähigkeiten"},
	Makes:       {"Makes", "Marken"},
	EveryOther:  {"every other make", "jede andere Marke"},
	DoctorNote:  {"The car was asked no more than at the beginning of every inspection.", "Das Fahrzeug wurde nicht mehr gefragt als am Anfang jeder Prüfung."},
	DoctorNoCar: {"Nothing was sent to the car.", "An das Fahrzeug wurde nichts gesendet."},
	NoHardware:  {"A recording is no adapter that could be examined. Name a dongle or a CAN interface; untether adapters list shows what is there.", "Eine Aufzeichnung ist kein Adapter, der sich untersuchen ließe. Nennen Sie einen Dongle oder eine CAN-Schnittstelle; untether adapters list zeigt, was da ist."},
	StepDoctor:  {"examining the adapter", "Adapter wird untersucht"},

	GradeFull:   {"full: does all that an inspection needs", "voll: kann alles, was eine Prüfung braucht"},
	GradeUsable: {"usable: does all, but slower, or without noticing everything that goes wrong", "brauchbar: kann alles, aber langsamer oder ohne alles zu bemerken, was schiefgeht"},
	GradePoor:   {"poor: cannot do everything, or loses answers", "schlecht: kann nicht alles oder verliert Antworten"},

	ReachAll:  {"can", "kann"},
	ReachSome: {"can in part", "kann teilweise"},
	ReachNone: {"cannot", "kann nicht"},

	// the address; bytes; pins
	ObstacleForm:   {"it cannot address units like %s", "er kann Steuergeräte wie %s nicht ansprechen"},
	ObstacleLength: {"requests of %d bytes are too long for it; others can be made", "Anfragen von %d Bytes sind ihm zu lang; andere gehen"},
	ObstaclePins:   {"it cannot switch to the pins %s", "er kann nicht auf die Pins %s umschalten"},

	CarMet:       {"a car answers", "ein Fahrzeug antwortet"},
	CarOverKLine: {"a car answers over %s", "ein Fahrzeug antwortet über %s"},
	CarAbsent:    {"no car answers", "kein Fahrzeug antwortet"},
	CarGarbled:   {"there is traffic that this adapter cannot read", "es gibt Verkehr, den dieser Adapter nicht lesen kann"},
	CarUnknown:   {"whether a car is there could not be found out", "ob ein Fahrzeug da ist, ließ sich nicht feststellen"},
	CarNotAsked:  {"not asked", "nicht gefragt"},

	SupplyIsGood: {"good", "gut"},
	SupplyIsLow:  {"low", "niedrig"},
	SupplyIsStop: {"too low to inspect", "zu niedrig für eine Prüfung"},
	SupplyIsNone: {"not from a car", "nicht von einem Fahrzeug"},
}

// reasons are the summaries of doctor.ReasonID.
var reasons = table{
	// firmware
	"reason.stn": {"It is an STN: %s.", "Er ist ein STN: %s."},
	// what it says; and which commands it lacks
	"reason.no-such-version": {"It calls itself %s, a version that was never made.", "Er nennt sich %s, eine Version, die es nie gab."},
	"reason.lacks-claimed":   {"It calls itself %s, and lacks commands that are older than that: %s.", "Er nennt sich %s, und ihm fehlen Befehle, die älter sind: %s."},
	"reason.no-flow-control": {"It sends flow control to emission units only. Long answers of others are fetched frame by frame, which is slow.", "Er sendet Flusskontrolle nur an Abgassteuergeräte. Lange Antworten anderer werden Frame für Frame geholt; das ist langsam."},
	"reason.no-raw-frames":   {"It can neither send nor show frames as they are: long requests and unusual addresses are out of its reach, and a car is found only if it answers.", "Er kann Frames weder senden noch zeigen, wie sie sind: Lange Anfragen und ungewöhnliche Adressen sind unerreichbar, und ein Fahrzeug wird nur gefunden, wenn es antwortet."},
	"reason.not-silent":      {"Whether it acknowledges while it listens cannot be chosen.", "Ob er beim Mithören bestätigt, lässt sich nicht einstellen."},
	"reason.no-voltage":      {"It does not measure the supply.", "Er misst die Bordspannung nicht."},
	"reason.not-known":       {"It did not answer when it was asked for: %s.", "Er hat nicht geantwortet, als gefragt wurde nach: %s."},
	"reason.no-acknowledge":  {"It does not acknowledge commands, so that a frame which it did not take is not noticed.", "Er bestätigt Befehle nicht; ein Frame, den es nicht angenommen hat, fällt nicht auf."},
	// lost, asked; ms; makes
	"reason.loses-answers":    {"It lost %d of %d answers, though the car had no part in them.", "Er hat %d von %d Antworten verloren, an denen das Fahrzeug gar nicht beteiligt war."},
	"reason.slow-answers":     {"It takes %.0f ms for a command.", "Er braucht %.0f ms für einen Befehl."},
	"reason.out-of-reach":     {"Units of these makes are out of its reach: %s.", "Steuergeräte dieser Marken sind unerreichbar: %s."},
	"reason.broken-off":       {"The examination did not come to its end: not everything about it is known.", "Die Untersuchung kam nicht zu Ende: Nicht alles über ihn ist bekannt."},
	"reason.request-too-long": {"Some requests to units of these makes are too long for it: %s.", "Manche Anfragen an Steuergeräte dieser Marken sind ihm zu lang: %s."},
}

// What a dongle may be able to do.
const (
	AbleFlowControl ID = "able-flow-control"
	AbleRaw         ID = "able-raw"
	AbleFilter      ID = "able-filter"
	AbleExtended    ID = "able-extended"
	AbleWide        ID = "able-wide"
	AbleSilent      ID = "able-silent"
	AbleTimerScale  ID = "able-timer-scale"
	AbleAdaptive    ID = "able-adaptive"
	AbleLong        ID = "able-long"
	AbleParameters  ID = "able-parameters"
	AbleVoltage     ID = "able-voltage"
	AbleMessages    ID = "able-messages"
	AbleFlowPair    ID = "able-flow-pair"
	AbleFilters     ID = "able-filters"
	AbleAcknowledge ID = "able-acknowledge"
	AbleFD          ID = "able-fd"
)

var abilities = table{
	AbleFlowControl: {"flow control to any unit", "Flusskontrolle an jedes Steuergerät"},
	AbleRaw:         {"frames of our own making", "selbst gebaute Frames"},
	AbleFilter:      {"listen to one unit only", "nur einem Steuergerät zuhören"},
	AbleExtended:    {"an address byte in each frame", "ein Adressbyte in jedem Frame"},
	AbleWide:        {"29-bit identifiers at once", "29-Bit-Kennungen in einem Schritt"},
	AbleSilent:      {"listen without acknowledging", "mithören, ohne zu bestätigen"},
	AbleTimerScale:  {"longer waits for slow units", "längeres Warten auf langsame Steuergeräte"},
	AbleAdaptive:    {"timing that adapts itself", "Zeiten, die sich anpassen"},
	AbleLong:        {"lines of eight bytes", "Zeilen von acht Bytes"},
	AbleParameters:  {"list its stored settings", "gespeicherte Einstellungen auflisten"},
	AbleVoltage:     {"measure the supply", "Bordspannung messen"},
	AbleMessages:    {"long requests in one command", "lange Anfragen in einem Befehl"},
	AbleFlowPair:    {"flow control for several units at once", "Flusskontrolle für mehrere Steuergeräte zugleich"},
	AbleFilters:     {"listen to several units", "mehreren Steuergeräten zuhören"},
	AbleAcknowledge: {"acknowledge commands", "Befehle bestätigen"},
	AbleFD:          {"CAN FD", "CAN FD"},
}

// What would make it better.
const (
	MendNoSupply  ID = "mend-no-supply"
	MendLowSupply ID = "mend-low-supply"
	MendNoCar     ID = "mend-no-car"
	MendGarbled   ID = "mend-garbled"
	MendLoss      ID = "mend-loss"
	MendSlow      ID = "mend-slow"
	MendReach     ID = "mend-reach"
	MendPins      ID = "mend-pins"
	MendClone     ID = "mend-clone"
	MendNotSilent ID = "mend-not-silent"
	MendNotKnown  ID = "mend-not-known"
	MendNothing   ID = "mend-nothing"
)

var mending = table{
	MendNoSupply:  {"Plug it into the OBD socket of the car; now it has power from the computer alone.", "Stecken Sie ihn in die OBD-Buchse des Fahrzeugs; jetzt hat er nur vom Rechner Strom."},
	MendLowSupply: {"Connect a charger to the car before you inspect it.", "Schließen Sie vor der Prüfung ein Ladegerät an das Fahrzeug an."},
	MendNoCar:     {"Switch the ignition on, press the plug home and try again, to see what it does with a car.", "Schalten Sie die Zündung ein, drücken Sie den Stecker fest und versuchen Sie es noch einmal, um zu sehen, was er am Fahrzeug kann."},
	MendGarbled:   {"The car probably uses CAN FD or another bit rate. Use an adapter for CAN FD.", "Das Fahrzeug nutzt vermutlich CAN FD oder eine andere Bitrate. Verwenden Sie einen Adapter für CAN FD."},
	MendLoss:      {"Check plug and cable. With Bluetooth or Wi-Fi go nearer, and close other apps that use it. If answers are still lost, use another adapter.", "Prüfen Sie Stecker und Kabel. Gehen Sie bei Bluetooth oder WLAN näher heran und schließen Sie andere Apps, die ihn benutzen. Gehen weiter Antworten verloren, verwenden Sie einen anderen Adapter."},
	MendSlow:      {"Expect a long inspection. A cable is quicker than Bluetooth or Wi-Fi.", "Rechnen Sie mit einer langen Prüfung. Ein Kabel ist schneller als Bluetooth oder WLAN."},
	MendReach:     {"For the makes that it cannot do use a dongle with an STN chip, an SLCAN dongle or a CAN interface.", "Verwenden Sie für die Marken, die er nicht kann, einen Dongle mit STN-Chip, einen SLCAN-Dongle oder eine CAN-Schnittstelle."},
	MendPins:      {"Units at other pins of the socket need a dongle with a second CAN, or a cable that leads to these pins.", "Steuergeräte an anderen Pins der Buchse brauchen einen Dongle mit zweitem CAN oder ein Kabel, das zu diesen Pins führt."},
	MendClone:     {"A clone may lose what an original does not. Compare what it reads of a car with another adapter once, before you rely on it.", "Ein Nachbau kann verlieren, was ein Original nicht verliert. Vergleichen Sie einmal mit einem anderen Adapter, was er aus einem Fahrzeug liest, bevor Sie sich auf ihn verlassen."},
	MendNotSilent: {"Do not use it to listen on a bench with a single other unit: there its acknowledge counts.", "Verwenden Sie ihn nicht zum Mithören am Prüfstand mit nur einem anderen Gerät: Dort zählt seine Bestätigung."},
	MendNotKnown:  {"Run this again; what was not answered once may be another time.", "Wiederholen Sie dies; was einmal ohne Antwort blieb, wird es vielleicht nicht noch einmal."},
	MendNothing:   {"Nothing needs mending.", "Es gibt nichts zu verbessern."},
}

package message

// findings are the summaries of telematics.FindingID. A report names the unit
// beside the summary, so the summary does not.
var findings = table{
	// the VIN that the unit stores
	"finding.vin-swapped": {"It stores the VIN %s, which is not this car's: the unit probably comes from another car.", "Darin ist die FIN %s gespeichert, die nicht zu diesem Fahrzeug gehört: Das Steuergerät stammt vermutlich aus einem anderen Fahrzeug."},
	"finding.vin-wiped":   {"It stores no VIN: new, wiped or never matched to this car.", "Darin ist keine FIN gespeichert: neu, gelöscht oder nie an dieses Fahrzeug angelernt."},
	"finding.vin-missing": {"The car's VIN could not be read. Compare it on the car and in the papers.", "Die FIN des Fahrzeugs war nicht lesbar. Vergleichen Sie sie am Fahrzeug und in den Papieren."},
	// both VINs
	"finding.vin-conflict": {"Control units disagree about the car's VIN: %s and %s.", "Steuergeräte nennen verschiedene FIN des Fahrzeugs: %s und %s."},
	// the request, what the kind is called, what is wrong or remarkable
	"finding.identifier-invalid": {"%s: %s is not valid: %s.", "%s: %s ist ungültig: %s."},
	"finding.identifier-remark":  {"%s: %s: %s.", "%s: %s: %s."},
	"finding.identifier-blank":   {"%s: %s: %s.", "%s: %s: %s."},
	// the request
	"finding.answer-malformed":         {"%s: the answer is not built as expected. It counts as answered; only what could be read of it is used.", "%s: Die Antwort ist nicht wie erwartet aufgebaut. Sie zählt als beantwortet; verwendet wird nur, was davon lesbar war."},
	"finding.wrong-service":            {"%s: the answer belongs to another service.", "%s: Die Antwort gehört zu einem anderen Dienst."},
	"finding.wrong-did":                {"%s: the answer belongs to another identifier.", "%s: Die Antwort gehört zu einer anderen Kennung."},
	"finding.sequence-broken":          {"%s: parts of the answer were missing or came in the wrong order. It is not used.", "%s: Teile der Antwort fehlten oder kamen in falscher Reihenfolge. Sie wird nicht verwendet."},
	"finding.unit-busy":                {"%s: the unit was busy on every try. Try again later.", "%s: Das Steuergerät war bei jedem Versuch beschäftigt. Versuchen Sie es später noch einmal."},
	"finding.pending-limit":            {"%s: the unit kept asking for more time and never answered.", "%s: Das Steuergerät bat immer wieder um mehr Zeit und antwortete nie."},
	"finding.value-unknown":            {"%s: the state %s has no known meaning.", "%s: Der Zustand %s hat keine bekannte Bedeutung."}, // and its raw bytes
	"finding.two-speakers":             {"Answers came that belong to none of our requests: two control units may share this address. Only answers that fit a request are used; take them with care.", "Es kamen Antworten, die zu keiner unserer Anfragen gehören: Womöglich teilen sich zwei Steuergeräte diese Adresse. Verwendet werden nur passende Antworten; nehmen Sie sie mit Vorsicht."},
	"finding.unit-silent":              {"No answer. The unit may be absent, asleep, or hidden behind a gateway.", "Keine Antwort. Das Steuergerät fehlt, schläft oder liegt hinter einem Gateway."},
	"finding.session-left":             {"The unit could not be told to leave its diagnostic session. It does so by itself within 5 seconds.", "Das Steuergerät ließ sich nicht aus der Diagnosesitzung zurückholen. Es verlässt sie von selbst innerhalb von 5 Sekunden."},
	"finding.car-moving":               {"The car is moving, so no diagnostic session was opened. Stop the car and inspect again for more.", "Das Fahrzeug bewegt sich, deshalb wurde keine Diagnosesitzung geöffnet. Für mehr Werte anhalten und erneut prüfen."},
	"finding.several-telematics-units": {"The car has several telematics units. The worst of their states counts.", "Das Fahrzeug hat mehrere Telematik-Steuergeräte. Es zählt der ungünstigste Zustand."},
	// the makes
	"finding.unit-by-address": {"A unit answers where these makes have their telematics unit: %s. That it is one here is likely, not certain.", "Hier antwortet ein Steuergerät, wo diese Marken ihr Telematik-Steuergerät haben: %s. Dass es eines ist, ist wahrscheinlich, nicht sicher."},

	"finding.bus-asleep":       {"The bus was asleep and was woken.", "Der Bus schlief und wurde geweckt."},
	"finding.not-acknowledged": {"Nobody acknowledges our messages. Check plug and ignition.", "Niemand bestätigt unsere Nachrichten. Prüfen Sie Stecker und Zündung."},
	"finding.bus-off":          {"The adapter dropped off the bus after too many errors. The inspection is incomplete. Check wiring and bit rate.", "Der Adapter hat sich nach zu vielen Fehlern vom Bus getrennt. Die Prüfung ist unvollständig. Prüfen Sie Verkabelung und Bitrate."},
	"finding.bus-errors":       {"There are errors on the bus. Check the plug, the wiring and other devices in the OBD socket.", "Auf dem Bus treten Fehler auf. Prüfen Sie Stecker, Verkabelung und andere Geräte an der OBD-Buchse."},
	"finding.frames-dropped":   {"The computer was too slow: %d frames were lost. Close other programs and inspect again.", "Der Rechner war zu langsam: %d Frames gingen verloren. Schließen Sie andere Programme und prüfen Sie erneut."},
	"finding.adapter-failed":   {"The adapter %s stopped working. Plug it in again and inspect once more.", "Der Adapter %s ist ausgefallen. Stecken Sie ihn neu ein und prüfen Sie noch einmal."},
	"finding.supply-low":       {"The supply is low: %.1f V. Connect a charger.", "Die Bordspannung ist niedrig: %.1f V. Schließen Sie ein Ladegerät an."},
	"finding.supply-stop":      {"The supply is too low: %.1f V. The inspection was stopped. Charge the battery and inspect again.", "Die Bordspannung ist zu niedrig: %.1f V. Die Prüfung wurde beendet. Laden Sie die Batterie und prüfen Sie erneut."},
	// how many, the first one's number
	"finding.recording-line": {"Lines of the recording that cannot be read and were left out: %d. The first is line %d.", "Unlesbare Zeilen der Aufzeichnung, die ausgelassen wurden: %d. Die erste ist Zeile %d."},
	"finding.recording-full": {"The recording holds more conversations than can be kept; what came after a point was left out. Cut it into shorter ones.", "Die Aufzeichnung enthält mehr Gespräche, als behalten werden können; ab einem Punkt wurde der Rest ausgelassen. Teilen Sie sie in kürzere auf."},
	"finding.nothing-asked":  {"Nobody asked a telematics unit in this recording, so it says nothing about one.", "In dieser Aufzeichnung wurde kein Telematik-Steuergerät befragt; sie sagt nichts darüber aus."},
	// how many answers, how many requests
	"finding.half-heard": {"Answers without their request in the recording: %d. Requests without an answer: %d.", "Antworten ohne ihre Anfrage in der Aufzeichnung: %d. Anfragen ohne Antwort: %d."},
	// how many
	"finding.only-answers":       {"The recording holds answers of this unit (%d), but not the requests. Only values whose answer names them are used.", "Die Aufzeichnung enthält Antworten dieses Steuergeräts (%d), aber nicht die Anfragen. Verwendet werden nur Werte, die in der Antwort selbst benannt sind."},
	"finding.only-requests":      {"The recording holds requests to this unit (%d), but no answer of any unit. Whether it answered is not known.", "Die Aufzeichnung enthält Anfragen an dieses Steuergerät (%d), aber keine Antwort irgendeines Steuergeräts. Ob es geantwortet hat, ist nicht bekannt."},
	"finding.recording-redacted": {"The recording is redacted: it shows which units answer, not what they say. Values, the VIN and trouble codes are left out; inspect the car itself.", "Die Aufzeichnung ist geschwärzt: Sie zeigt, welche Steuergeräte antworten, aber nicht, was sie sagen. Werte, FIN und Fehlercodes fehlen; prüfen Sie das Fahrzeug selbst."},
	// how many, the first one's unit and request
	"finding.not-recorded": {"Requests that were never made in this recording: %d, the first %s. What their answers would have been is not known; inspect the car itself.", "Anfragen, die in dieser Aufzeichnung nie gestellt wurden: %d, die erste %s. Die Antworten darauf sind unbekannt; prüfen Sie das Fahrzeug selbst."},
	"finding.incomplete":   {"The inspection was broken off. What is missing was not asked.", "Die Prüfung wurde abgebrochen. Was fehlt, wurde nicht gefragt."},
	// how many
	"finding.addresses-in-use": {"Addresses that were not tried since others send there: %d. On most cars there are some.", "Adressen, die nicht versucht wurden, weil andere dort senden: %d. In den meisten Fahrzeugen gibt es solche."},
	// the share
	"finding.scan-slowed": {"There were signs that the search was too fast for the car or the adapter. It was slowed down, in the end to a share of %.2f of the free bus.", "Es gab Anzeichen, dass die Suche für Fahrzeug oder Adapter zu schnell war. Sie wurde verlangsamt, zuletzt auf einen Anteil von %.2f des freien Busses."},
}

package message

// disturbances are the summaries of telematics.FindingID that tell of a unit
// or a bus that behaves oddly, whatever the values.
var disturbances = table{
	// the request
	"finding.asked-again":        {"%s: no answer in time at first; asked again, the unit answered. If that happens often, check plug and battery.", "%s: Zuerst kam keine rechtzeitige Antwort; beim zweiten Mal hat das Steuergerät geantwortet. Geschieht das oft, prüfen Sie Stecker und Batterie."},
	"finding.broken-at-first":    {"%s: the first answer was broken and is not used; asked again, the unit gave a whole one. If that happens often, check plug and wiring.", "%s: Die erste Antwort war unvollständig und wird nicht verwendet; beim zweiten Mal kam eine ganze. Geschieht das oft, prüfen Sie Stecker und Verkabelung."},
	"finding.answer-lost":        {"%s: no answer to two tries, although the unit answers others. The value is missing; inspect again.", "%s: Auch beim zweiten Mal keine Antwort, obwohl das Steuergerät andere Fragen beantwortet. Der Wert fehlt; prüfen Sie noch einmal."},
	"finding.unit-slow":          {"%s: the unit took unusually long for its answer.", "%s: Das Steuergerät brauchte ungewöhnlich lange für seine Antwort."},
	"finding.unit-busy-at-first": {"%s: the unit was busy at first and answered when it was asked again.", "%s: Das Steuergerät war zuerst beschäftigt und hat auf erneute Frage geantwortet."},
	"finding.answer-late":        {"An answer came only after we had stopped waiting for it. It is not used.", "Eine Antwort kam erst, als nicht mehr auf sie gewartet wurde. Sie wird nicht verwendet."},
	"finding.answer-repeated":    {"The unit sent an answer again that it had given before. Only answers that fit a request are used; take them with care.", "Das Steuergerät hat eine frühere Antwort noch einmal gesendet. Verwendet werden nur passende Antworten; nehmen Sie sie mit Vorsicht."},
	"finding.unit-refuses":       {"The unit refuses what it is asked, at last with: %s. It may be locked, or a gateway closed. What is missing was not read.", "Das Steuergerät lehnt ab, was es gefragt wird, zuletzt mit: %s. Womöglich ist es gesperrt oder ein Gateway geschlossen. Was fehlt, wurde nicht gelesen."}, // what its last code means
	"finding.unit-lost":          {"The unit fell silent in the middle of the inspection. Check the ignition, wait a minute and inspect again.", "Das Steuergerät ist mitten in der Prüfung verstummt. Prüfen Sie die Zündung, warten Sie eine Minute und prüfen Sie noch einmal."},
	"finding.unit-returned":      {"The unit was silent for some seconds and then answered again: it probably restarted.", "Das Steuergerät war einige Sekunden stumm und hat dann wieder geantwortet: Vermutlich ist es neu gestartet."},
	"finding.session-lost":       {"The unit dropped out of its diagnostic session by itself.", "Das Steuergerät ist von selbst aus der Diagnosesitzung gefallen."},
	"finding.identifier-shared":  {"Others send with an identifier of this unit (%s). Its answers may be mixed up with theirs; unplug other devices from the OBD socket.", "Auf einer Kennung dieses Steuergeräts (%s) senden auch andere. Seine Antworten können mit deren Daten verwechselt werden; ziehen Sie andere Geräte von der OBD-Buchse ab."}, // the address
	"finding.nobody-answers":     {"No control unit answered anything. Switch the ignition on and inspect again.", "Kein Steuergerät hat irgendetwas beantwortet. Schalten Sie die Zündung ein und prüfen Sie noch einmal."},
	// how many
	"finding.frames-ignored":  {"%d frames in the name of control units broke the transport protocol and were ignored. Unplug other devices from the OBD socket.", "%d Frames im Namen von Steuergeräten verletzten das Transportprotokoll und wurden nicht beachtet. Ziehen Sie andere Geräte von der OBD-Buchse ab."},
	"finding.frames-repeated": {"%d frames were destroyed on the bus and sent again; nothing was lost by that. If it happens often, check plug and wiring.", "%d Frames wurden auf dem Bus zerstört und noch einmal gesendet; verloren ging dadurch nichts. Geschieht das oft, prüfen Sie Stecker und Verkabelung."},
	"finding.another-tester":  {"Another tester asks the same control units. Unplug it and inspect again: answers may be mixed up.", "Ein anderes Diagnosegerät befragt dieselben Steuergeräte. Ziehen Sie es ab und prüfen Sie noch einmal: Antworten können verwechselt worden sein."},
	"finding.bus-full":        {"%d percent of the bus are in use: answers come late or not at all. Look for a faulty control unit or a device in the OBD socket.", "Der Bus ist zu %d Prozent ausgelastet: Antworten kommen spät oder gar nicht. Suchen Sie nach einem defekten Steuergerät oder einem Gerät an der OBD-Buchse."},
	"finding.fd-traffic":      {"There is CAN FD traffic on this bus, besides the diagnostics. An adapter without CAN FD would disturb it.", "Auf diesem Bus gibt es neben der Diagnose CAN-FD-Verkehr. Ein Adapter ohne CAN FD würde ihn stören."},
	"finding.fell-asleep":     {"For a while nobody acknowledged our messages: the car fell asleep, or the plug is loose. Switch the ignition on and inspect again.", "Eine Zeit lang hat niemand unsere Nachrichten bestätigt: Das Fahrzeug ist eingeschlafen, oder der Stecker sitzt nicht fest. Schalten Sie die Zündung ein und prüfen Sie noch einmal."},
	"finding.moved-off":       {"The car started to move during the inspection (%d km/h). Stop it and inspect again.", "Das Fahrzeug ist während der Prüfung losgefahren (%d km/h). Halten Sie an und prüfen Sie noch einmal."}, // speed
}

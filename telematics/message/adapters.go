package message

// adapters are the summaries of telematics.FindingID that tell of what is
// between the program and the car.
var adapters = table{
	"finding.adapter-deaf": {"This adapter cannot listen without a word, so the car was asked without listening first.", "Dieser Adapter kann nicht stumm mithören; das Fahrzeug wurde deshalb gefragt, ohne vorher mitzuhören."},
	// how often
	"finding.adapter-reset":   {"Times the adapter restarted during the inspection and was set up again: %d. Check how it sits in the socket, and the battery.", "So oft ist der Adapter während der Prüfung neu gestartet und wieder eingerichtet worden: %d. Prüfen Sie seinen Sitz in der Buchse und die Batterie."},
	"finding.adapter-overrun": {"Times the adapter's buffer overflowed: %d. What was lost by that was asked again. A faster connection or a better adapter helps.", "So oft ist der Puffer des Adapters übergelaufen: %d. Was dabei verloren ging, wurde noch einmal gefragt. Eine schnellere Verbindung oder ein besserer Adapter hilft."},
	"finding.adapter-garbled": {"Times the adapter received something that it could not read: %d. If that happens often, check plug and wiring.", "So oft hat der Adapter etwas empfangen, das er nicht lesen konnte: %d. Geschieht das oft, prüfen Sie Stecker und Verkabelung."},
	// the request
	"finding.answer-spoiled":   {"%s: no whole answer got through the adapter, not even at the second try. The value is missing; inspect again or use another adapter.", "%s: Auch beim zweiten Mal kam keine ganze Antwort durch den Adapter. Der Wert fehlt; prüfen Sie noch einmal oder verwenden Sie einen anderen Adapter."},
	"finding.request-too-long": {"%s: the request is longer than this adapter can send. It was not made; use another adapter.", "%s: Die Anfrage ist länger, als dieser Adapter senden kann. Sie wurde nicht gestellt; verwenden Sie einen anderen Adapter."},
	// the adapter, the unit's address
	"finding.unit-unreachable": {"The adapter %s cannot address this unit (%s). It was not asked, and whether it is there is not known. Use another adapter.", "Der Adapter %s kann dieses Steuergerät nicht ansprechen (%s). Es wurde nicht gefragt; ob es da ist, ist nicht bekannt. Verwenden Sie einen anderen Adapter."},
	// the adapter, how many
	"finding.places-unreachable": {"The adapter %s cannot address %d places where other makes have their telematics unit. Whether one is there is not known.", "Der Adapter %s kann %d Adressen nicht ansprechen, an denen andere Marken ihr Telematik-Steuergerät haben. Ob dort eines ist, ist nicht bekannt."},
	// the pins
	"finding.other-pins":       {"The unit is at the pins %s of the socket. The adapter can switch to them, but only with your agreement: in some cars they carry something else than CAN. It was not asked.", "Das Steuergerät liegt an den Pins %s der Buchse. Der Adapter kann dorthin umschalten, aber nur mit Ihrer Zustimmung: In manchen Fahrzeugen liegt dort etwas anderes als CAN. Es wurde nicht gefragt."},
	"finding.pins-unreachable": {"The unit is at the pins %s of the socket, where this adapter cannot go. It was not asked, and whether it is there is not known.", "Das Steuergerät liegt an den Pins %s der Buchse, die dieser Adapter nicht erreicht. Es wurde nicht gefragt; ob es da ist, ist nicht bekannt."},
	// the unit's bit rate, the bus's
	"finding.other-bitrate": {"By the profile the unit is on a bus with %d bit/s, and this car's bus has %d bit/s. It was not asked, and whether it is there is not known. Check whether the profile is the right one; --profile names another.", "Nach dem Profil liegt das Steuergerät an einem Bus mit %d bit/s, der Bus dieses Fahrzeugs hat aber %d bit/s. Es wurde nicht gefragt; ob es da ist, ist nicht bekannt. Prüfen Sie, ob es das richtige Profil ist; --profile nennt ein anderes."},
	// the protocol
	"finding.over-k-line": {"The car answers over %s, not over CAN. No unit on CAN was asked; whether the car has telematics is not known.", "Das Fahrzeug antwortet über %s, nicht über CAN. Steuergeräte am CAN wurden nicht gefragt; ob das Fahrzeug Telematik hat, ist nicht bekannt."},
	// what the adapter measures
	"finding.supply-implausible": {"The adapter measures a supply of %.1f V, which cannot be. It is not used.", "Der Adapter misst eine Bordspannung von %.1f V; das kann nicht sein. Der Wert wird nicht verwendet."},
	// and what the car says
	"finding.supply-contradicted": {"The adapter measures a supply of %.1f V, the car %.1f V. The car's value is used.", "Der Adapter misst eine Bordspannung von %.1f V, das Fahrzeug %.1f V. Verwendet wird der Wert des Fahrzeugs."},
}

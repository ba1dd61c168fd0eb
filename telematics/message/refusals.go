package message

// RefusalUnknown is any code that has no text of its own.
const RefusalUnknown ID = "refusal-unknown"

// refusals say what negative response codes mean to a technician.
var refusals = table{
	RefusalUnknown: {"the unit refuses (code %s)", "das Steuergerät lehnt ab (Code %s)"},
	"refusal.10":   {"the unit refuses without giving a reason", "das Steuergerät lehnt ohne Angabe von Gründen ab"},
	"refusal.11":   {"the unit does not have this service", "diesen Dienst kennt das Steuergerät nicht"},
	"refusal.12":   {"the unit does not have this kind of request", "diese Art der Anfrage kennt das Steuergerät nicht"},
	"refusal.13":   {"wrong length", "falsche Länge"},
	"refusal.14":   {"the answer would be too long", "die Antwort wäre zu lang"},
	"refusal.21":   {"busy, ask again", "beschäftigt, noch einmal fragen"},
	"refusal.22":   {"conditions not met (ignition, speed, voltage)", "Bedingungen nicht erfüllt (Zündung, Geschwindigkeit, Spannung)"},
	"refusal.24":   {"a step is missing before this request", "vor dieser Anfrage fehlt ein Schritt"},
	"refusal.25":   {"a part behind the unit does not answer", "ein nachgelagertes Teil antwortet nicht"},
	"refusal.26":   {"a fault in the unit prevents it", "ein Fehler im Steuergerät verhindert es"},
	"refusal.31":   {"the unit does not have this value", "diesen Wert hat das Steuergerät nicht"},
	"refusal.33":   {"locked: needs the maker's access", "gesperrt: braucht einen Herstellerzugang"},
	"refusal.34":   {"locked: needs the maker's certificate", "gesperrt: braucht ein Herstellerzertifikat"},
	"refusal.35":   {"wrong key", "falscher Schlüssel"},
	"refusal.36":   {"too many attempts", "zu viele Versuche"},
	"refusal.37":   {"the waiting time is not over", "die Wartezeit ist noch nicht um"},
	"refusal.70":   {"transfer not accepted", "Übertragung nicht angenommen"},
	"refusal.71":   {"transfer broken off", "Übertragung abgebrochen"},
	"refusal.72":   {"writing failed", "Schreiben fehlgeschlagen"},
	"refusal.73":   {"blocks out of order", "Blöcke in falscher Reihenfolge"},
	"refusal.78":   {"still working on it", "noch in Bearbeitung"},
	"refusal.7E":   {"not in this diagnostic session", "nicht in dieser Diagnosesitzung"},
	"refusal.7F":   {"service not in this diagnostic session", "Dienst nicht in dieser Diagnosesitzung"},
	"refusal.88":   {"the car is too fast", "das Fahrzeug ist zu schnell"},
	"refusal.92":   {"voltage too high", "Spannung zu hoch"},
	"refusal.93":   {"voltage too low", "Spannung zu niedrig"},
	"refusal.94":   {"not available for the moment", "vorübergehend nicht verfügbar"},
}

package message

// Advice that holds for every make; a profile brings the maker's own route.
const (
	AdviceSeller       ID = "advice-seller"
	AdviceActive       ID = "advice-active"
	AdviceInactive     ID = "advice-inactive"
	AdviceNotAbsent    ID = "advice-not-absent"
	AdviceRefusals     ID = "advice-refusals"
	AdviceSwapped      ID = "advice-swapped"
	AdvicePhones       ID = "advice-phones"
	AdviceRoute        ID = "advice-route"
	AdviceLimits       ID = "advice-limits"
	AdviceNoProfile    ID = "advice-no-profile"
	AdviceReadAgain    ID = "advice-read-again"
	AdviceNotAsked     ID = "advice-not-asked"
	AdviceAccountsOnly ID = "advice-accounts"
)

var advice = table{
	AdviceSeller:       {"Ask the seller to remove the car from the maker's app and account, and to show you that it is gone.", "Bitten Sie den Verkäufer, das Fahrzeug aus App und Konto des Herstellers zu entfernen und Ihnen das zu zeigen."},
	AdviceActive:       {"The services are active: somebody's account may still reach this car.", "Die Dienste sind aktiv: Ein fremdes Konto kann dieses Fahrzeug womöglich noch erreichen."},
	AdviceInactive:     {"The unit reports the services as off. That does not show who holds the account; it may be switched on again.", "Das Steuergerät meldet die Dienste als abgeschaltet. Das zeigt nicht, wem das Konto gehört; sie können wieder eingeschaltet werden."},
	AdviceNotAbsent:    {"No telematics unit answered. That is no sign that there is none: look for an SOS button, an aerial and the maker's app.", "Es hat kein Telematik-Steuergerät geantwortet. Das heißt nicht, dass keines verbaut ist: Achten Sie auf SOS-Taste, Antenne und die App des Herstellers."},
	AdviceRefusals:     {"Refused requests are results: the unit is there and keeps these values to the maker.", "Abgelehnte Anfragen sind Ergebnisse: Das Steuergerät ist da und gibt diese Werte nur dem Hersteller."},
	AdviceSwapped:      {"The telematics unit carries another car's VIN. Have the maker's workshop check it before you deal with accounts.", "Das Telematik-Steuergerät trägt die FIN eines anderen Fahrzeugs. Lassen Sie es in der Markenwerkstatt prüfen, bevor Sie Konten klären."},
	AdvicePhones:       {"Phones of earlier users are still paired. Delete them in the head unit's menu.", "Telefone früherer Nutzer sind noch gekoppelt. Löschen Sie sie im Menü des Bediensystems."},
	AdviceRoute:        {"The maker's own route: %s", "Der Weg des Herstellers: %s"},
	AdviceLimits:       {"What cannot be told from here: %s", "Was sich von hier aus nicht sagen lässt: %s"},
	AdviceNoProfile:    {"No maker's profile fits this car, so only standard values were read. Ask the maker how a car is removed from an account.", "Kein Herstellerprofil passt zu diesem Fahrzeug; gelesen wurden nur genormte Werte. Fragen Sie den Hersteller, wie ein Fahrzeug aus einem Konto entfernt wird."},
	AdviceReadAgain:    {"Not everything could be read. Inspect again with the ignition on and a charger connected.", "Nicht alles war lesbar. Prüfen Sie bei eingeschalteter Zündung und mit Ladegerät noch einmal."},
	AdviceNotAsked:     {"Inspect the car itself: a recording holds only what somebody asked at the time.", "Prüfen Sie das Fahrzeug selbst: Eine Aufzeichnung enthält nur, was damals gefragt wurde."},
	AdviceAccountsOnly: {"No value read from the car shows who holds its account. Only the maker, the app or the car's own screen can.", "Kein aus dem Fahrzeug gelesener Wert zeigt, wem sein Konto gehört. Das können nur Hersteller, App oder die Anzeige im Fahrzeug."},
}

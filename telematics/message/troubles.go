package message

// troubles are dtc's texts of trouble codes, named by the English one.
var troubles = table{
	"trouble-text.telematics unit: SIM card not programmed, or not completely (FDA3)": {
		"telematics unit: SIM card not programmed, or not completely (FDA3)", "Telematik-Steuergerät: SIM-Karte nicht oder nicht vollständig programmiert (FDA3)",
	},
	"trouble-text.telematics unit: SIM card is not the one expected (FDA4)": {
		"telematics unit: SIM card is not the one expected (FDA4)", "Telematik-Steuergerät: nicht die erwartete SIM-Karte (FDA4)",
	},
	"trouble-text.telematics unit: the VIN it holds is wrong (F935)": {
		"telematics unit: the VIN it holds is wrong (F935)", "Telematik-Steuergerät: gespeicherte FIN ist falsch (F935)",
	},
	"trouble-text.telematics unit: fault in the GSM module (FD80)": {
		"telematics unit: fault in the GSM module (FD80)", "Telematik-Steuergerät: Fehler im GSM-Modul (FD80)",
	},
	"trouble-text.configuration changed without its traceability record (F303)": {
		"configuration changed without its traceability record (F303)", "Codierung ohne Nachweiseintrag geändert (F303)",
	},
	"trouble-text.configuration changed without its traceability record": {
		"configuration changed without its traceability record", "Codierung ohne Nachweiseintrag geändert",
	},
	"trouble-text.gateway: the telematics unit does not match the vehicle": {
		"gateway: the telematics unit does not match the vehicle", "Gateway: Telematik-Steuergerät passt nicht zum Fahrzeug",
	},
	"trouble-text.head unit: the telematics unit does not match the vehicle": {
		"head unit: the telematics unit does not match the vehicle", "Bediensystem: Telematik-Steuergerät passt nicht zum Fahrzeug",
	},
	"trouble-text.named for the HERMES telematics unit; its cause is not public": {
		"named for the HERMES telematics unit; its cause is not public", "gehört zum Telematik-Steuergerät HERMES; die Ursache ist nicht öffentlich",
	},
	"trouble-text.online services unit not activated: transport mode was not ended at delivery": {
		"online services unit not activated: transport mode was not ended at delivery", "Online-Dienste-Steuergerät nicht aktiviert: Transportmodus bei Auslieferung nicht beendet",
	},
	"trouble-text.something else sent in the name of the online services unit (OCU)": {
		"something else sent in the name of the online services unit (OCU)", "ein anderes Gerät hat im Namen des Online-Dienste-Steuergeräts (OCU) gesendet",
	},
}

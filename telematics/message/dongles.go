package message

// What is plugged in.
const (
	NothingPlugged ID = "nothing-plugged"
	AdapterChosen  ID = "adapter-chosen"
	WhichAdapter   ID = "which-adapter"
	MaySwitchPins  ID = "may-switch-pins"
	GuessCertain   ID = "guess-certain"
	GuessLikely    ID = "guess-likely"
	GuessUnlikely  ID = "guess-unlikely"
	IsUp           ID = "is-up"
	IsDown         ID = "is-down"
	IsListening    ID = "is-listening"
	IsVirtual      ID = "is-virtual"
	AtBitrate      ID = "at-bitrate"
)

var plugged = table{
	NothingPlugged: {"Nothing is plugged in that may be an adapter. A Wi-Fi dongle is not found by itself: --adapter elm327://192.168.0.10:35000. A Bluetooth one has to be bound to a serial port first: rfcomm bind 0 ADDRESS.", "Es ist nichts eingesteckt, das ein Adapter sein könnte. Ein WLAN-Dongle wird nicht von selbst gefunden: --adapter elm327://192.168.0.10:35000. Ein Bluetooth-Dongle muss erst an einen seriellen Anschluss gebunden werden: rfcomm bind 0 ADRESSE."},
	AdapterChosen:  {"Using the only adapter that is plugged in: %s", "Verwendet wird der einzige eingesteckte Adapter: %s"},
	WhichAdapter:   {"Which adapter, 1 to %d?", "Welcher Adapter, 1 bis %d?"},
	// the unit, the pins
	MaySwitchPins: {"The unit %s is at the pins %s of the socket. In some cars, above all new ones, these pins carry something else, such as Ethernet, which switching there would disturb. Switch there? [y/N]", "Das Steuergerät %s liegt an den Pins %s der Buchse. In manchen Fahrzeugen, vor allem neuen, liegt dort etwas anderes, etwa Ethernet, das ein Umschalten stören würde. Dorthin umschalten? [j/N]"},
	// the family: ELM327/STN, SLCAN, CAN
	GuessCertain:  {"%s", "%s"},
	GuessLikely:   {"probably %s", "vermutlich %s"},
	GuessUnlikely: {"serial port; %s if anything", "serieller Anschluss; wenn überhaupt, %s"},
	IsUp:          {"switched on", "eingeschaltet"},
	IsDown:        {"switched off", "abgeschaltet"},
	IsListening:   {"listens only", "hört nur mit"},
	IsVirtual:     {"virtual", "virtuell"},
	AtBitrate:     {"%d bit/s", "%d bit/s"},
}

// Why there is no talking to a dongle, or no longer, and what helps.
const (
	PortMissing      ID = "port-missing"
	PortBusy         ID = "port-busy"
	PortBusyBy       ID = "port-busy-by"
	Holder           ID = "holder"
	PortDenied       ID = "port-denied"
	PortIsHost       ID = "port-is-host"
	PortNotSerial    ID = "port-not-serial"
	PortNoSpeed      ID = "port-no-speed"
	PortLate         ID = "port-late"
	PortGone         ID = "port-gone"
	HostLate         ID = "host-late"
	HostRefuses      ID = "host-refuses"
	HostUnreachable  ID = "host-unreachable"
	HostUnknown      ID = "host-unknown"
	HostGone         ID = "host-gone"
	HostEnds         ID = "host-ends"
	DongleMute       ID = "dongle-mute"
	DongleReset      ID = "dongle-reset"
	DongleSilent     ID = "dongle-silent"
	DongleGarbage    ID = "dongle-garbage"
	DongleForeign    ID = "dongle-foreign"
	DongleLockedUp   ID = "dongle-locked-up"
	DongleLowVoltage ID = "dongle-low-voltage"
	DongleAsleep     ID = "dongle-asleep"
	DongleNotELM     ID = "dongle-not-elm"
	DongleDisturbed  ID = "dongle-disturbed"
	DongleSays       ID = "dongle-says"
	NoTerminals      ID = "no-terminals"
	SLCANSilent      ID = "slcan-silent"
	SLCANForeign     ID = "slcan-foreign"
	SLCANNoFD        ID = "slcan-no-fd"
	SLCANNoBitrate   ID = "slcan-no-bitrate"
	SLCANRefuses     ID = "slcan-refuses"
	DongleFull       ID = "dongle-full"
	DongleDeaf       ID = "dongle-deaf"
	NotInSocket      ID = "not-in-socket"
	BatteryLow       ID = "battery-low"
	NoTrafficPowered ID = "no-traffic-powered"
	NoTrafficKLine   ID = "no-traffic-k-line"
)

var dongles = table{
	PortMissing: {"There is no port %s. Plug the dongle in; untether adapters list shows the ports there are.", "Es gibt keinen Anschluss %s. Stecken Sie den Dongle ein; untether adapters list zeigt, welche Anschlüsse es gibt."},
	PortBusy:    {"Another program has the port %s open. Close that program and try again.", "Ein anderes Programm hat den Anschluss %s geöffnet. Beenden Sie es und versuchen Sie es noch einmal."},
	// the port, who has it
	PortBusyBy: {"The port %s is in use by %s. Close that program and try again.", "Der Anschluss %s wird benutzt von %s. Beenden Sie dieses Programm und versuchen Sie es noch einmal."},
	Holder:     {"%s (process %s)", "%s (Prozess %s)"},
	// the port, the group
	PortDenied:    {"You may not use the port %[1]s: only members of the group %[2]s may. Join it with sudo usermod -aG %[2]s $USER, log out and in again, and try again.", "Sie dürfen den Anschluss %[1]s nicht benutzen: Das dürfen nur Mitglieder der Gruppe %[2]s. Treten Sie ihr bei mit sudo usermod -aG %[2]s $USER, melden Sie sich ab und wieder an und versuchen Sie es noch einmal."},
	PortIsHost:    {"%s is no port of this computer. If it is the address of a dongle, write two slashes before it: //%s", "%s ist kein Anschluss dieses Rechners. Ist es die Adresse eines Dongles, schreiben Sie zwei Schrägstriche davor: //%s"},
	PortNotSerial: {"%s is no serial port. untether adapters list shows those there are.", "%s ist kein serieller Anschluss. untether adapters list zeigt, welche es gibt."},
	PortNoSpeed:   {"The port %s cannot be set to that speed. Leave baud= out, then it is found by trying.", "Der Anschluss %s lässt sich nicht auf diese Geschwindigkeit einstellen. Lassen Sie baud= weg, dann wird sie durch Versuche gefunden."},
	PortLate:      {"The port %s did not open within 8 seconds. A Bluetooth dongle is out of reach, has no power or is connected to something else: check that it sits in the socket and disconnect the phone.", "Der Anschluss %s öffnete sich nicht innerhalb von 8 Sekunden. Ein Bluetooth-Dongle ist außer Reichweite, hat keinen Strom oder ist anderswo verbunden: Prüfen Sie seinen Sitz in der Buchse und trennen Sie das Telefon."},
	PortGone:      {"The dongle at %s has gone: it was pulled out, lost its power, or is out of reach. Plug it in again and start over.", "Der Dongle an %s ist weg: Er wurde abgezogen, ist ohne Strom oder außer Reichweite. Stecken Sie ihn wieder ein und beginnen Sie von vorn."},

	HostLate:        {"Nobody answers at %s within 8 seconds. Check that the dongle sits in the socket, and that this computer is in the dongle's Wi-Fi.", "An %s antwortet innerhalb von 8 Sekunden niemand. Prüfen Sie, ob der Dongle in der Buchse sitzt und dieser Rechner im WLAN des Dongles ist."},
	HostRefuses:     {"%s refuses the connection. Most dongles serve one client at a time: close the app on the phone that uses it. Check the port too; 35000 is usual for an ELM327.", "%s lehnt die Verbindung ab. Die meisten Dongles bedienen immer nur einen: Schließen Sie die App auf dem Telefon, die ihn benutzt. Prüfen Sie auch den Port; 35000 ist bei einem ELM327 üblich."},
	HostUnreachable: {"There is no way from here to %s. Join the dongle's Wi-Fi and try again.", "Von hier führt kein Weg zu %s. Verbinden Sie diesen Rechner mit dem WLAN des Dongles und versuchen Sie es noch einmal."},
	HostUnknown:     {"There is no computer of the name in %s. Give the dongle's address, such as elm327://192.168.0.10:35000.", "Einen Rechner mit dem Namen in %s gibt es nicht. Geben Sie die Adresse des Dongles an, etwa elm327://192.168.0.10:35000."},
	HostGone:        {"The connection to %s is lost: the Wi-Fi is gone, the dongle has no power, or another client took it over. Join the dongle's Wi-Fi, close other apps that use it, and start over.", "Die Verbindung zu %s ist verloren: Das WLAN ist weg, der Dongle ist ohne Strom, oder ein anderer hat ihn übernommen. Verbinden Sie sich wieder mit dem WLAN des Dongles, schließen Sie andere Apps, die ihn benutzen, und beginnen Sie von vorn."},

	HostEnds: {"%s took the connection and ended it before the dongle could be spoken to. Most dongles serve one client at a time: close the app or program that uses it, and start over. If there is none, pull the dongle out of the socket for five seconds.", "%s nahm die Verbindung an und beendete sie, bevor mit dem Dongle gesprochen werden konnte. Die meisten Dongles bedienen immer nur einen: Schließen Sie die App oder das Programm, das ihn benutzt, und beginnen Sie von vorn. Gibt es keines, ziehen Sie den Dongle fünf Sekunden aus der Buchse."},

	DongleMute:  {"The dongle at %s did not answer in time. Check that it sits tight, and that its connection is good, and try again.", "Der Dongle an %s hat nicht rechtzeitig geantwortet. Prüfen Sie, ob er fest sitzt und die Verbindung gut ist, und versuchen Sie es noch einmal."},
	DongleReset: {"The dongle at %s restarts again and again. Check that it sits tight in the socket, and try another one if it does.", "Der Dongle an %s startet immer wieder neu. Prüfen Sie, ob er fest in der Buchse sitzt; wenn ja, versuchen Sie es mit einem anderen."},

	DongleSilent:     {"Nothing answers at %s. Most dongles have power from the car alone: plug it into the OBD socket. If it is there, this is not its port, and untether adapters list shows the others; or it is an SLCAN dongle: write slcan: in place of elm327:", "An %s antwortet nichts. Die meisten Dongles haben nur vom Fahrzeug Strom: Stecken Sie ihn in die OBD-Buchse. Steckt er schon, ist dies nicht sein Anschluss, und untether adapters list zeigt die anderen; oder es ist ein SLCAN-Dongle: Schreiben Sie slcan: statt elm327:"},
	DongleGarbage:    {"Something sends at %s, but at no speed that was tried is it readable. Name the dongle's speed, such as ?baud=57600; pull it out for five seconds if it was changed before. If it is an SLCAN dongle, write slcan: in place of elm327:", "An %s sendet etwas, aber bei keiner der versuchten Geschwindigkeiten ist es lesbar. Nennen Sie die Geschwindigkeit des Dongles, etwa ?baud=57600; ziehen Sie ihn fünf Sekunden ab, falls sie früher verstellt wurde. Ist es ein SLCAN-Dongle, schreiben Sie slcan: statt elm327:"},
	DongleForeign:    {"What answers at %s is no ELM327 or STN; it says \"%s\". Choose another port. If it is an SLCAN dongle, write slcan: in place of elm327:", "Was an %s antwortet, ist kein ELM327 oder STN; es sagt „%s“. Wählen Sie einen anderen Anschluss. Ist es ein SLCAN-Dongle, schreiben Sie slcan: statt elm327:"},
	DongleLockedUp:   {"The dongle at %s does not react any more. Pull it out of the socket, wait five seconds, plug it in and start over. If that happens again, it is a poor clone: use another one.", "Der Dongle an %s reagiert nicht mehr. Ziehen Sie ihn aus der Buchse, warten Sie fünf Sekunden, stecken Sie ihn wieder ein und beginnen Sie von vorn. Geschieht das wieder, ist es ein schlechter Nachbau: Verwenden Sie einen anderen."},
	DongleLowVoltage: {"The dongle at %s restarts for want of voltage. Connect a charger to the car and check that the dongle sits tight.", "Der Dongle an %s startet neu, weil ihm Spannung fehlt. Schließen Sie ein Ladegerät ans Fahrzeug an und prüfen Sie, ob der Dongle fest sitzt."},
	DongleAsleep:     {"The dongle at %s goes to sleep. Switch the ignition on and try again.", "Der Dongle an %s schläft ein. Schalten Sie die Zündung ein und versuchen Sie es noch einmal."},
	// the adapter, the command
	DongleNotELM:    {"The dongle at %s does not do what every ELM327 does: %s. It is a poor clone; use another one.", "Der Dongle an %s kann nicht, was jeder ELM327 kann: %s. Es ist ein schlechter Nachbau; verwenden Sie einen anderen."},
	DongleDisturbed: {"The dongle at %s answered something else than it was asked. Another program or phone uses it too: close that, and start over. If none does, the connection is bad.", "Der Dongle an %s hat etwas anderes geantwortet, als gefragt war. Ein anderes Programm oder Telefon benutzt ihn auch: Schließen Sie das und beginnen Sie von vorn. Wenn nicht, ist die Verbindung schlecht."},
	// the adapter, its own words
	DongleSays:  {"The dongle at %s cannot talk to the car and says \"%s\". Check that it sits tight, switch the ignition on, unplug other testers, and try again.", "Der Dongle an %s kann nicht mit dem Fahrzeug sprechen und meldet „%s“. Prüfen Sie, ob er fest sitzt, schalten Sie die Zündung ein, ziehen Sie andere Tester ab und versuchen Sie es noch einmal."},
	NoTerminals: {"This system has no pseudo-terminals that could be used. Put the dongle behind TCP: %s:127.0.0.1:0", "Dieses System hat keine verwendbaren Pseudo-Terminals. Stellen Sie den Dongle hinter TCP: %s:127.0.0.1:0"},

	SLCANSilent:  {"No SLCAN dongle answers at %s. Check that this is its port, and name its speed if it has one, such as ?baud=57600. If it is an ELM327, write elm327: in place of slcan:", "An %s antwortet kein SLCAN-Dongle. Prüfen Sie, ob dies sein Anschluss ist, und nennen Sie die Geschwindigkeit, falls er eine hat, etwa ?baud=57600. Ist es ein ELM327, schreiben Sie elm327: statt slcan:"},
	SLCANForeign: {"What answers at %s is no SLCAN dongle; it says \"%s\". If it is an ELM327, write elm327: in place of slcan:", "Was an %s antwortet, ist kein SLCAN-Dongle; es sagt „%s“. Ist es ein ELM327, schreiben Sie elm327: statt slcan:"},
	SLCANNoFD:    {"The dongle at %s has no CAN FD. Leave fd=1 out, or use another one.", "Der Dongle an %s beherrscht kein CAN FD. Lassen Sie fd=1 weg oder verwenden Sie einen anderen."},
	// the adapter, the bit rate, those there are
	SLCANNoBitrate: {"The dongle at %s has no %s bit/s. It has: %s.", "Der Dongle an %s beherrscht keine %s bit/s. Er beherrscht: %s."},
	SLCANRefuses:   {"The dongle at %s refuses the command %s. Pull it out, plug it in again and start over; if that does not help, its firmware cannot be used.", "Der Dongle an %s lehnt den Befehl %s ab. Ziehen Sie ihn ab, stecken Sie ihn wieder ein und beginnen Sie von vorn; hilft das nicht, ist seine Firmware nicht verwendbar."},
	DongleFull:     {"The dongle at %s takes nothing more to send: nobody on the bus acknowledges. Check that it sits tight, and switch the ignition on.", "Der Dongle an %s nimmt nichts mehr zum Senden an: Niemand am Bus bestätigt. Prüfen Sie, ob er fest sitzt, und schalten Sie die Zündung ein."},
	DongleDeaf:     {"The dongle at %s cannot listen without taking part, and trying bit rates that way would disturb the car. Name the car's bit rate, such as ?bitrate=500000, or use another one.", "Der Dongle an %s kann nicht mithören, ohne teilzunehmen, und so Bitraten auszuprobieren würde das Fahrzeug stören. Nennen Sie die Bitrate des Fahrzeugs, etwa ?bitrate=500000, oder verwenden Sie einen anderen."},

	// the adapter, the supply
	NotInSocket:      {"The dongle %s measures %.1f V, so it has no power from a car. Plug it firmly into the OBD socket; if it is, the socket's fuse may have blown.", "Der Dongle %s misst %.1f V, bekommt also keinen Strom vom Fahrzeug. Stecken Sie ihn fest in die OBD-Buchse; sitzt er fest, ist vielleicht deren Sicherung durchgebrannt."},
	BatteryLow:       {"No car answers on %s, and the battery is low: %.1f V. Connect a charger, switch the ignition on and try again.", "An %s antwortet kein Fahrzeug, und die Batterie ist schwach: %.1f V. Schließen Sie ein Ladegerät an, schalten Sie die Zündung ein und versuchen Sie es noch einmal."},
	NoTrafficPowered: {"No car answers on %s, though the socket has power (%.1f V): the ignition is off, the car sleeps behind a gateway, or it uses other pins of the socket, or only K-line. Switch the ignition on and try again; for an old car try ?protocol=auto with an ELM327.", "An %s antwortet kein Fahrzeug, obwohl die Buchse Strom hat (%.1f V): Die Zündung ist aus, das Fahrzeug schläft hinter einem Gateway, oder es nutzt andere Pins der Buchse oder nur K-Line. Schalten Sie die Zündung ein und versuchen Sie es noch einmal; bei einem alten Fahrzeug hilft mit einem ELM327 vielleicht ?protocol=auto."},
	NoTrafficKLine:   {"No car answers on %s, neither on CAN nor on K-line. Check that the plug sits tight and the ignition is on, and try again.", "An %s antwortet kein Fahrzeug, weder auf CAN noch auf K-Line. Prüfen Sie, ob der Stecker fest sitzt und die Zündung ein ist, und versuchen Sie es noch einmal."},
}

package message

// Failures that a technician can meet: what happened, to what, what to do now.
const (
	UnknownScheme       ID = "unknown-scheme"
	UnknownKey          ID = "unknown-key"
	NoKeys              ID = "no-keys"
	BadURI              ID = "bad-uri"
	BadSpeed            ID = "bad-speed"
	NotYet              ID = "not-yet"
	UnknownCar          ID = "unknown-car"
	NoAdapter           ID = "no-adapter"
	SeveralAdapters     ID = "several-adapters"
	InterfaceMissing    ID = "interface-missing"
	InterfaceDown       ID = "interface-down"
	InterfaceNotCAN     ID = "interface-not-can"
	InterfaceClassic    ID = "interface-classic"
	InterfaceListens    ID = "interface-listens"
	NoCANSockets        ID = "no-can-sockets"
	NoKernelISOTP       ID = "no-kernel-isotp"
	NoCapability        ID = "no-capability"
	OtherBitrate        ID = "other-bitrate"
	BitrateRefused      ID = "bitrate-refused"
	CannotListen        ID = "cannot-listen"
	AdapterBusy         ID = "adapter-busy"
	AdapterDenied       ID = "adapter-denied"
	AdapterLost         ID = "adapter-lost"
	NobodyListens       ID = "nobody-listens"
	ListenTaken         ID = "listen-taken"
	NotASocket          ID = "not-a-socket"
	NotLoopback         ID = "not-loopback"
	NoSocketcand        ID = "no-socketcand"
	SocketcandRefuses   ID = "socketcand-refuses"
	CannotOpen          ID = "cannot-open"
	NoTraffic           ID = "no-traffic"
	CANFDOnly           ID = "can-fd-only"
	CannotScan          ID = "cannot-scan"
	CannotRecord        ID = "cannot-record"
	BenchRefused        ID = "bench-refused"
	UnknownProfile      ID = "unknown-profile"
	BadProfile          ID = "bad-profile"
	ProfileMistakes     ID = "profile-mistakes"
	FileNotFound        ID = "file-not-found"
	FileDenied          ID = "file-denied"
	FileExists          ID = "file-exists"
	CannotWrite         ID = "cannot-write"
	RecordingUnreadable ID = "recording-unreadable"
	RecordingEmpty      ID = "recording-empty"
	RevealNoTerminal    ID = "reveal-no-terminal"
	BadFlag             ID = "bad-flag"
	BadUsage            ID = "bad-usage"
	Interrupted         ID = "interrupted"
	OurFault            ID = "our-fault"
)

var failures = table{
	// adapter URIs: what was given, what would do
	UnknownScheme: {"There is no adapter type \"%s\". Use one of: %s.", "Es gibt keinen Adaptertyp „%s“. Möglich sind: %s."},
	UnknownKey:    {"The adapter %s does not know the setting \"%s\". It knows: %s.", "Der Adapter %s kennt die Einstellung „%s“ nicht. Er kennt: %s."},
	NoKeys:        {"The adapter %s has no setting \"%s\", nor any other. Leave it out.", "Der Adapter %s kennt die Einstellung „%s“ nicht, auch keine andere. Lassen Sie sie weg."},
	BadURI:        {"\"%s\" does not name an adapter: %s. Write it like elm327:/dev/ttyUSB0, socketcan:can0 or sim:bmw-5-2017.", "„%s“ bezeichnet keinen Adapter: %s. Schreiben Sie etwa elm327:/dev/ttyUSB0, socketcan:can0 oder sim:bmw-5-2017."},
	BadSpeed:      {"%s: the speed cannot be \"%s\". Give a number above 0, such as 2.5.", "%s: Die Geschwindigkeit kann nicht „%s“ sein. Geben Sie eine Zahl über 0 an, etwa 2.5."},
	NotYet:        {"Adapters of type \"%s\" are not yet supported. Use another one.", "Adapter vom Typ „%s“ werden noch nicht unterstützt. Verwenden Sie einen anderen."},
	UnknownCar:    {"There is no simulated car \"%s\". Use one of: %s.", "Es gibt kein simuliertes Fahrzeug „%s“. Möglich sind: %s."},

	NoAdapter:        {"No adapter was found. Plug one in, or name it with --adapter; untether adapters list shows what is there.", "Es wurde kein Adapter gefunden. Stecken Sie einen ein oder nennen Sie ihn mit --adapter; untether adapters list zeigt, was da ist."},
	SeveralAdapters:  {"Several adapters are plugged in: %s. Choose one with --adapter.", "Mehrere Adapter sind eingesteckt: %s. Wählen Sie einen mit --adapter."},
	InterfaceMissing: {"There is no CAN interface \"%s\". Check that the adapter is plugged in and its name is right.", "Es gibt keine CAN-Schnittstelle „%s“. Prüfen Sie, ob der Adapter eingesteckt und der Name richtig ist."},
	InterfaceDown:    {"The CAN interface %[1]s is switched off. Switch it on: ip link set %[1]s up (a real one needs its bit rate first: ip link set %[1]s type can bitrate 500000)", "Die CAN-Schnittstelle %[1]s ist abgeschaltet. Schalten Sie sie ein: ip link set %[1]s up (eine echte braucht zuerst ihre Bitrate: ip link set %[1]s type can bitrate 500000)"},
	InterfaceNotCAN:  {"%s is a network interface, but not for CAN. List those for CAN: ip link show type can; ip link show type vcan", "%s ist eine Netzwerkschnittstelle, aber keine für CAN. Zeigen Sie die für CAN an: ip link show type can; ip link show type vcan"},
	InterfaceClassic: {"The CAN interface %s carries no CAN FD. Leave out fd=1, or switch CAN FD on (ip link: fd on; a virtual one: mtu 72).", "Die CAN-Schnittstelle %s überträgt kein CAN FD. Lassen Sie fd=1 weg oder schalten Sie CAN FD ein (ip link: fd on; eine virtuelle: mtu 72)."},
	InterfaceListens: {"The CAN interface %[1]s is set to listen only, so nothing can be asked. Change that: ip link set %[1]s down; ip link set %[1]s up type can listen-only off", "Die CAN-Schnittstelle %[1]s ist auf reines Mithören eingestellt, es lässt sich also nichts fragen. Ändern Sie das: ip link set %[1]s down; ip link set %[1]s up type can listen-only off"},
	NoCANSockets:     {"This system has no CAN sockets, so there is no interface %s. On Linux load them: modprobe can-raw. Elsewhere use another kind of adapter.", "Dieses System hat keine CAN-Sockets, also auch keine Schnittstelle %s. Laden Sie sie unter Linux: modprobe can-raw. Verwenden Sie sonst eine andere Art von Adapter."},
	NoKernelISOTP:    {"The kernel has no ISO-TP to use at %s. Load it: modprobe can-isotp, or leave isotp=kernel out.", "Der Kernel hat kein ISO-TP, das an %s zu verwenden wäre. Laden Sie es: modprobe can-isotp, oder lassen Sie isotp=kernel weg."},
	NoCapability:     {"You may not do that with the CAN interface %[1]s: the capability %[2]s is needed. Run the program as root, or set up the interface beforehand with ip link as root.", "Sie dürfen das mit der CAN-Schnittstelle %[1]s nicht: Die Berechtigung %[2]s ist nötig. Starten Sie das Programm als root, oder richten Sie die Schnittstelle vorher als root mit ip link ein."},
	// interface, its bit rate, the one asked for
	OtherBitrate:      {"The CAN interface %[1]s is set to %[2]d bit/s, not to %[3]d, and may not be changed by this program. Leave the setting out, or change the interface as root: ip link set %[1]s down; ip link set %[1]s up type can bitrate %[3]d", "Die CAN-Schnittstelle %[1]s ist auf %[2]d bit/s eingestellt, nicht auf %[3]d, und lässt sich von diesem Programm nicht ändern. Lassen Sie die Einstellung weg, oder ändern Sie die Schnittstelle als root: ip link set %[1]s down; ip link set %[1]s up type can bitrate %[3]d"},
	BitrateRefused:    {"The CAN interface %[1]s cannot be set to %[2]d bit/s. See which it can: ip -details link show %[1]s", "Die CAN-Schnittstelle %[1]s lässt sich nicht auf %[2]d bit/s einstellen. Sehen Sie nach, welche sie beherrscht: ip -details link show %[1]s"},
	CannotListen:      {"The CAN interface %s cannot listen without taking part, and trying bit rates that way would disturb the car. Name the car's bit rate, such as bitrate=500000.", "Die CAN-Schnittstelle %s kann nicht mithören, ohne teilzunehmen, und so Bitraten auszuprobieren würde das Fahrzeug stören. Nennen Sie die Bitrate des Fahrzeugs, etwa bitrate=500000."},
	AdapterBusy:       {"The adapter %s is in use by another program. Close that program and try again.", "Der Adapter %s wird von einem anderen Programm benutzt. Beenden Sie es und versuchen Sie es noch einmal."},
	AdapterDenied:     {"You may not use the adapter %s. Ask for access to the device and try again.", "Sie dürfen den Adapter %s nicht benutzen. Lassen Sie sich Zugriff auf das Gerät geben und versuchen Sie es noch einmal."},
	AdapterLost:       {"The adapter %s stopped answering: %s. Plug it in again and start over.", "Der Adapter %s antwortet nicht mehr: %s. Stecken Sie ihn neu ein und beginnen Sie von vorn."},
	NobodyListens:     {"Nobody listens at %[1]s. Start a simulated car there first: untether sim run bmw-5-2017 --listen %[1]s", "An %[1]s lauscht niemand. Starten Sie dort erst ein simuliertes Fahrzeug: untether sim run bmw-5-2017 --listen %[1]s"},
	ListenTaken:       {"Somebody listens at %s already. End that program or choose another place.", "An %s lauscht schon jemand. Beenden Sie jenes Programm oder wählen Sie einen anderen Ort."},
	NotASocket:        {"%s names a file that is no socket; it is left as it is. Choose another name.", "%s bezeichnet eine Datei, die kein Socket ist; sie bleibt, wie sie ist. Wählen Sie einen anderen Namen."},
	NotLoopback:       {"%s leads off this computer, and nobody would be asked who they are. Use 127.0.0.1, [::1] or localhost.", "%s führt aus diesem Rechner hinaus, und niemand müsste sich ausweisen. Verwenden Sie 127.0.0.1, [::1] oder localhost."},
	NoSocketcand:      {"No socketcand answers at %s: %s. Start it on the computer with the CAN interface, and check address and port.", "An %s antwortet kein socketcand: %s. Starten Sie es auf dem Rechner mit der CAN-Schnittstelle und prüfen Sie Adresse und Port."},
	SocketcandRefuses: {"The socketcand at %s refuses: \"%s\". Check the name of the bus, and that the other computer may use it.", "Der socketcand an %s lehnt ab: „%s“. Prüfen Sie den Namen des Busses und ob der andere Rechner ihn benutzen darf."},
	CannotOpen:        {"%s cannot be opened: %s. Check the address and try again.", "%s lässt sich nicht öffnen: %s. Prüfen Sie die Adresse und versuchen Sie es noch einmal."},
	NoTraffic:         {"No car answers on %s: the plug is loose, the ignition is off, or the car uses other pins of the OBD socket, or only K-line. Check these and try again.", "An %s antwortet kein Fahrzeug: Der Stecker sitzt nicht fest, die Zündung ist aus, oder das Fahrzeug nutzt andere Pins der OBD-Buchse oder nur K-Line. Prüfen Sie das und versuchen Sie es noch einmal."},
	CANFDOnly:         {"On %s there are only errors, at every bit rate: the car probably uses CAN FD, which this adapter cannot. Use an adapter for CAN FD.", "An %s treten bei jeder Bitrate nur Fehler auf: Das Fahrzeug verwendet vermutlich CAN FD, das dieser Adapter nicht beherrscht. Verwenden Sie einen Adapter für CAN FD."},

	CannotRecord: {"Nothing can be recorded through %s: the dongle hides the frames. Leave --record out, or use an adapter that carries CAN frames.", "Über %s lässt sich nichts aufzeichnen: Der Dongle verbirgt die Frames. Lassen Sie --record weg oder verwenden Sie einen Adapter, der CAN-Frames überträgt."},
	CannotScan:   {"Control units cannot be looked for through %s: it is a recording, or hides the frames. Use an adapter that carries CAN frames, or inspect instead.", "Über %s lassen sich keine Steuergeräte suchen: Es ist eine Aufzeichnung oder verbirgt die Frames. Verwenden Sie einen Adapter, der CAN-Frames überträgt, oder prüfen Sie stattdessen."},
	BenchRefused: {"There is other traffic on the bus, so this is no bench: 000-5FF carries what controls a car. Scan again without --bench.", "Auf dem Bus ist anderer Verkehr, also ist dies kein Prüfstand: Auf 000-5FF läuft, was ein Fahrzeug steuert. Suchen Sie noch einmal ohne --bench."},

	UnknownProfile: {"There is no profile \"%s\". Use one of: %s.", "Es gibt kein Profil „%s“. Möglich sind: %s."},
	// file:line:column, what is wrong
	BadProfile: {"The profile cannot be used: %s: %s. Correct it there and try again.", "Das Profil ist nicht verwendbar: %s: %s. Berichtigen Sie diese Stelle und versuchen Sie es noch einmal."},

	ProfileMistakes: {"%d mistakes in the profiles, listed above. Correct them and check again.", "%d Fehler in den Profilen, oben aufgeführt. Berichtigen Sie sie und prüfen Sie noch einmal."},

	FileNotFound:        {"There is no file %s. Check the name and the folder.", "Die Datei %s gibt es nicht. Prüfen Sie Namen und Ordner."},
	FileDenied:          {"You may not open the file %s. Change its permissions, or choose another.", "Sie dürfen die Datei %s nicht öffnen. Ändern Sie die Rechte oder wählen Sie eine andere."},
	FileExists:          {"The file %s is there already and is not overwritten. Choose another name.", "Die Datei %s gibt es schon; sie wird nicht überschrieben. Wählen Sie einen anderen Namen."},
	CannotWrite:         {"The file %s cannot be written: %s. Choose another place.", "Die Datei %s lässt sich nicht schreiben: %s. Wählen Sie einen anderen Ort."},
	RecordingUnreadable: {"The recording %s cannot be read: %s. Check that it is a candump file.", "Die Aufzeichnung %s ist nicht lesbar: %s. Prüfen Sie, ob es eine candump-Datei ist."},
	RecordingEmpty:      {"The recording %s holds no CAN frames. Choose another file.", "Die Aufzeichnung %s enthält keine CAN-Frames. Wählen Sie eine andere Datei."},

	RevealNoTerminal: {"--reveal shows personal data on a terminal only. Leave it out when the output goes to a file or a program.", "--reveal zeigt personenbezogene Daten nur im Terminal. Lassen Sie es weg, wenn die Ausgabe in eine Datei oder ein Programm geht."},
	// flag, value, valid values
	BadFlag:     {"%s cannot be \"%s\". Use one of: %s.", "%s kann nicht „%s“ sein. Möglich sind: %s."},
	BadUsage:    {"%s. See --help.", "%s. Siehe --help."},
	Interrupted: {"Interrupted. Anything that was read so far is shown; start again for the rest.", "Abgebrochen. Gezeigt wird, was bis dahin gelesen wurde; beginnen Sie für den Rest von vorn."},
	OurFault:    {"This should not have happened: %s. Please report it with the command you gave.", "Das hätte nicht passieren dürfen: %s. Bitte melden Sie es zusammen mit dem eingegebenen Befehl."},
}

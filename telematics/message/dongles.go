package message

// What is plugged in.
const (
	NothingPlugged ID = "nothing-plugged"
	AdapterChosen  ID = "adapter-chosen"
	WhichAdapter   ID = "which-adapter"
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

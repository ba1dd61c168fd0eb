package velm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
)

func TestFirstWords(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		require.Equal(b.t, "ATZ\r\n\r\n\r\nELM327 v2.2\r\n\r\n>", b.ask("ATZ"))
		require.Equal(b.t, "ATE0\r\nOK\r\n\r\n>", b.ask("ATE0"))
		require.Equal(b.t, "OK\r\r>", b.ask("at l0"))
		b.says(
			"ATI", "ELM327 v2.2\r",
			"AT@1", "OBDII to RS232 Interpreter\r",
			"ATRV", "12.6V\r",
			"ATXY", "?\r",
			"STI", "?\r",
			"\x7F\x7F", "?\r",
		)
		b.blameless()
	})
}

func TestEngineBySearch(t *testing.T) {
	inTraffic(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet()
		b.says(
			"ATSP0", "OK\r",
			"ATDPN", "A0\r",
			"0100", "SEARCHING...\r41 00 80 18 00 01 \r",
			"ATDPN", "A6\r",
			"ATDP", "AUTO, ISO 15765-4 (CAN 11/500)\r",
			"ATH1", "OK\r",
			"0100", "7E8 06 41 00 80 18 00 01 \r",
			"ATS0", "OK\r",
			"0100", "7E806410080180001\r",
			"0902", "7E81014490201574241\r7E821554E3743303748\r7E82247313034323137\r",
			"ATH0", "OK\r",
			"0902", "014\r0:490201574241\r1:554E3743303748\r2:47313034323137\r",
		)
		b.blameless()
	})
}

// The addresses of BMW: an extended address before the protocol bytes, F1 in
// the answers.
func TestUnitBehindExtendedAddress(t *testing.T) {
	plug(t, "elm-2.2", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6", "ATH1", "ATS0", "ATSH6F1", "ATCRA661", "ATCEA61", "ATFCSH6F1", "ATFCSD300000", "ATFCSM1")
		b.says("22F18C", "661F1100F62F18C4154\r661F121313748303034\r661F12232393137FFFF\r")
		b.blameless()
	})
}

func TestLongDialogueOfSTN(t *testing.T) {
	plug(t, "stn1110", velm.Options{}, func(b *bench) {
		b.quiet("ATSP6", "ATH1", "ATS0")
		b.says(
			"STI", "STN1110 v4.2.0\r",
			"STPX H:7E0, D:0902, R:1", "7E81014490201574241\r7E821554E3743303748\r7E82247313034323137\r",
		)
		b.blameless()
	})
}

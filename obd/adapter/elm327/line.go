package elm327

import "time"

// line is one line of what the chip printed, or the prompt that ends a reply.
type line struct {
	kind lineKind
	text string    // as printed, without line ends, NULs and blanks at its ends
	data []byte    // of kindData and kindIndex: every hex pair, a 29-bit header among them
	word word      // the status word that the line is, or ends with
	at   time.Time // when its last byte was read

	rubbish bool // it held what no chip prints

	header int    // hex digits printed in front of the pairs: 0, or 3 for an 11-bit id
	id     uint32 // those digits
	index  int    // of kindIndex: the digit in front of the colon
	length int    // of kindLength: bytes of the message that follows
}

// lineKind says what a line is. Nothing but kindData and kindIndex is ever data.
type lineKind uint8

const (
	kindText   lineKind = iota // anything else: a version, a voltage, rubbish
	kindData                   // wholly hex pairs: `7E8 06 41 00 BE 3E B8 11`
	kindIndex                  // `0: 49 02 01 31 44 34`
	kindLength                 // `014`: three hex digits, how long the message is
	kindWord                   // a status word, alone or glued to something
	kindBanner                 // what a chip prints when it starts
	kindPrompt                 // `>`: the reply is whole
)

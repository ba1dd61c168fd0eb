package elm327

import (
	"strconv"
	"strings"
)

// word is what the chip says of itself or of the bus in place of data.
type word uint8

const (
	wordNone word = iota
	wordOK
	wordUnknown // `?`: no such command
	wordNoData
	wordSearching // not an end: the answer follows, also on the same line
	wordUnable    // UNABLE TO CONNECT
	wordBusInit   // BUS INIT: ...OK; not an end
	wordBusInitError
	wordCANError
	wordBusBusy
	wordBusError
	wordFBError
	wordDataError // alone, or `<DATA ERROR` behind data that is none
	wordRxError
	wordBufferFull
	wordNoMemory  // OUT OF MEMORY
	wordFCTimeout // FC RX TIMEOUT: the unit did not go on with our long request
	wordOverflow  // UART RX OVERFLOW: the chip lost some of the command
	wordStopped
	wordFatal    // ERR94 and its like
	wordLVReset  // LV RESET
	wordLPAlert  // LP ALERT: about to sleep
	wordActAlert // ACT ALERT: nothing was heard for long, about to sleep
)

// words are how they are printed, without blanks. A line in which one of them
// is found is no data, whatever stands in front of it.
var words = []struct {
	text string
	word word
}{
	{"NODATA", wordNoData},
	{"UNABLETOCONNECT", wordUnable},
	{"CANERROR", wordCANError},
	{"BUSBUSY", wordBusBusy},
	{"BUSERROR", wordBusError},
	{"FBERROR", wordFBError},
	{"DATAERROR", wordDataError},
	{"RXERROR", wordRxError},
	{"BUFFERFULL", wordBufferFull},
	{"OUTOFMEMORY", wordNoMemory},
	{"FCRXTIMEOUT", wordFCTimeout},
	{"UARTRXOVERFLOW", wordOverflow},
	{"STOPPED", wordStopped},
	{"LVRESET", wordLVReset},
	{"LPALERT", wordLPAlert},
	{"ACTALERT", wordActAlert},
	{"SEARCHING", wordSearching}, // not in front: nobody knows what the rest is
	{"BUSINIT", wordBusInit},
	{"ERR", wordFatal},
}

// wordIn finds the status word in a line.
func wordIn(text string) word {
	t := compact(text)
	switch t {
	case "OK":
		return wordOK
	case "?":
		return wordUnknown
	}
	for _, w := range words {
		if strings.Contains(t, w.text) && (w.word != wordFatal || isFatal(t)) {
			return w.word
		}
	}
	return wordNone
}

// isFatal reports whether a line ends with ERR and two digits.
func isFatal(t string) bool {
	i := strings.LastIndex(t, "ERR")
	_, err := strconv.ParseUint(t[i+3:], 10, 8)
	return err == nil && len(t) == i+5
}

// announced finds what says that an answer may follow, also on the same line:
// SEARCHING with its dots, BUS INIT with its dots and its outcome, dots alone.
func announced(text string) (w word, rest string, ok bool) {
	if rest, found := strings.CutPrefix(text, "SEARCHING"); found {
		return wordSearching, undotted(rest), true
	}
	if rest, found := strings.CutPrefix(text, "BUS INIT"); found {
		return initiated(undotted(strings.TrimPrefix(rest, ":")))
	}
	if strings.HasPrefix(text, "...") {
		return wordSearching, undotted(text), true
	}
	return wordNone, "", false
}

func initiated(rest string) (word, string, bool) {
	if _, found := strings.CutPrefix(rest, "ERROR"); found {
		return wordBusInitError, "", true
	}
	after, _ := strings.CutPrefix(rest, "OK")
	return wordBusInit, strings.TrimSpace(after), true
}

func undotted(s string) string { return strings.TrimLeft(s, ". ") }

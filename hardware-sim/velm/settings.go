package velm

import "time"

// settings are what a reset brings back to their defaults.
type settings struct {
	echo, feeds, headers, spaces, lengths bool // E L H S D
	long                                  bool // AL
	format                                bool // CAF
	flow                                  bool // CFC
	responses                             bool // R
	variable                              bool // V: frames are as long as their data
	silent                                bool // CSM
	adaptive                              int  // AT
	timeout                               byte // ST, in units of 4 ms
	times                                 int  // CTM
	header                                header
	priority                              byte // CP: bits 28 to 24 of a 29-bit identifier
	extended                              optional
	extendedRx                            optional // CER
	tester                                byte     // TA
	filter                                filter
	control                               control // FC
	keep                                  keep    // WM, SW
	protocol                              protocol
	stored                                byte          // SD
	wait                                  time.Duration // STPTO; 0: as ST says
	segmentIn, segmentOut                 bool          // STCSEGR, STCSEGT
	rate                                  int           // STPBR; 0: the protocol's own
	acknowledges                          bool          // STCMM: not only listens
	standard                              bool          // SS
}

// optional is a byte that may be missing.
type optional struct {
	set   bool
	value byte
}

// header is what SH set: an identifier, or three header bytes of other
// protocols.
type header struct {
	set   bool
	bytes [4]byte // the last three without a fourth
	wide  bool    // the fourth was given
	short bool    // three digits
}

// control says how flow control is sent.
type control struct {
	mode      int // 0: all by itself; 1: header and data of the user; 2: data of the user
	header    uint32
	extended  bool
	hasHeader bool
	data      []byte
}

// keep is the message that keeps a K-line session alive.
type keep struct {
	every   time.Duration // 0: none is sent
	message []byte        // nil: the protocol's own
}

const (
	stUnit         = 4 * time.Millisecond // of ATST
	stDefault      = 0x32
	testerDefault  = 0xF1
	priorityNormal = 0x18
	keepDefault    = 3 * time.Second
)

func defaults(m *model) settings {
	return settings{
		echo: true, feeds: m.feeds, spaces: true, format: true, flow: true, responses: true, silent: true,
		adaptive: 1, timeout: stDefault, times: 1, priority: priorityNormal, tester: testerDefault,
		protocol: protocol{auto: true}, keep: keep{every: keepDefault},
	}
}

// responseTime is how long the chip waits for an answer at most.
func (c *chip) responseTime() time.Duration {
	if c.wait > 0 {
		return c.wait
	}
	return time.Duration(c.timeout) * stUnit * time.Duration(c.times)
}

// Adaptive timing learns from how late answers came. The chips' formula is
// nowhere published; this is an assumption: four times the latest of the recent
// answers, or twice it, and some margin.
const (
	adaptMargin = 20 * time.Millisecond
	forgetting  = 8 // an eighth of what was learned goes with each answer
)

// patience is how long the chip waits for the next frame.
func (c *chip) patience() time.Duration {
	most := c.responseTime()
	if c.learned == 0 || c.adaptive == 0 {
		return most
	}
	if c.adaptive > 1 {
		return min(most, 2*c.learned+adaptMargin)
	}
	return min(most, 4*c.learned+adaptMargin)
}

// learn takes the delay of an answer.
func (c *chip) learn(d time.Duration) {
	c.learned -= c.learned / forgetting
	c.learned = max(c.learned, d, time.Millisecond)
}

package velm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// version is the revision of the ELM327 from which on a command is known.
type version int

const (
	v10 version = iota
	v11
	v12
	v13
	v14
	v14b
	v20
	v21
	v22
)

// model is how one kind of dongle differs from the others.
type model struct {
	name    string
	version version  // of the command set that it really has
	lacks   []string // commands of that version which it answers with ?

	id     string // ATI, and the banner of a reset
	prefix string // what a reset sends before its banner
	device string // AT@1
	stn    string // STI; empty: no ST commands
	board  string // STDI

	baud      int
	bridge    bool          // the host has no say in the speed: Wi-Fi
	feeds     bool          // a line feed follows each carriage return at first
	command   time.Duration // from a carriage return to the answer
	reset     time.Duration // ATZ
	warm      time.Duration // ATWS
	transmit  int           // bytes that wait for the UART
	receive   int           // bytes that a command may have
	patience  time.Duration // how long 7F xx 78 holds the window open; 0: it does not
	perBlock  bool          // a flow control after each block, not only the first
	silent    bool          // never acknowledges while it monitors
	noRemote  bool          // a remote frame is dropped
	echoes    bool          // requests come back after ATE0
	forgets   bool          // CAF, S and AL are lost by ATSP
	cuts      int           // bytes of an answer after which the rest is missing; 0: none
	glues     bool          // no line end after SEARCHING...
	dots      bool          // BUS INIT: ...OK
	pads      bool          // a single frame is shown with its padding
	bricks    bool          // ATTPA0 kills it
	pipelines bool          // a command that comes too early waits
}

// models are the dongles by name. Their command sets follow the data sheets'
// table of versions; clones are described by what they are known to lack.
// Assumptions, as no source names them: each chip's own delay a command and the
// times of resets other than "about a second", the clones' buffers and delays,
// where a clone cuts, which clones pad, and how late an early original repeats
// flow control.
var models = []model{
	{
		name: "elm-1.4b", version: v14b, id: "ELM327 v1.4b", device: interpreter,
		baud: 38400, feeds: true, command: 2 * time.Millisecond, reset: time.Second, warm: 100 * time.Millisecond,
		transmit: 512, receive: 254, dots: true,
	},
	{
		name: "elm-2.2", version: v22, id: "ELM327 v2.2", device: interpreter,
		baud: 38400, feeds: true, command: 2 * time.Millisecond, reset: time.Second, warm: 100 * time.Millisecond,
		transmit: 512, receive: 254, patience: pending, perBlock: true,
	},
	{
		name: "clone-1.5", version: v14, id: "ELM327 v1.5", prefix: "\xFC", device: interpreter,
		lacks: commands("PPS PP FCSH FCSD FCSM CEA TA BRD BRT FI SI KW IGN LP SD RD SS JE JS"),
		baud:  38400, command: 8 * time.Millisecond, reset: time.Second, warm: 300 * time.Millisecond,
		transmit: 256, receive: 64, silent: true, noRemote: true, echoes: true, glues: true, pads: true, bricks: true,
	},
	{
		name: "clone-2.1", version: v14b, id: "ELM327 v2.1", device: interpreter,
		lacks: commands("PPS PP CSM CRA_ FI SI KW IGN LP BRD BRT"),
		baud:  38400, command: 10 * time.Millisecond, reset: time.Second, warm: 500 * time.Millisecond,
		transmit: 256, receive: 64, silent: true, forgets: true, cuts: 120, glues: true, bricks: true,
	},
	{
		name: "stn1110", version: v14b, id: "ELM327 v1.4b", device: interpreter, stn: "STN1110 v4.2.0", board: "STN1110 r1.0",
		baud: 115200, command: time.Millisecond, reset: 800 * time.Millisecond, warm: 50 * time.Millisecond,
		transmit: 2048, receive: 512, patience: pending, perBlock: true, pipelines: true,
	},
	{
		name: "stn2255", version: v14b, id: "ELM327 v1.4b", device: interpreter, stn: "STN2255 v5.12.4", board: "OBDLink MX+ r3.1.3",
		baud: 115200, prefix: "\x00\x00\x00\x00", command: 500 * time.Microsecond, reset: 800 * time.Millisecond, warm: 50 * time.Millisecond,
		transmit: 4096, receive: 1024, patience: pending, perBlock: true, pipelines: true,
	},
	{
		name: "vlinker", version: v22, id: "ELM327 v2.2", device: interpreter, stn: "STN1170 v4.2.0", board: "vLinker FS",
		baud: 115200, command: time.Millisecond, reset: 800 * time.Millisecond, warm: 50 * time.Millisecond,
		transmit: 2048, receive: 512, patience: pending, perBlock: true, forgets: true, pipelines: true,
	},
	{
		name: "wifi-clone", version: v14, id: "ELM327 v1.5", device: interpreter,
		lacks: commands("PPS PP CRA_ CEA TA BRD BRT FI SI KW IGN LP SS JE JS"),
		baud:  115200, bridge: true, command: 15 * time.Millisecond, reset: 1200 * time.Millisecond, warm: 500 * time.Millisecond,
		transmit: 256, receive: 64, silent: true, noRemote: true, glues: true, bricks: true,
	},
}

const (
	interpreter = "OBDII to RS232 Interpreter"
	pending     = 5 * time.Second // a unit may say 7F xx 78 once within P2*
)

// commands reads names; an underscore stands for a missing argument.
func commands(names string) []string { return strings.Fields(names) }

// Names are the dongles that there are.
func Names() []string {
	var names []string
	for i := range models {
		names = append(names, models[i].name)
	}
	return names
}

func modelByName(name string) (*model, error) {
	i := slices.IndexFunc(models, func(m model) bool { return m.name == name })
	if i < 0 {
		return nil, fmt.Errorf("velm: no dongle is called %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return &models[i], nil
}

// knows says whether a command that came with a version is one of the model's.
// An underscore behind a name stands for the command without an argument.
func (m *model) knows(name string, since version) bool {
	return since <= m.version && !slices.Contains(m.lacks, name)
}

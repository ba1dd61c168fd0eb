package velm

import (
	"context"
	"fmt"
	"time"
)

// atCommands are the public ones of the data sheets, with the version that
// brought them.
var atCommands = []command{
	{name: "@1", reply: told(func(s *session) string { return s.model.device })},
	{name: "I", reply: told(func(s *session) string { return s.model.id })},
	{name: "D", reply: func(s *session, arg string) string { return s.reset(arg) }},
	{name: "Z", run: (*session).resetAll},
	{name: "WS", run: (*session).warmStart},
	{name: "E", reply: toggle(func(s *session) *bool { return &s.c.echo })},
	{name: "L", reply: toggle(func(s *session) *bool { return &s.c.feeds })},
	{name: "H", reply: toggle(func(s *session) *bool { return &s.c.headers })},
	{name: "S", since: v13, reply: toggle(func(s *session) *bool { return &s.c.spaces })},
	{name: "R", reply: toggle(func(s *session) *bool { return &s.c.responses })},
	{name: "AL", reply: made(func(s *session) { s.c.long = true })},
	{name: "NL", reply: made(func(s *session) { s.c.long = false })},

	{name: "SP", reply: (*session).setProtocol},
	{name: "TP", run: (*session).tryProtocol},
	{name: "DP", reply: told(func(s *session) string { return s.c.describe() })},
	{name: "DPN", reply: told(func(s *session) string { return s.c.numbered() })},
	{name: "PC", reply: made((*session).closeProtocol)},
	{name: "PB", since: v14, reply: (*session).setUserProtocol},
	{name: "SS", since: v14, reply: made(func(s *session) { s.c.standard = true })},
	{name: "M", reply: heeded(1)},
	{name: "BI", reply: heeded(0)},

	{name: "SH", reply: (*session).setHeader},
	{name: "CP", reply: octet(func(s *session, b byte) { s.c.priority = b & 0x1F })},
	{name: "TA", since: v14, reply: octet(func(s *session, b byte) { s.c.tester = b })},
	{name: "CEA", since: v14, reply: optionalOctet(func(s *session) *optional { return &s.c.extended })},
	{name: "CER", since: v22, reply: optionalOctet(func(s *session) *optional { return &s.c.extendedRx })},
	{name: "CRA", since: v13, reply: (*session).setReceive},
	{name: "CF", reply: (*session).setPattern},
	{name: "CM", reply: (*session).setMask},
	{name: "AR", since: v12, reply: made(func(s *session) { s.c.filter = filter{} })},
	{name: "SR", since: v12, reply: heeded(2)},
	{name: "RA", since: v13, reply: heeded(2)},
	{name: "FCSH", since: v11, reply: (*session).setFlowHeader},
	{name: "FCSD", since: v11, reply: (*session).setFlowData},
	{name: "FCSM", since: v11, reply: (*session).setFlowMode},
	{name: "CAF", reply: toggle(func(s *session) *bool { return &s.c.format })},
	{name: "CFC", reply: toggle(func(s *session) *bool { return &s.c.flow })},
	{name: "CSM", since: v14b, reply: toggle(func(s *session) *bool { return &s.c.silent })},
	{name: "CS", reply: told(func(*session) string { return "T:00 R:00" })},
	{name: "V", since: v13, reply: toggle(func(s *session) *bool { return &s.c.variable })},
	{name: "D0", since: v13, reply: made(func(s *session) { s.c.lengths = false })},
	{name: "D1", since: v13, reply: made(func(s *session) { s.c.lengths = true })},
	{name: "RTR", since: v13, run: (*session).remote},
	{name: "MA", run: (*session).monitorAll},
	{name: "AMC", since: v20, reply: told((*session).activity)},

	{name: "ST", reply: octet((*session).setTimeout)},
	{name: "AT", since: v12, reply: (*session).setAdaptive},
	{name: "CTM", since: v21, reply: (*session).setTimes},

	{name: "RV", reply: told((*session).voltage)},
	{name: "IGN", since: v14, reply: told((*session).ignition)},
	{name: "LP", since: v14, run: (*session).lowPower},
	{name: "BRD", since: v12, run: (*session).divideBaud},
	{name: "BRT", since: v12, reply: octet((*session).setHandshake)},
	{name: "PPS", since: v11, reply: told(func(*session) string { return parameters })},
	{name: "PP", since: v11, reply: (*session).setParameter},
	{name: "SD", since: v14, reply: octet(func(s *session, b byte) { s.c.stored = b })},
	{name: "RD", since: v14, reply: told(func(s *session) string { return fmt.Sprintf("%02X", s.c.stored) })},

	{name: "KW", since: v13, reply: (*session).keyWords},
	{name: "SI", since: v14, run: (*session).slowInit},
	{name: "FI", since: v14, run: (*session).fastInit},
	{name: "SW", reply: octet(func(s *session, b byte) { s.c.keep.every = time.Duration(b) * keepUnit })},
	{name: "WM", reply: (*session).setKeepMessage},
	{name: "IB", reply: heeded(2)},
	{name: "IIA", since: v12, reply: heeded(2)},
	{name: "JE", since: v13, reply: heeded(0)},
	{name: "JS", since: v13, reply: heeded(0)},
	{name: "JTM", since: v14, reply: heeded(1)},
	{name: "JHF", since: v14, reply: heeded(1)},
	{name: "FE", since: v13, reply: heeded(0)},
	{name: "CV", reply: heeded(4)},
}

const keepUnit = 20 * time.Millisecond // of ATSW

// lose brings back all settings, as a reset does.
func (s *session) lose() {
	s.leave()
	fresh := newChip(s.model, s.opts.Seed)
	fresh.baud, fresh.chance, fresh.last = s.c.baud, s.c.chance, s.c.last
	*s.c = fresh
}

// reset is ATD.
func (s *session) reset(arg string) string {
	if arg != "" {
		return unknown
	}
	s.lose()
	return okay
}

// resetAll is ATZ, which brings back the speed of the power-up too.
func (s *session) resetAll(ctx context.Context, arg string) error {
	if arg != "" {
		return s.answer(ctx, unknown)
	}
	if s.joined {
		s.violated(RuleReset, "ATZ")
	}
	s.setBaud(s.model.baud)
	return s.restart(ctx, s.model.reset)
}

func (s *session) warmStart(ctx context.Context, arg string) error {
	if arg != "" {
		return s.answer(ctx, unknown)
	}
	if !s.fault.is("stale-warm-start") {
		return s.restart(ctx, s.model.warm)
	}
	if err := s.work(ctx, s.model.warm); err != nil {
		return err
	}
	return s.banner(ctx)
}

// restart loses the settings and tells its name.
func (s *session) restart(ctx context.Context, d time.Duration) error {
	s.lose()
	if err := s.work(ctx, d); err != nil {
		return err
	}
	return s.banner(ctx)
}

func (s *session) banner(ctx context.Context) error {
	if err := s.write(ctx, s.model.prefix+s.end()+s.end()); err != nil {
		return err
	}
	return s.answer(ctx, s.model.id)
}

// lowPower is ATLP, which says OK and gives no prompt.
func (s *session) lowPower(ctx context.Context, arg string) error {
	if arg != "" {
		return s.answer(ctx, unknown)
	}
	s.leave()
	s.c.asleep = true
	s.ready()
	return s.say(ctx, okay)
}

const waking = time.Second

// wake is what any byte does to a chip that sleeps.
func (s *session) wake(ctx context.Context) error {
	s.rest = nil
	s.c.asleep = false
	return s.restart(ctx, waking)
}

func (s *session) voltage() string {
	mv := 12600
	if s.opts.Supply != nil {
		mv = s.opts.Supply()
	}
	return fmt.Sprintf("%d.%dV", mv/1000, mv%1000/100)
}

func (s *session) ignition() string {
	if s.opts.Ignition == nil || s.opts.Ignition() {
		return "ON"
	}
	return "OFF"
}

// setParameter is a write to memory that no driver may do.
func (s *session) setParameter(arg string) string {
	s.violated(RuleParameter, "ATPP"+arg)
	return okay
}

// parameters are the programmable parameters as they leave the factory.
const parameters = `00:FF F  01:FF F  02:FF F  03:32 F
04:01 F  05:FF F  06:F1 F  07:09 F
08:FF F  09:00 F  0A:0A F  0B:FF F
0C:68 F  0D:0D F  0E:9A F  0F:FF F
10:0D F  11:00 F  12:00 F  13:32 F
14:FF F  15:0A F  16:FF F  17:92 F
18:00 F  19:28 F  1A:FF F  1B:FF F
1C:FF F  1D:FF F  1E:FF F  1F:FF F
20:FF F  21:FF F  22:FF F  23:FF F
24:00 F  25:00 F  26:00 F  27:FF F
28:FF F  29:FF F  2A:38 F  2B:02 F
2C:E0 F  2D:04 F  2E:80 F  2F:0A F`

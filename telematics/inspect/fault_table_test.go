package inspect_test

import (
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/telematics"
)

// Instead of an inspection.
const (
	busErrorsError = "bringup.BusErrorsError"
	noCarError     = "bringup.NoCarError"
)

// told says by which findings, or errors, a fault may be told: one of them
// must be there.
var told = map[string][]string{
	"answer-lost":             {"asked-again", "answer-lost"},
	"answers-held-up":         {"asked-again", "answer-late"},
	"every-fifth-answer-lost": {"asked-again", "answer-lost"},
	"flow-control-lost":       {"sequence-broken"},
	"frames-doubled":          {"sequence-broken", "broken-at-first"},
	"frames-lost-at-random":   {"asked-again", "answer-lost", "sequence-broken", "broken-at-first"},
	"request-lost":            {"asked-again", "answer-lost"},

	"error-burst":          {"frames-repeated", "bus-errors"},
	"frame-corrupted":      {"frames-repeated"},
	"frames-corrupted":     {"frames-repeated", "bus-errors", "bus-off"},
	"tester-bus-off":       {"bus-off"},
	"tester-error-passive": {"bus-errors"},

	"another-tester":      {"another-tester", busErrorsError},
	"babbling-node":       {"bus-full", busErrorsError},
	"empty-frames":        {"frames-ignored"},
	"fd-frames":           {busErrorsError, "fd-traffic"},
	"identifier-in-use":   {"identifier-shared", busErrorsError},
	"look-alike-answers":  {"two-speakers", "identifier-shared", busErrorsError},
	"remote-frames":       {"frames-ignored"},
	"wrong-bit-rate-node": {busErrorsError, "bus-errors"},

	"isotp-begins-again":          {"broken-at-first", "sequence-broken"},
	"isotp-empty-single-frame":    {"frames-ignored"},
	"isotp-first-frame-only":      {"sequence-broken"},
	"isotp-frame-cut":             {"frames-ignored"},
	"isotp-frame-missing":         {"broken-at-first", "sequence-broken"},
	"isotp-frame-repeated":        {"broken-at-first", "sequence-broken"},
	"isotp-frame-too-late":        {"broken-at-first", "sequence-broken"},
	"isotp-frames-swapped":        {"broken-at-first", "sequence-broken"},
	"isotp-length-too-long":       {"broken-at-first", "sequence-broken"},
	"isotp-length-too-short":      {"frames-ignored"},
	"isotp-overflow":              {"frames-ignored"},
	"isotp-pause":                 {"unit-slow"},
	"isotp-reserved-type":         {"broken-at-first", "sequence-broken"},
	"isotp-single-frame-too-long": {"frames-ignored"},
	"isotp-stray-frame":           {"frames-ignored"},
	"isotp-wait-for-ever":         {"frames-ignored"},
	"isotp-wrong-number":          {"broken-at-first", "sequence-broken"},

	"busy-at-first":    {"unit-busy-at-first"},
	"busy-for-ever":    {"unit-busy"},
	"pending-for-ever": {"pending-limit"},
	"pending-long":     {"unit-slow"},
	"pending-storm":    {"pending-limit"},
	"refuses-security": {"unit-refuses"},
	"refuses-service":  {"unit-refuses"},
	"session-lost":     {"session-lost"},
	"session-refused":  {"unit-refuses"},
	"unit-dies":        {"unit-lost"},
	"unit-late":        {"asked-again", "answer-late"},
	"unit-restarts":    {"unit-returned", "broken-at-first", "sequence-broken"},
	"unit-silent":      {"unit-silent"},

	"answer-cut":             {"answer-malformed"},
	"answer-of-one-byte":     {"wrong-did", "answer-malformed"},
	"answer-with-extra":      {"answer-malformed"},
	"answers-from-elsewhere": {"unit-silent"},
	"one-answer-behind":      {"answer-repeated", "answer-late"},
	"refusal-without-code":   {"answer-malformed", "wrong-did"},
	"stale-answers":          {"answer-repeated"},
	"two-speakers":           {"two-speakers"},
	"wrong-identifier":       {"wrong-did"},
	"wrong-service":          {"wrong-service"},

	"adapter-unplugged": {"adapter-failed"},
	"car-drives-off":    {"moved-off"},
	"car-falls-asleep":  {"fell-asleep"},
	"car-hard-to-wake":  {noCarError},
	"gateway-refuses":   {"unit-refuses"},
	"gateway-swallows":  {"unit-lost"},
	"ignition-off":      {"unit-lost"},
	"socket-pulled":     {"not-acknowledged"},
	"supply-collapses":  {"supply-stop"},
	"supply-sags":       {"supply-low"},
}

// toldIn are the cars in which a fault is told by something else.
//
// In the Leaf no unit tells a VIN, so a telematics unit that says nothing is
// one that nobody knows of. In the Mazda the engine's unit is the victim, of
// which nobody knows before it has answered.
var toldIn = map[string][]string{
	"nissan-leaf-2013 answers-from-elsewhere": {"nobody-answers"},
	"nissan-leaf-2013 unit-dies":              {"unit-silent"},
	"nissan-leaf-2013 unit-silent":            {"nobody-answers"},

	"no-telematics-2008 answers-from-elsewhere": {"vin-missing"},
	"no-telematics-2008 busy-at-first":          {"unit-busy"},
	"no-telematics-2008 unit-late":              {"vin-missing"},
	"no-telematics-2008 unit-silent":            {"vin-missing"},
	"no-telematics-2008 wrong-service":          {"asked-again"},
}

// provoked are the rules that a fault makes the tester break.
var provoked = map[string][]vecu.Rule{
	"another-tester": {vecu.RulePending, vecu.RuleTesterPresent}, // of the other one

	// 78 is lost, or late: the unit is at work and the tester does not know.
	"answers-held-up":             {vecu.RulePending},
	"every-fifth-answer-lost":     {vecu.RulePending},
	"frames-doubled":              {vecu.RulePending},
	"frames-lost-at-random":       {vecu.RulePending, vecu.RuleSession},
	"isotp-begins-again":          {vecu.RulePending},
	"isotp-empty-single-frame":    {vecu.RulePending},
	"isotp-first-frame-only":      {vecu.RulePending},
	"isotp-frame-repeated":        {vecu.RulePending},
	"isotp-frames-swapped":        {vecu.RulePending, vecu.RuleSession},
	"isotp-overflow":              {vecu.RulePending},
	"isotp-single-frame-too-long": {vecu.RulePending},
	"isotp-wait-for-ever":         {vecu.RulePending},

	// The tester gives the request up and leaves the session: the unit does not
	// hear of it.
	"pending-for-ever":       {vecu.RulePending},
	"pending-storm":          {vecu.RulePending},
	"isotp-frame-cut":        {vecu.RuleSession},
	"isotp-length-too-short": {vecu.RuleSession},
	"unit-restarts":          {vecu.RuleSession},
}

// met are the findings about units and buses that behave oddly: each tells of
// one fault at least.
var met = []telematics.FindingID{
	telematics.AskedAgain, telematics.BrokenAtFirst, telematics.AnswerLost, telematics.AnswerLate, telematics.AnswerRepeated,
	telematics.UnitSlow, telematics.UnitBusyAtFirst, telematics.UnitRefuses, telematics.UnitLost, telematics.UnitReturned,
	telematics.SessionLost, telematics.IdentifierShared, telematics.NobodyAnswers,
	telematics.FramesIgnored, telematics.FramesRepeated, telematics.AnotherTester, telematics.BusFull, telematics.FDTraffic,
	telematics.FellAsleep, telematics.MovedOff,
}

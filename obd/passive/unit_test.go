package passive_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/passive"
)

func TestEachFormOfAddressGivesItsUnit(t *testing.T) {
	tests := []struct {
		name, request, response, address string
	}{
		{"11-bit, legislated", "7E0#0322F190", "7E8#0562F1904142", "7E0/7E8"},
		{"11-bit, 8 above", "726#0322F190", "72E#0562F1904142", "726/72E"},
		{"11-bit, 6A above", "714#0322F190", "77E#0562F1904142", "714/77E"},
		{"11-bit, 20 above", "743#0322F190", "763#0562F1904142", "743/763"},
		{"11-bit, 280 below", "7B0#0322F190", "530#0562F1904142", "7B0/530"},
		{"11-bit, 100 below", "752#0322F190", "652#0562F1904142", "752/652"},
		{"11-bit, 400 above", "244#0322F190", "644#0562F1904142", "244/644"},
		{"11-bit, 8 above in 6xx", "660#0322F190", "668#0562F1904142", "660/668"},
		{"29-bit, normal fixed", "18DAC6F1#0322F190", "18DAF1C6#0562F1904142", "18DAC6F1/18DAF1C6"},
		{"extended, address of the other side", "6F1#610322F190", "661#F10562F1904142", "6F1:61/661:F1"},
		{"extended, target like a first frame", "6F1#120322F190", "612#F10562F1904142", "6F1:12/612:F1"},
		{"mixed, one address byte", "750#C70322F190", "758#C70562F1904142", "750:C7/758:C7"},
		{"mixed, legislated", "7E0#550322F190", "7E8#550562F1904142", "7E0:55/7E8:55"},
		{"29-bit, mixed", "18CE40F1#AB0322F190", "18CEF140#AB0562F1904142", "18CE40F1:AB/18CEF140:AB"},
		{"29-bit, extended", "18DA40F1#400322F190", "18DAF140#F10562F1904142", "18DA40F1:40/18DAF140:F1"},
		{"extended, 8 above", "7A0#550322F190", "7A8#F10562F1904142", "7A0:55/7A8:F1"},
		{"extended, CAN FD", "6F1##0610322F190", "661##0F10562F1904142", "6F1:61/661:F1@fd"},
		{"29-bit, CAN FD", "18DAC6F1##00322F190", "18DAF1C6##00562F1904142", "18DAC6F1/18DAF1C6@fd"},
		{"CAN FD", "7E0##00322F190", "7E8##00562F1904142", "7E0/7E8@fd"},
		{"CAN FD, long single frame", "7E0##00322F190", "7E8##0000A62F19041424344454647", "7E0/7E8@fd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := newTape(t).add(tt.request, tt.response).unit(tt.address)
			require.Equal(t, []passive.Outcome{passive.Answered}, outcomes(u))
			require.Equal(t, []byte{0x22, 0xF1, 0x90}, u.Exchanges[0].Request)
			require.Equal(t, []byte{0x62, 0xF1, 0x90, 0x41, 0x42}, u.Exchanges[0].Response[:5])
		})
	}
}

func TestLongMessagesBothWays(t *testing.T) {
	r := newTape(t)
	start := r.now
	u := r.add("7E0#10092EF190414243", "7E8#300000", "7E0#2144454600000000", "7E8#036EF190AAAAAAAA",
		"7E0#0322F19000000000", "7E8#100962F190414243", "7E0#3000000000000000", "7E8#2144454655555555").unit("7E0/7E8")
	require.Empty(t, cmp.Diff([]passive.Exchange{
		{
			Request: []byte("\x2E\xF1\x90ABCDEF"), Response: []byte{0x6E, 0xF1, 0x90},
			Sent: start.Add(2 * step), First: start.Add(3 * step), Last: start.Add(3 * step),
		},
		{
			Request: []byte{0x22, 0xF1, 0x90}, Response: []byte("\x62\xF1\x90ABCDEF"),
			Sent: start.Add(4 * step), First: start.Add(5 * step), Last: start.Add(7 * step),
		},
	}, u.Exchanges))
}

// Each conversation below follows one exchange that makes the unit known.
func TestWhatBecomesOfARequest(t *testing.T) {
	known := []string{"7E0#0322F18C", "7E8#0462F18C01"}
	end := func(r *tape) { r.after(time.Minute).add("3B3#0000") }
	tests := []struct {
		name   string
		frames func(r *tape)
		want   []passive.Outcome
	}{
		{"negative answer", func(r *tape) { r.add("7E0#0322F190", "7E8#037F2231") }, []passive.Outcome{passive.Refused}},
		{"78, then positive", func(r *tape) { r.add("7E0#0322F190", "7E8#037F2278", "7E8#0462F19041") }, []passive.Outcome{passive.Answered}},
		{"78, then negative", func(r *tape) { r.add("7E0#0322F190", "7E8#037F2278", "7E8#037F2222") }, []passive.Outcome{passive.Refused}},
		{"78 and no more", func(r *tape) { end(r.add("7E0#0322F190", "7E8#037F2278")) }, []passive.Outcome{passive.Silent}},
		{"no answer", func(r *tape) { end(r.add("7E0#0322F190")) }, []passive.Outcome{passive.Silent}},
		{"no answer, asked again", func(r *tape) { r.add("7E0#0322F190", "7E0#0322F190", "7E8#0462F19041") }, []passive.Outcome{passive.Silent, passive.Answered}},
		{"answer to another request", func(r *tape) { end(r.add("7E0#0322F190", "7E8#0462F19141")) }, []passive.Outcome{passive.Silent}},
		{"positive answer suppressed", func(r *tape) { end(r.add("7E0#023E80", "7E0#021083")) }, []passive.Outcome{passive.Quiet, passive.Quiet}},
		{"positive answer suppressed in KWP", func(r *tape) { end(r.add("7E0#023E02")) }, []passive.Outcome{passive.Quiet}},
		{"suppressed, but refused", func(r *tape) { r.add("7E0#021083", "7E8#037F1022") }, []passive.Outcome{passive.Refused}},
		{"suppressed, but answered after 78", func(r *tape) { r.add("7E0#021083", "7E8#037F1078", "7E8#065003003201F4") }, []passive.Outcome{passive.Answered}},
		{"suppressed, and 78 was the last word", func(r *tape) { end(r.add("7E0#021083", "7E8#037F1078")) }, []passive.Outcome{passive.Silent}},
		{"end of the recording", func(r *tape) { r.add("7E0#0322F190") }, []passive.Outcome{passive.Cut}},
		{"end of the recording within an answer", func(r *tape) { r.add("7E0#0322F190", "7E8#101462F190414243", "7E0#300000") }, []passive.Outcome{passive.Torn}},
		{"lost consecutive frame", func(r *tape) {
			r.add("7E0#0322F190", "7E8#101462F190414243", "7E0#300000", "7E8#2244454647484950", "7E0#0322F18C", "7E8#0462F18C01")
		}, []passive.Outcome{passive.Torn, passive.Answered}},
		{"an unknown frame amid an answer", func(r *tape) {
			r.add("7E0#0322F190", "7E8#100962F190414243", "7E8#FF", "7E8#2144454600000000", "7E0#0322F18C", "7E8#0462F18C01")
		}, []passive.Outcome{passive.Torn, passive.Answered}},
		{"lost frame of the request", func(r *tape) {
			r.add("7E0#10142EF190414243", "7E8#300000", "7E0#2244454647484950", "7E8#036EF190")
		}, []passive.Outcome{passive.Torn}},
		{"lost flow control", func(r *tape) { r.add("7E0#0322F190", "7E8#100962F190414243", "7E8#21444546") }, []passive.Outcome{passive.Answered}},
		{"lost first frame", func(r *tape) {
			end(r.add("7E0#0322F190", "7E0#300000", "7E8#2144454647484950", "7E8#2251525354555657"))
		}, []passive.Outcome{passive.Silent}},
		{"of two DIDs the unit has the second", func(r *tape) { r.add("7E0#0522F190F18C", "7E8#0462F18C41") }, []passive.Outcome{passive.Answered}},
		{"of two PIDs the unit has the second", func(r *tape) { r.add("7E0#03010C0D", "7E8#03410D00") }, []passive.Outcome{passive.Answered}},
		{"sub-function without its bit 7", func(r *tape) { r.add("7E0#021982", "7E8#055902FF0102") }, []passive.Outcome{passive.Answered}},
		{"another sub-function", func(r *tape) { end(r.add("7E0#021902", "7E8#055901FF0102")) }, []passive.Outcome{passive.Silent}},
		{"another block", func(r *tape) { r.add("7E0#033601AA", "7E8#027602") }, []passive.Outcome{passive.Answered}},
		{"bit 7 of a local identifier", func(r *tape) { end(r.add("7E0#022181", "7E8#03610100")) }, []passive.Outcome{passive.Silent}},
		{"bit 7 of the second byte", func(r *tape) { end(r.add("7E0#0431010280", "7E8#0471010200")) }, []passive.Outcome{passive.Answered}},
		{"service without sub-function", func(r *tape) { end(r.add("7E0#0120")) }, []passive.Outcome{passive.Silent}},
		{"KWP session", func(r *tape) { r.add("7E0#021081", "7E8#025081") }, []passive.Outcome{passive.Answered}},
		{"KWP tester present", func(r *tape) { r.add("7E0#023E01", "7E8#017E") }, []passive.Outcome{passive.Answered}},
		{"trouble codes of J1979", func(r *tape) { r.add("7E0#0103", "7E8#0443010301") }, []passive.Outcome{passive.Answered}},
		{"reset", func(r *tape) { r.add("7E0#021101", "7E8#025101") }, []passive.Outcome{passive.Answered}},
		{"error and remote frames between", func(r *tape) { r.add("7E0#0322F190", "20000080#0000000000000000", "7E0#R8", "7E8#0462F19041") }, []passive.Outcome{passive.Answered}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newTape(t).add(known...)
			tt.frames(r)
			require.Equal(t, append([]passive.Outcome{passive.Answered}, tt.want...), outcomes(r.unit("7E0/7E8")))
		})
	}
}

func TestATornAnswerHoldsWhatThereIsOfIt(t *testing.T) {
	u := newTape(t).add("7E0#0322F190", "7E8#101462F190414243", "7E0#300000", "7E8#2144454647484950", "7E8#2344454647484950").unit("7E0/7E8")
	require.Equal(t, []byte("\x62\xF1\x90ABCDEFGHIP"), u.Exchanges[0].Response)
}

func TestPendingAnswersAreCounted(t *testing.T) {
	u := newTape(t).add("7E0#0322F190", "7E8#037F2278", "7E8#037F2278", "7E8#0462F19041").unit("7E0/7E8")
	require.Equal(t, 2, u.Exchanges[0].Pending)
}

// P2* of 5 s and a second for gateways, from the request's last frame or the
// last 78.
func TestAnAnswerHasItsTime(t *testing.T) {
	const limit = 6 * time.Second
	known := []string{"7E0#0322F18C", "7E8#0462F18C01"}
	for name, asked := range map[string][]string{
		"request": {"7E0#0322F190"}, "78": {"7E0#0322F190", "7E8#037F2278"},
		"long request": {"7E0#10092EF190414243", "7E8#300000", "7E0#21444546"},
	} {
		answer := map[bool]string{false: "7E8#0462F19041", true: "7E8#036EF190"}[name == "long request"]
		t.Run(name, func(t *testing.T) {
			in := newTape(t).add(known...).add(asked...).after(limit - 1).add(answer).unit("7E0/7E8")
			require.Equal(t, passive.Answered, in.Exchanges[1].Outcome)
			late := newTape(t).add(known...).add(asked...).after(limit + 1).add(answer).unit("7E0/7E8")
			require.Equal(t, passive.Silent, late.Exchanges[1].Outcome)

			cut := newTape(t).add(known...).add(asked...).after(limit - 1).add("3B3#00").unit("7E0/7E8")
			require.Equal(t, passive.Cut, cut.Exchanges[1].Outcome)
			over := newTape(t).add(known...).add(asked...).after(limit + 1).add("3B3#00").unit("7E0/7E8")
			require.Equal(t, passive.Silent, over.Exchanges[1].Outcome)
		})
	}
}

// N_Bs and N_Cr of a second each.
func TestTheFramesOfAMessageFollowEachOther(t *testing.T) {
	long := func(pause time.Duration) passive.Outcome {
		r := newTape(t).add("7E0#0322F190", "7E8#100962F190414243", "7E0#300000").after(pause - step).add("7E8#21444546")
		return r.unit("7E0/7E8").Exchanges[0].Outcome
	}
	require.Equal(t, passive.Answered, long(2*time.Second-1))
	require.Equal(t, passive.Torn, long(2*time.Second+1))
}

func TestAClockThatRunsBackwardsDoesNoHarm(t *testing.T) {
	u := newTape(t).add("7E0#0322F190").after(-time.Hour).add("7E8#0462F19041").unit("7E0/7E8")
	require.Equal(t, []passive.Outcome{passive.Answered}, outcomes(u))
}

func TestAnswersFromBeforeTheRecordingAreOrphans(t *testing.T) {
	u := newTape(t).add("7E8#0462F19041", "7E0#0322F190", "7E8#0462F19041").unit("7E0/7E8")
	require.Equal(t, 1, u.Orphans)
	require.Len(t, u.Exchanges, 1)

	u = newTape(t).add("7E8#037F2278", "7E8#0462F19041", "7E0#0322F190", "7E8#0462F19041", "7E0#0322F190", "7E8#0462F19041",
		"7E0#0322F190", "7E8#0462F19041").unit("7E0/7E8")
	require.Equal(t, 1, u.Orphans, "a 78 is no answer yet")

	u = newTape(t).add("7E0#0322F190", "7E8#0462F19041", "7E8#0462F19041").unit("7E0/7E8")
	require.Zero(t, u.Orphans, "an answer given twice")

	u = newTape(t).add("7E8#2B44454647484950", "7E8#2C44454647484950", "7E8#2D44454647484950", "7E0#0322F190", "7E8#0462F19041").unit("7E0/7E8")
	require.Zero(t, u.Orphans, "what it was does not show")
}

func TestUnitsComeInTheOrderOfTheirFirstRequests(t *testing.T) {
	r := newTape(t).add("7E1#0322F190", "726#0322F190", "72E#0462F19041", "7E9#0462F19041", "7E0#0322F190", "7E8#0462F19041")
	require.Equal(t, []string{"7E1/7E9", "726/72E", "7E0/7E8"}, addresses(r.units()))
}

func TestUnitsMayBeAskedForAtAnyTime(t *testing.T) {
	l := passive.NewListener()
	require.Empty(t, l.Units())
	r := newTape(t).add("7E0#0322F190", "7E8#0462F19041", "7E0#0322F18C", "7E8#0462F18C41")
	for i := range r.frames {
		l.Observe(&r.frames[i])
		for _, u := range l.Units() {
			u.Exchanges[0].Request[0] = 0xFF // the caller's own
		}
	}
	require.Empty(t, cmp.Diff(r.units(), l.Units()))
}

func TestOutcomesHaveNames(t *testing.T) {
	for outcome, name := range map[passive.Outcome]string{
		passive.Answered: "answered", passive.Refused: "refused", passive.Torn: "torn",
		passive.Silent: "silent", passive.Quiet: "quiet", passive.Cut: "cut",
		passive.Unasked: "unasked", passive.Unasked + 1: "unasked",
	} {
		require.Equal(t, name, outcome.String())
	}
}

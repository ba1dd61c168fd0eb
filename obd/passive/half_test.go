package passive_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/passive"
)

func wheres(units []passive.Unit) (all []string) {
	for _, u := range units {
		all = append(all, u.Where())
	}
	return all
}

// alone plays whole answers, without the requests and their flow control.
func alone(r *tape, head string, answers ...string) *tape {
	for _, a := range answers {
		r.add(segments(head, []byte(a))...)
	}
	return r
}

const (
	longVIN    = "\x62\xF1\x90WBA5R1C50KAE12345"
	longSerial = "\x62\xF1\x8C0123456789"
)

func TestAnswersAlone(t *testing.T) {
	tests := []struct {
		name, head string
		answers    []string
		want       string
	}{
		{"reserved, a long one", "7E8#", []string{longVIN}, "7E0/7E8"},
		{"reserved, a long one of KWP", "7EF#", []string{"\x61\x81WBA5R1C50KAE12345"}, "7E7/7EF"},
		{"reserved, a long one of OBD", "7E9#", []string{"\x49\x02\x01WBA5R1C50KAE12345"}, "7E1/7E9"},
		{"reserved, short ones of three names and two lengths", "7E8#", []string{"\x41\x0C\x1A\xF8", "\x41\x0D\x00", "\x41\x05\x6E"}, "7E0/7E8"},
		{"reserved, short ones of two names", "7E8#", []string{"\x41\x0C\x1A\xF8", "\x41\x0D\x00", "\x41\x0C\x1A\xF9"}, ""},
		{"reserved, short ones of one length", "7E8#", []string{"\x41\x0D\x00", "\x41\x05\x6E", "\x41\x04\x6E", "\x41\x06\x6E"}, ""},
		{"reserved, refusals", "7E8#", []string{"\x7F\x22\x31", "\x7F\x22\x12", "\x7F\x19\x11", "\x7F\x1A\x11"}, ""},
		{"reserved, a long one that names nothing", "7E8#", []string{"\x59\x02\xFF\x01\x02\x03\x04\x05\x06\x07\x08"}, ""},
		{"29 bits", "18DAF110#", []string{longVIN}, "18DA10F1/18DAF110"},
		{"29 bits, CAN FD", "18DAF110##0", []string{longVIN}, "18DA10F1/18DAF110@fd"},
		{"29 bits, mixed", "18CEF140#AB", []string{longVIN}, "18CE40F1:AB/18CEF140:AB"},
		{"29 bits, mixed, without address byte", "18CEF140#", []string{longVIN, longSerial}, ""},
		{"29 bits, to no tester", "18DA4010#", []string{longVIN, longSerial}, ""},
		{"29 bits, elsewhere", "17FE0010#", []string{longVIN, longSerial}, ""},
		{"extended", "661#F1", []string{longVIN}, "6F1:61/661:F1"},
		{"extended, to no tester", "661#40", []string{longVIN, longSerial}, ""},
		{"usual, two long ones", "72E#", []string{longVIN, longSerial}, "?/72E"},
		{"usual, one long one", "72E#", []string{longVIN}, ""},
		{"usual, one long one again and again", "72E#", []string{longVIN, longVIN, longVIN, longVIN}, ""},
		{"usual, a long one that changes", "72E#", []string{"\x61\x03123456", "\x61\x03123457", "\x61\x03123458"}, "?/72E"},
		{"usual, a long one that changes once", "72E#", []string{"\x61\x03123456", "\x61\x03123457"}, ""},
		{"usual, a long one and three short ones", "72E#", []string{longVIN, "\x62\x00\x011", "\x62\x00\x021", "\x62\x00\x031"}, "?/72E"},
		{"usual, mixed", "758#C7", []string{longVIN, longSerial}, "?/758:C7"},
		{"GM's", "644#", []string{"\x5A\x90WBA5R1C50KAE12345", "\x5A\xB40123456789"}, "?/644"},
		{"elsewhere", "5A0#", []string{longVIN, longSerial}, ""},
		{"a request identifier", "7E0#", []string{longVIN, longSerial}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			units := alone(newTape(t), tt.head, tt.answers...).units()
			if tt.want == "" {
				require.Empty(t, wheres(units))
				return
			}
			require.Equal(t, []string{tt.want}, wheres(units))
			require.Equal(t, passive.OnlyAnswers, units[0].Heard)
			require.Equal(t, len(tt.answers), units[0].Orphans)
			for _, x := range units[0].Exchanges {
				require.Equal(t, passive.Unasked, x.Outcome)
				require.Nil(t, x.Request)
				require.Contains(t, tt.answers, string(x.Response))
			}
		})
	}
}

func TestManyShortAnswersAloneWhereMakersHaveThem(t *testing.T) {
	r := newTape(t)
	for n := range 8 {
		r.none()
		r.add(segments("72E#", append([]byte{0x62, 0x41, byte(n)}, make([]byte, 1+n%2)...))...)
	}
	require.Equal(t, []string{"?/72E"}, wheres(r.units()))
}

func TestWhatIsKeptOfAnswersAlone(t *testing.T) {
	r := newTape(t)
	start := r.now
	units := alone(r, "7E8#", "\x62\xF1\x90ABCDEF", "\x59\x02\xFF", "\x62\xF1\x90ABCDEG", "\x61\x03X", "\x7F\x22\x31").units()
	require.Empty(t, cmp.Diff([]passive.Exchange{
		{Response: []byte("\x62\xF1\x90ABCDEF"), Outcome: passive.Unasked, First: start, Last: start.Add(step)},
		{Response: []byte("\x61\x03X"), Outcome: passive.Unasked, First: start.Add(5 * step), Last: start.Add(5 * step)},
	}, units[0].Exchanges))
	require.Equal(t, 5, units[0].Orphans)
	require.Equal(t, []byte{0x22, 0xF1, 0x90}, units[0].Exchanges[0].Asked())
	require.Equal(t, []byte{0x21, 0x03}, units[0].Exchanges[1].Asked())
}

// An answer of several identifiers begins like that of its first one.
func TestOfAnswersOfOneNameTheShorterIsKept(t *testing.T) {
	both, one := "\x62\xF1\x90ABCDEF\xF1\x8C1", "\x62\xF1\x90ABCDEF"
	for _, answers := range [][]string{{both, one}, {one, both}} {
		units := alone(newTape(t), "7E8#", answers...).units()
		require.Len(t, units, 1)
		require.Equal(t, one, string(units[0].Exchanges[0].Response))
	}
}

func TestATornAnswerAloneIsReplacedByAWholeOne(t *testing.T) {
	r := newTape(t).add("7E8#100962F190414243", "7E8#2244454600000000")
	require.Empty(t, r.units(), "it proves nothing")
	alone(r, "7E8#", longSerial)
	units := r.units()
	require.Equal(t, []passive.Outcome{passive.Torn, passive.Unasked}, outcomes(units[0]))
	require.Equal(t, []byte{0x22, 0xF1, 0x90}, units[0].Exchanges[0].Asked())
	units = alone(r, "7E8#", "\x62\xF1\x90ABCDEF").units()
	require.Equal(t, []passive.Outcome{passive.Unasked, passive.Unasked}, outcomes(units[0]))
}

func TestNearlyEverythingAloneMustBeAnswers(t *testing.T) {
	r := alone(newTape(t), "7E8#", longVIN, longSerial, longVIN)
	r.add("7E8#FF", "7E8#FF")
	require.Equal(t, []string{"7E0/7E8"}, wheres(r.units()))
	r.add("7E8#FF").none()
}

func TestTheDialectOfAnswersAlone(t *testing.T) {
	for want, answers := range map[passive.Dialect][]string{
		passive.UDS:   {longVIN},
		passive.KWP:   {"\x61\x81WBA5R1C50KAE12345"},
		passive.J1979: {"\x49\x02\x01WBA5R1C50KAE12345"},
		"":            {"\x5A\x90WBA5R1C50KAE12345"},
	} {
		require.Equal(t, want, alone(newTape(t), "7E8#", answers...).units()[0].Dialect)
	}
	gm := alone(newTape(t), "644#", "\x5A\x90WBA5R1C50KAE12345", "\x5A\xB40123456789").units()
	require.Equal(t, passive.GMLAN, gm[0].Dialect)
}

func TestRequestsAlone(t *testing.T) {
	tests := []struct {
		name   string
		frames []string
		want   string
	}{
		{"three of two services", []string{"7E0#023E00", "7E0#0322F190", "7E0#0322F18C"}, "7E0/7E8"},
		{"two", []string{"7E0#023E00", "7E0#0322F190"}, ""},
		{"one again and again", []string{"7E0#0322F190", "7E0#0322F190", "7E0#0322F190", "7E0#0322F190"}, ""},
		{"of one service", []string{"7E0#0322F190", "7E0#0322F18C", "7E0#0322F187", "7E0#0322F195"}, "7E0/7E8"},
		{"of one service, counting", []string{"7E0#0322F190", "7E0#0322F191", "7E0#0322F192", "7E0#0322F193"}, ""},
		{"of one service, counting over", []string{"7E0#0322F1FE", "7E0#0322F1FF", "7E0#0322F100", "7E0#0322F101"}, ""},
		{"29 bits", []string{"18DA10F1#023E00", "18DA10F1#0322F190", "18DA10F1#0322F18C"}, "18DA10F1/18DAF110"},
		{"29 bits, from no tester", []string{"18DA1040#023E00", "18DA1040#0322F190", "18DA1040#0322F18C"}, ""},
		{"extended", []string{"6F1#61023E00", "6F1#610322F190", "6F1#610322F18C"}, "6F1:61/661:F1"},
		{"with flow control for answers", []string{"7E0#023E00", "7E0#0322F190", "7E0#300000", "7E0#0322F18C", "7E0#300000"}, "7E0/7E8"},
		{"to a group", []string{"7DF#02010C", "7DF#02010D", "7DF#020902", "7DF#0103"}, ""},
		{"to an extended group", []string{"6F1#DF023E00", "6F1#DF0322F190", "6F1#DF0322F18C"}, ""},
		{"usual, a few", []string{"726#023E00", "726#0322F190", "726#0322F18C"}, ""},
		{"usual, eight of three services", []string{
			"726#021003", "726#023E00", "726#0322F190", "726#0322F18C", "726#0322F187", "726#0322F188", "726#0322F191", "726#0322F195",
		}, "726/?"},
		{"mixed, eight of three services", []string{
			"750#C7021003", "750#C7023E00", "750#C70322F190", "750#C70322F18C", "750#C70322F187", "750#C70322F188", "750#C70322F191", "750#C70322F195",
		}, "750:C7/?"},
		{"a response identifier", []string{"7E8#023E00", "7E8#0322F190", "7E8#0322F18C"}, ""},
		{"elsewhere", []string{
			"326#021003", "326#023E00", "326#0322F190", "326#0322F18C", "326#0322F187", "326#0322F188", "326#0322F191", "326#0322F195",
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			units := newTape(t).add(tt.frames...).units()
			if tt.want == "" {
				require.Empty(t, wheres(units))
				return
			}
			require.Equal(t, []string{tt.want}, wheres(units))
			require.Equal(t, passive.OnlyRequests, units[0].Heard)
			require.Equal(t, passive.UDS, units[0].Dialect)
			for _, x := range units[0].Exchanges {
				require.Contains(t, []passive.Outcome{passive.Silent, passive.Cut}, x.Outcome)
				require.Equal(t, x.Request, x.Asked())
			}
		})
	}
}

func TestManyRequestsAloneAreCounted(t *testing.T) {
	r := newTape(t)
	for n := range 100 {
		r.add("7E0#023E00", fmt.Sprintf("7E0#0322%04X", n*n))
	}
	u := r.unit("7E0/7E8")
	require.Equal(t, 200, len(u.Exchanges)+u.Skipped)
}

// Where others answer, one that does not is silent, not unheard.
func TestAUnitThatIsSilentAmongOthersIsNotHalfHeard(t *testing.T) {
	silent := []string{"7E5#023E00", "7E5#0322F190", "7E5#0322F18C"}
	newTape(t).add(silent...).add("7E0#0322F190", "7E8#0462F19041").unit("7E0/7E8")
	alone(newTape(t).add(silent...), "7E9#", longVIN).unit("7E1/7E9")
}

// Requests of which the first frame is missing are none, and their answers are
// to nothing.
func TestARequestWithoutItsFirstFrame(t *testing.T) {
	r := newTape(t).add("7E0#0322F190", "7E8#0462F19041", "7E0#2144454600000000", "7E8#036EF190", "7E0#0322F18C", "7E8#0462F18C41")
	u := r.unit("7E0/7E8")
	require.Equal(t, map[string]int{"22 answered": 2}, tally(u))
}

// The real recordings, of which one direction is left.
func TestHalvesOfRealConversations(t *testing.T) {
	only := func(frames []can.Rx, id uint32) []passive.Unit {
		var left []can.Rx
		for _, rx := range frames {
			if rx.Frame.ID == id || rx.Frame.ID < 0x700 {
				left = append(left, rx)
			}
		}
		return hear(left)
	}
	ford := candump(t, shared(t, "eldominio-canbuslogs/gt350-fuelpumponoff.candump.log"))
	answers := only(ford, 0x72E)
	require.Equal(t, []string{"?/72E"}, wheres(answers))
	require.Equal(t, passive.UDS, answers[0].Dialect)
	require.Equal(t, 431, answers[0].Orphans)
	require.Len(t, answers[0].Exchanges, 37)

	mitsubishi := trc(t, shared(t, "eldominio-canbuslogs/evox-newww-idle.trc"))
	answers = only(mitsubishi, 0x785)
	require.Equal(t, []string{"?/785"}, wheres(answers))
	require.Equal(t, passive.KWP, answers[0].Dialect)
	require.Empty(t, only(mitsubishi, 0x784), "one request again and again may be any cyclic frame")
}

// Nothing that counts or stays makes half a conversation, wherever it is.
func TestCyclicFramesAreNoHalfOfAConversation(t *testing.T) {
	bodies := [][]byte{
		{4, 0x41, 0x0C, 0x1A, 0xF8, 0, 0, 0},
		{5, 0x62, 0xF1, 0x90, 1, 2, 0, 0},
		{4, 0x61, 3, 1, 2, 0, 0, 0},
		{0x10, 0x0A, 0x62, 0xF1, 0x90, 1, 2, 3},
		{0x21, 1, 2, 3, 4, 5, 6, 7},
		{3, 0x22, 0xF1, 0x90, 0, 0, 0, 0},
		{2, 0x01, 0x0C, 0, 0, 0, 0, 0},
		{2, 0x3E, 0, 0, 0, 0, 0, 0},
	}
	for _, id := range []uint32{0x7E0, 0x7E8, 0x726, 0x72E, 0x644, 0x244, 0x18DA10F1, 0x18DAF110} {
		for _, body := range bodies {
			for at := range 9 {
				frames := drive(cyclic{id, 20 * time.Millisecond, func(n int) []byte {
					b := append([]byte(nil), body...)
					if at < 8 {
						b[at] += byte(n)
					}
					return b
				}})
				require.Empty(t, wheres(hear(frames)), "%X %X counting at %d", id, body, at)
			}
		}
	}
}

// Random bytes make no unit, not even at the identifiers of diagnosis.
func TestRandomFramesMakeNoUnit(t *testing.T) {
	ids := []uint32{0x7DF, 0x7E0, 0x7E8, 0x726, 0x72E, 0x6F1, 0x661, 0x750, 0x758, 0x244, 0x644, 0x18DA10F1, 0x18DAF110, 0x18DB33F1}
	for seed := range uint64(100) {
		rnd := rand.New(rand.NewPCG(seed, 4))
		var frames []can.Rx
		for n := range 5000 {
			b := make([]byte, 8)
			for i := range b {
				b[i] = byte(rnd.IntN(256))
			}
			if seed%2 == 1 {
				b[0] = byte(rnd.IntN(0x40)) // all of them shaped like ISO-TP
			}
			id := ids[rnd.IntN(len(ids))]
			frames = append(frames, can.Rx{Frame: can.NewFrame(id, b...), Time: time.UnixMilli(int64(n) * 3)})
		}
		require.Empty(t, wheres(hear(frames)), "seed %d", seed)
	}
}

func TestAnswersAloneAreBounded(t *testing.T) {
	l := passive.NewListener()
	did := 0
	kept := flood(l, 600_000, func(i int) can.Frame {
		if i%9 == 0 {
			did++
			return can.NewFrame(0x7E8, 0x10, 60, 0x62, byte(did>>8), byte(did), byte(i), byte(i>>8), 0)
		}
		return can.NewFrame(0x7E8, 0x20|byte(i%9), 1, 2, 3, 4, 5, 6, 7)
	})
	require.Less(t, kept, uint64(128<<20))
	require.Equal(t, []string{"7E0/7E8"}, wheres(l.Units()))
}

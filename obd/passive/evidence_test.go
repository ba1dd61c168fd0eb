package passive_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/passive"
)

func TestHowMuchConvinces(t *testing.T) {
	tests := []struct {
		name   string
		frames []string
		want   []string
	}{
		{"reserved, one byte", []string{"7E0#0104", "7E8#0144"}, nil},
		{"reserved, two bytes", []string{"7E0#023E00", "7E8#027E00"}, []string{"7E0/7E8"}},
		{"reserved, refusal", []string{"7E0#023E00", "7E8#037F3E11"}, []string{"7E0/7E8"}},
		{"reserved, 78 alone", []string{"7E0#0322F190", "7E8#037F2278"}, nil},
		{"usual, two bytes", []string{"726#023E00", "72E#027E00"}, nil},
		{"usual, two bytes again and again", []string{"726#023E00", "72E#027E00", "726#023E00", "72E#027E00", "726#023E00", "72E#027E00"}, nil},
		{"usual, three bytes", []string{"726#0322F190", "72E#0462F19041"}, []string{"726/72E"}},
		{"usual, two bytes in a long answer", []string{"726#022103", "72E#1008610300000000", "72E#21000000"}, nil},
		{"usual, two bytes and flow control", []string{"726#022103", "72E#1008610300000000", "726#300000", "72E#21000000"}, []string{"726/72E"}},
		{"usual, an answer that changes with its request", []string{"726#013E", "72E#017E", "726#0104", "72E#0144"}, []string{"726/72E"}},
		{"stranger, one exchange", []string{"710#0322F190", "7D0#0462F19041"}, nil},
		{"stranger, one exchange after 78", []string{"710#0322F190", "7D0#037F2278", "7D0#0462F19041"}, nil},
		{"stranger, the same exchange twice", []string{"710#0322F190", "7D0#0462F19041", "710#0322F190", "7D0#0462F19041"}, nil},
		{"stranger, two exchanges", []string{"710#0322F190", "7D0#0462F19041", "710#0322F18C", "7D0#0462F18C41"}, []string{"710/7D0"}},
		{"stranger, two exchanges that foretell little", []string{"710#021000", "7D0#025000", "710#021011", "7D0#025011"}, nil},
		{"stranger, three exchanges that foretell little", []string{"710#021000", "7D0#025000", "710#021011", "7D0#025011", "710#021003", "7D0#025003"}, []string{"710/7D0"}},
		{"stranger, refusal and answer", []string{"710#0322F190", "7D0#037F2231", "710#0322F18C", "7D0#0462F18C41"}, []string{"710/7D0"}},
		{"stranger, a long answer with flow control", []string{"710#022103", "7D0#100A610300000000", "710#300000", "7D0#2100000000"}, []string{"710/7D0"}},
		{"stranger, the same long request twice", []string{
			"710#10082EF190414243", "710#214445", "7D0#036EF190", "710#10082EF190414243", "710#214445", "7D0#036EF190",
		}, nil},
		{"stranger, the same long request twice, with flow control", []string{
			"710#10082EF190414243", "7D0#300000", "710#214445", "7D0#036EF190", "710#10082EF190414243", "7D0#300000", "710#214445", "7D0#036EF190",
		}, []string{"710/7D0"}},
		{"stranger, flow control from a third", []string{"710#022103", "7D0#100A610300000000", "711#300000", "7D0#2100000000"}, nil},
		{"stranger, flow control behind the answer", []string{"710#022103", "7D0#100A610300000000", "7D0#2100000000", "710#300000"}, nil},
		{"stranger, flow control amid the answer", []string{"710#022103", "7D0#1014610300000000", "7D0#2100000000000000", "710#300000", "7D0#2200000000000000"}, nil},
		{"stranger, flow control for what was not asked", []string{"710#022103", "7D0#03610300", "7D0#100A610400000000", "710#300000"}, nil},
		{"6A above, up to 77F", []string{"77F#0322F190", "7E9#0462F19041"}, []string{"77F/7E9"}},
		{"6A above, from 780", []string{"780#0322F190", "7EA#0462F19041"}, nil},
		{"escape form with a short length", []string{"7E0#022103", "7E8#1000000000096103"}, nil},
		{"escape form", []string{"7E0#022103", "7E8#1000000010006103"}, []string{"7E0/7E8"}},
		{"29-bit strangers", []string{"17FC0010#0322F190", "17FE0010#0462F19041", "17FC0010#0322F18C", "17FE0010#0462F18C41"}, []string{"17FC0010/17FE0010"}},
		{"29-bit, other target", []string{"18DA10F1#0322F190", "18DAF111#0462F19041", "18DA10F1#0322F18C", "18DAF111#0462F18C41"}, nil},
		{"29-bit, other tester", []string{"18DA10F1#0322F190", "18DAF210#0462F19041", "18DA10F1#0322F18C", "18DAF210#0462F18C41"}, nil},
		{"29-bit, fixed and not", []string{"18DA10F1#0322F190", "17FE0010#0462F19041", "18DA10F1#0322F18C", "17FE0010#0462F18C41"}, nil},
		{"11-bit and 29-bit", []string{"7E0#0322F190", "18DAF110#0462F19041", "7E0#0322F18C", "18DAF110#0462F18C41"}, nil},
		{"extended, foreign address byte", []string{"6F1#610322F190", "661#F20462F19041", "6F1#610322F18C", "661#F20462F18C41"}, nil},
		{"extended, foreign target", []string{"6F1#610322F190", "662#F10462F19041", "6F1#610322F18C", "662#F10462F18C41"}, nil},
		{"mixed, strangers", []string{"700#550322F190", "5A0#550462F19041", "700#550322F18C", "5A0#550462F18C41"}, []string{"700:55/5A0:55"}},
		{"extended, 29-bit strangers", []string{"10000001#550322F190", "10000002#F10462F19041", "10000001#550322F18C", "10000002#F10462F18C41"}, []string{"10000001:55/10000002:F1"}},
		{"extended, to no tester", []string{"10000001#550322F190", "10000002#F20462F19041", "10000001#550322F18C", "10000002#F20462F18C41"}, nil},
		{"29-bit, mixed, other target", []string{"18CE10F1#AB0322F190", "18CEF111#AB0462F19041", "18CE10F1#AB0322F18C", "18CEF111#AB0462F18C41"}, nil},
		{"29-bit, mixed, other extension", []string{"18CE10F1#AB0322F190", "18CEF110#AC0462F19041", "18CE10F1#AB0322F18C", "18CEF110#AC0462F18C41"}, nil},
		{"one identifier both ways", []string{"7E0#0322F190", "7E0#0462F19041"}, nil},
		{"answer of another DID", []string{"7E0#0322F190", "7E8#0462F18C41"}, nil},
		{"refusal of another service", []string{"7E0#0322F190", "7E8#037F2131"}, nil},
		{"refusal with code 0", []string{"7E0#0322F190", "7E8#037F2200"}, nil},
		{"refusal of four bytes", []string{"7E0#0322F190", "7E8#047F223100"}, nil},
		{"even request by DID", []string{"7E0#0422F19000", "7E8#0462F19041"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, addresses(newTape(t).add(tt.frames...).units()))
		})
	}
}

// exchange is a request by DID and its answer, told apart by n.
func exchange(request, response string, n int) []string {
	return []string{fmt.Sprintf("%s#0322%04X", request, n), fmt.Sprintf("%s#0462%04X%02X", response, n, n&0xFF)}
}

// Flow control has its time, N_Bs of a second.
func TestFlowControlComesInTime(t *testing.T) {
	r := newTape(t).add("710#022103", "7D0#100A610300000000").after(time.Second).add("710#300000", "7D0#2100000000")
	r.unit("710/7D0")
	newTape(t).add("710#022103", "7D0#100A610300000000").after(time.Second+1).add("710#300000", "7D0#2100000000").none()
}

// One message may be unexplained, and a quarter of the rest.
func TestNearlyEverythingMustBeExplained(t *testing.T) {
	for _, id := range []string{"726", "72E"} {
		for _, junk := range []string{"#00", "#", "#3F0000", "#3000", "#FFFFFFFFFFFFFFFF", "#0162", "#0799010203040506"} {
			newTape(t).add(exchange("726", "72E", 1)...).add(id + junk).unit("726/72E")
			newTape(t).add(exchange("726", "72E", 1)...).add(id+junk, id+junk).none()
		}
		for exchanges, allowed := range map[int]int{1: 1, 2: 1, 3: 2, 9: 4, 12: 5} {
			r := newTape(t)
			for n := range exchanges {
				r.add(exchange("726", "72E", n)...)
			}
			for range allowed {
				r.add(id + "#FFFFFFFFFFFFFFFF")
			}
			r.unit("726/72E")
			r.add(id + "#FFFFFFFFFFFFFFFF").none()
		}
	}
}

func TestFlowControlNeedsNoExplanation(t *testing.T) {
	r := newTape(t).add(exchange("726", "72E", 1)...)
	for range 20 {
		r.add("726#300000", "72E#300000")
	}
	r.unit("726/72E")
}

// A tail of consecutive frames counts as one message.
func TestATailWithoutBeginningIsOneUnexplainedMessage(t *testing.T) {
	r := newTape(t).add(exchange("726", "72E", 1)...)
	for n := range 30 {
		r.add(fmt.Sprintf("72E#2%X11223344556677", (n+5)&0xF))
	}
	r.unit("726/72E")
	r.add("72E#2011223344556677").none()

	// Between its frames stands nothing else.
	r = newTape(t).add(exchange("726", "72E", 1)...).add("72E#2111223344556677")
	r.add(exchange("726", "72E", 2)...).unit("726/72E")
	r.add("72E#2211223344556677").none()

	r = newTape(t)
	for n := range 6 {
		r.add(exchange("726", "72E", n)...)
	}
	r.add("72E#2111223344556677", "72E#00", "72E#2211223344556677").unit("726/72E")
	r.add("72E#00").none()
}

// Before the first answer a unit may sleep, behind the last be switched off.
func TestHalfOfTheRequestsBetweenAnswersAreAnswered(t *testing.T) {
	silent := func(r *tape, n int) {
		for i := range n {
			r.add(fmt.Sprintf("726#0322F3%02X", i), "726#023E80")
		}
	}
	r := newTape(t)
	silent(r, 20)
	r.add(exchange("726", "72E", 1)...)
	silent(r, 2)
	r.add(exchange("726", "72E", 2)...)
	silent(r, 20)
	require.Len(t, r.unit("726/72E").Exchanges, 44+42)
	r.add(exchange("726", "72E", 3)...).none()
}

func TestUnitsAskedSideBySide(t *testing.T) {
	// The same questions at the same time: the usual distance tells.
	r := newTape(t)
	for n := range 4 {
		a, b := exchange("726", "72E", n), exchange("7A0", "7A8", n)
		r.add(a[0], b[0], b[1], a[1])
	}
	require.Equal(t, []string{"726/72E", "7A0/7A8"}, addresses(r.units()))

	// 77E is 8 above 776 and 6A above 714, but 71C would be left over.
	r = newTape(t)
	for n := range 4 {
		a, b := exchange("714", "71C", n), exchange("776", "77E", n)
		r.add(a[0], b[0], b[1], a[1])
	}
	require.Equal(t, []string{"714/71C", "776/77E"}, addresses(r.units()))

	// Of strangers in lockstep nothing tells.
	r = newTape(t)
	for n := range 4 {
		a, b := exchange("710", "7D0", n), exchange("711", "7D1", n)
		r.add(a[0], b[0], b[1], a[1])
	}
	r.none()

	// Nor which of two was answered.
	r = newTape(t)
	for n := range 4 {
		a, b := exchange("710", "7D0", n), exchange("711", "7D0", n)
		r.add(a[0], b[0], a[1])
	}
	r.none()

	// One after the other tells: an answer is to what is still open.
	r = newTape(t)
	for n := range 4 {
		r.add(exchange("710", "7D0", n)...).add(exchange("711", "7D1", n)...)
	}
	require.Equal(t, []string{"710/7D0", "711/7D1"}, addresses(r.units()))

	// And so does one question that only one of them was asked.
	r = newTape(t)
	for n := range 4 {
		a, b := exchange("710", "7D0", n), exchange("711", "7D1", n)
		r.add(a[0], b[0], b[1], a[1])
	}
	r.add(exchange("710", "7D0", 9)...)
	require.Equal(t, []string{"710/7D0", "711/7D1"}, addresses(r.units()))
}

// Units answer at length while others are asked the next question.
func TestUnitsAskedSideBySideAnswerAtLength(t *testing.T) {
	r := newTape(t)
	for n := range 3 {
		did := fmt.Sprintf("F19%d", n)
		r.add("7E0#0322"+did, "7E1#0322"+did, "7E8#100962"+did+"414243", "7E9#037F2231",
			"7E1#0322F18C", "7E0#300000", "7E8#21444546", "7E9#0462F18C01")
	}
	units := r.units()
	require.Equal(t, []string{"7E0/7E8", "7E1/7E9"}, addresses(units))
	require.Equal(t, map[string]int{"22 answered": 3}, tally(units[0]))
	require.Equal(t, map[string]int{"22 answered": 3, "22 refused": 3}, tally(units[1]))
}

func TestStrangersAskedSideBySideAnswerAtLength(t *testing.T) {
	r := newTape(t)
	for n := range 3 {
		did := fmt.Sprintf("F19%d", n)
		r.add("710#0322"+did, "711#0322"+did, "7D0#100962"+did+"414243", "7D1#037F2231",
			"711#0322F18C", "710#300000", "7D0#21444546", "7D1#0462F18C01")
	}
	units := r.units()
	require.Equal(t, []string{"710/7D0", "711/7D1"}, addresses(units))
	require.Equal(t, map[string]int{"22 answered": 3}, tally(units[0]))
}

// Who asks anew waits for nothing more: what comes is the tail of an answer
// whose beginning is missing.
func TestATailIsNotAddedToAnEarlierAnswer(t *testing.T) {
	for _, address := range []string{"7E0/7E8", "710/7D0"} {
		tester, unit := address[:3], address[4:]
		r := newTape(t).add("7DF#023E00", "7E8#027E00").add(exchange(tester, unit, 1)...).add(exchange(tester, unit, 2)...)
		r.add(tester+"#0322F190", unit+"#100962F190414243", tester+"#300000",
			tester+"#0322F18C", tester+"#300000", unit+"#21FFFFFF")
		units := r.units()
		u := units[len(units)-1]
		require.Equal(t, address, u.Address.String())
		torn := u.Exchanges[len(u.Exchanges)-2]
		require.Equal(t, passive.Torn, torn.Outcome)
		require.Equal(t, []byte("\x62\xF1\x90ABC"), torn.Response)
	}
}

// A constant frame that happens to be a refusal of what is asked elsewhere.
func TestAConstantRefusalDoesNotStealAUnitsRequests(t *testing.T) {
	r := newTape(t)
	for n := range 40 {
		a := exchange("726", "72E", n)
		r.add(a[0])
		if n%8 == 3 {
			r.add("5B0#037F2231000000")
		}
		r.add(a[1])
	}
	u := r.unit("726/72E")
	require.Len(t, u.Exchanges, 40)
	for _, x := range u.Exchanges {
		require.Equal(t, passive.Answered, x.Outcome)
	}
}

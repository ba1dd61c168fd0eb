package vecu_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
)

const (
	opened   = "5003003201F4"
	standard = "5001003201F4"
)

// universal is a unit with services of every kind.
func universal(t *testing.T) vecu.Sheet {
	t.Helper()
	return vecu.Sheet{
		Latency: 10 * time.Millisecond,
		Sessions: []vecu.Session{
			{ID: 0x01, Response: literal(t, "50 01 0032 01F4")},
			{ID: 0x03, Response: literal(t, "50 03 0032 01F4")},
			{ID: 0x02, Response: literal(t, "50 02 0032 01F4"), From: []byte{0x03}},
		},
		Answers: []vecu.Answer{
			answer(t, "22 D05A", "62 D05A 01"),
			answer(t, "22 D05B", "62 D05B 02"),
			in(answer(t, "22 D05C", "62 D05C 03"), 0x03),
			answer(t, "22 D0EE", "7F 22 33"),
			answer(t, "22 D0EF", "7F 22 22"),
			answer(t, "22 D0FF", ""),
			answer(t, "19 02 ..", "59 02 FF"),
			in(answer(t, "19 06 FFFFFF 01", "59 06"), 0x03),
			answer(t, "31 01 A079", "71 01 A079 01"),
			answer(t, "31 01 A07A", "7F 31 33"),
			answer(t, "31 03 ....", "71 03 0000"),
			in(answer(t, "2E D05A ..", "6E D05A"), 0x03),
			answer(t, "14 FFFFFF", "54"),
			answer(t, "2F 1234 00", "6F 1234 00"),
			answer(t, "35 00 11 00 01", "75 10 82"),
			answer(t, "27 01", "7F 27 33"),
		},
	}
}

func TestOrderOfNegativeResponses(t *testing.T) {
	for _, row := range []struct{ name, session, request, want string }{
		{"11 before anything", "01", "2A", "7F2A11"},
		{"11 although too short", "01", "28", "7F2811"},
		{"7F: the service in another session only", "01", "2E D05A 00", "7F2E7F"},
		{"7F before 13", "01", "2E", "7F2E7F"},
		{"no 7F in the right session", "03", "2E D05A 00", "6ED05A"},
		{"13: no sub-function", "01", "19", "7F1913"},
		{"13: no sub-function for the standard services", "01", "3E", "7F3E13"},
		{"12 before the rest of the length", "01", "31 05", "7F3112"},
		{"12: no such session", "01", "10 40", "7F1012"},
		{"12 of 3E", "01", "3E 01", "7F3E12"},
		{"12 of 3E before its length", "01", "3E 01 00", "7F3E12"},
		{"13 of 3E", "01", "3E 00 00", "7F3E13"},
		{"13 of 10", "01", "10 03 00", "7F1013"},
		{"7E: the sub-function in another session only", "01", "19 06 FFFFFF 01", "7F197E"},
		{"7E before the rest of the length", "01", "19 06", "7F197E"},
		{"7E: a session that this one does not lead to", "01", "10 02", "7F107E"},
		{"no 7E in the right session", "03", "19 06 FFFFFF 01", "5906"},
		{"13: a routine without its identifier", "01", "31 01 A0", "7F3113"},
		{"13 before 31: parameters that a sub-function does not have", "01", "19 02", "7F1913"},
		{"13: a routine with too much", "01", "31 01 A079 00", "7F3113"},
		{"31: no such routine", "01", "31 01 FFFF", "7F3131"},
		{"33 of the sheet", "01", "31 01 A07A", "7F3133"},
		{"13: half an identifier", "01", "22 D0", "7F2213"},
		{"13: one and a half", "01", "22 D05A D0", "7F2213"},
		{"13: none", "01", "22", "7F2213"},
		{"31: no such identifier", "01", "22 0001", "7F2231"},
		{"31: an identifier of another session", "01", "22 D05C", "7F2231"},
		{"33 of an identifier", "01", "22 D0EE", "7F2233"},
		{"nothing, as the sheet says", "01", "22 D0FF", ""},
		{"13: a write without data", "03", "2E D05A", "7F2E13"},
		{"31: a write of something else", "03", "2E D05B 00", "7F2E31"},
		{"13: a group of codes cut short", "01", "14 FF", "7F1413"},
		{"31: another group of codes", "01", "14 000001", "7F1431"},
		{"13: control of an output with too much", "01", "2F 1234 00 00", "7F2F13"},
		{"31: control of something else", "01", "2F 1235 00 00", "7F2F31"},
		{"13: an upload cut short", "01", "35 00", "7F3513"},
		{"31: an upload from elsewhere", "01", "35 00 11 00 02", "7F3531"},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := dialogue(t, universal(t), vecu.Options{})
			require.NotEmpty(t, u.ask(0, "10"+row.session))
			require.Equal(t, row.want, u.ask(0, row.request))
		})
	}
}

func TestWithoutSessionsThereIsNoSessionControl(t *testing.T) {
	u := dialogue(t, vecu.Sheet{Answers: []vecu.Answer{answer(t, "22 D05A", "62 D05A 01")}}, vecu.Options{})
	require.Equal(t, "7F1011", u.ask(0, "10 01"))
	require.Equal(t, "7E00", u.ask(0, "3E 00"), "tester present is always there")
}

func TestRefusalsOfAFunctionalRequest(t *testing.T) {
	sheet := vecu.Sheet{
		Sessions: []vecu.Session{{ID: 1, Response: literal(t, "50 01")}, {ID: 2, Response: literal(t, "50 02"), From: []byte{3}}},
	}
	for _, code := range []string{"10", "11", "12", "13", "21", "22", "24", "31", "33", "78", "7E", "7F"} {
		sheet.Answers = append(sheet.Answers, answer(t, "22 00"+code, "7F 22 "+code))
	}
	sheet.Answers = append(sheet.Answers,
		answer(t, "22 1000", "62 1000 01"), in(answer(t, "2E 1000 01", "6E 1000"), 3), answer(t, "22 2000", "62 11"), answer(t, "22 3000", ""))
	for _, row := range []struct{ name, request, want string }{
		{"11 is not said", "22 0011", ""},
		{"12 is not said", "22 0012", ""},
		{"31 is not said", "22 0031", ""},
		{"7E is not said", "22 007E", ""},
		{"7F is not said", "22 007F", ""},
		{"11 of its own is not said", "2A 01", ""},
		{"12 of its own is not said", "3E 01", ""},
		{"31 of its own is not said", "22 4000", ""},
		{"7E of its own is not said", "10 02", ""},
		{"7F of its own is not said", "2E 1000 01", ""},
		{"10 is said", "22 0010", "7F2210"},
		{"13 is said", "22 0013", "7F2213"},
		{"13 of its own is said", "3E 00 00", "7F3E13"},
		{"21 is said", "22 0021", "7F2221"},
		{"22 is said", "22 0022", "7F2222"},
		{"24 is said", "22 0024", "7F2224"},
		{"33 is said", "22 0033", "7F2233"},
		{"78 is said", "22 0078", "7F2278"},
		{"a positive answer is said", "22 1000", "62100001"},
		{"one that ends like a refusal is said", "22 2000", "6211"},
		{"nothing is nothing", "22 3000", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, dialogue(t, sheet, vecu.Options{}).group(row.request))
		})
	}
}

func TestSuppressedPositiveResponses(t *testing.T) {
	for _, row := range []struct {
		name, request, want string
		quiet               string // the answer that is kept back
	}{
		{"tester present", "3E 80", "", "7E00"},
		{"a session", "10 83", "", opened},
		{"a routine", "31 81 A079", "", "7101A07901"},
		{"trouble codes", "19 82 FF", "", "5902FF"},
		{"12 is said", "3E 81", "7F3E12", ""},
		{"12 of a session is said", "10 C0", "7F1012", ""},
		{"13 is said", "3E 80 00", "7F3E13", ""},
		{"31 is said", "31 81 FFFF", "7F3131", ""},
		{"33 of the sheet is said", "31 81 A07A", "7F3133", ""},
		{"no sub-function, nothing to suppress", "22 D05A", "62D05A01", ""},
		{"an identifier's highest bit is none", "22 8000", "7F2231", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := dialogue(t, universal(t), vecu.Options{})
			r := u.serve(0, row.request)
			require.Equal(t, row.want, sent(r))
			if row.quiet != "" {
				require.Equal(t, row.quiet, upper(r.Data), "said after 78 all the same")
			}
		})
	}
	u := dialogue(t, universal(t), vecu.Options{})
	u.ask(0, "10 83")
	require.Equal(t, byte(3), u.d.Session(start), "it takes effect")
}

func TestReadSeveralIdentifiers(t *testing.T) {
	for _, row := range []struct{ name, session, request, want string }{
		{"all known", "01", "22 D05A D05B", "62D05A01D05B02"},
		{"in the order of the request", "01", "22 D05B D05A", "62D05B02D05A01"},
		{"the same twice", "01", "22 D05A D05A", "62D05A01D05A01"},
		{"one unknown", "01", "22 D05A 0001", "62D05A01"},
		{"one known of three", "01", "22 0001 D05B 0002", "62D05B02"},
		{"one of another session", "01", "22 D05C D05A", "62D05A01"},
		{"in its session", "03", "22 D05C D05A", "62D05C03D05A01"},
		{"31: none known", "01", "22 0001 0002", "7F2231"},
		{"one refused", "01", "22 D0EE D05A", "62D05A01"},
		{"all refused: the first refusal", "01", "22 0001 D0EF D0EE", "7F2222"},
		{"one without an answer", "01", "22 D0FF D05A", "62D05A01"},
		{"31: one without an answer, one unknown", "01", "22 D0FF 0001", "7F2231"},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := dialogue(t, universal(t), vecu.Options{})
			u.ask(0, "10"+row.session)
			require.Equal(t, row.want, u.ask(0, row.request))
		})
	}
}

func TestTheSlowestIdentifierSetsThePace(t *testing.T) {
	slow, silent := answer(t, "22 0001", "62 0001 01"), answer(t, "22 0002", "62 0002 02")
	slow.Latency, silent.Silence = 300*time.Millisecond, time.Second
	sheet := vecu.Sheet{Latency: 10 * time.Millisecond, Answers: []vecu.Answer{slow, silent}}
	r := dialogue(t, sheet, vecu.Options{}).serve(0, "22 0002 0001")
	require.Equal(t, "62000202000101", upper(r.Data))
	require.Equal(t, 300*time.Millisecond, r.Latency)
	require.Equal(t, time.Second, r.Silence)
	require.Equal(t, 10*time.Millisecond, dialogue(t, sheet, vecu.Options{}).serve(0, "22 0002").Latency)
}

func TestJ1979(t *testing.T) {
	sheet := vecu.Sheet{Answers: []vecu.Answer{
		answer(t, "01 00", "41 00 80 18 00 01"), answer(t, "01 0C", "41 0C {rpm}"), answer(t, "01 0D", "41 0D {speed}"),
		answer(t, "03", "43 00"), answer(t, "09 02", "49 02 01 00"),
	}}
	values := map[string]uint64{"rpm": 0x0C80, "speed": 50}
	for _, row := range []struct{ name, request, want string }{
		{"one parameter", "01 0D", "410D32"},
		{"several parameters", "01 0D 0C", "410D320C0C80"},
		{"unknown ones are left out", "01 0D FF 0C", "410D320C0C80"},
		{"12: none known", "01 FE FF", "7F0112"},
		{"12: an unknown one", "01 FF", "7F0112"},
		{"13: none asked", "01", "7F0113"},
		{"a service without parameters", "03", "4300"},
		{"11: no such service", "07", "7F0711"},
		{"vehicle information", "09 02", "49020100"},
		{"12: other vehicle information", "09 04", "7F0912"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, dialect := range []vecu.Dialect{vecu.UDS, vecu.KWP} {
				sheet.Dialect = dialect
				u := dialogue(t, sheet, vecu.Options{Value: func(name string) uint64 { return values[name] }})
				require.Equal(t, row.want, u.ask(0, row.request), dialect)
			}
		})
	}
}

package vecu_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
)

const tick = time.Nanosecond

func TestASessionEndsByS3(t *testing.T) {
	const latency = 10 * time.Millisecond
	for _, row := range []struct {
		name    string
		s3      time.Duration // of the sheet
		keep    string        // asked in between
		at      time.Duration // when
		after   time.Duration // of the check
		session byte
	}{
		{"one tick before 5 s", 0, "", 0, latency + 5*time.Second - tick, 3},
		{"5 s after the end of the answer", 0, "", 0, latency + 5*time.Second, 1},
		{"a time of its own, one tick before", 2 * time.Second, "", 0, latency + 2*time.Second - tick, 3},
		{"a time of its own", 2 * time.Second, "", 0, latency + 2*time.Second, 1},
		{"kept by 3E 80, one tick before", 0, "3E 80", 4 * time.Second, latency + 9*time.Second - tick, 3},
		{"kept by 3E 80, and then not", 0, "3E 80", 4 * time.Second, latency + 9*time.Second, 1},
		{"kept by any request", 0, "22 D05A", 4 * time.Second, latency + 9*time.Second - tick, 3},
		{"kept by one that is refused", 0, "22 0001", 4 * time.Second, latency + 9*time.Second - tick, 3},
		{"kept by one that is not answered", 0, "22 D0FF", 4 * time.Second, 9*time.Second - tick, 3},
		{"3E 80 too late opens nothing", 0, "3E 80", 6 * time.Second, 7 * time.Second, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			sheet := universal(t)
			sheet.S3 = row.s3
			u := dialogue(t, sheet, vecu.Options{})
			require.Equal(t, opened, u.ask(0, "10 03"))
			if row.keep != "" {
				u.ask(row.at, row.keep)
			}
			require.Equal(t, row.session, u.d.Session(start.Add(row.after)))
		})
	}
}

func TestSessions(t *testing.T) {
	u := dialogue(t, universal(t), vecu.Options{})
	require.Equal(t, byte(1), u.d.Session(start), "the default one from the start")
	require.Equal(t, "7F107E", u.ask(0, "10 02"))
	require.Equal(t, byte(1), u.d.Session(start), "a refusal changes nothing")
	require.Equal(t, opened, u.ask(0, "10 03"))
	require.Equal(t, "5002003201F4", u.ask(0, "10 02"), "from 03 it can be reached")
	require.Equal(t, byte(2), u.d.Session(start))
	require.Equal(t, standard, u.ask(0, "10 01"))
	require.Equal(t, byte(1), u.d.Session(start))

	require.Equal(t, opened, u.ask(0, "10 03"))
	u.d.Serve(&vecu.Request{Data: []byte{0x3E, 0x80}, Restarted: true, Time: start})
	require.Equal(t, byte(1), u.d.Session(start), "a restart ends it")
}

func TestSessionsLeftOpenAreTold(t *testing.T) {
	const s3 = 5*time.Second + 10*time.Millisecond
	for _, row := range []struct {
		name, close string
		end         time.Duration
		want        []time.Duration
	}{
		{"by the end", "", time.Second, []time.Duration{time.Second}},
		{"by S3, once", "", time.Minute, []time.Duration{s3}},
		{"not one that is closed", "10 01", time.Second, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var left []time.Duration
			u := dialogue(t, universal(t), vecu.Options{Left: func(at time.Time) { left = append(left, at.Sub(start)) }})
			u.ask(0, "10 03")
			if row.close != "" {
				u.ask(0, row.close)
			}
			u.d.End(start.Add(row.end))
			u.d.End(start.Add(row.end))
			require.Equal(t, row.want, left)
		})
	}
	u := dialogue(t, universal(t), vecu.Options{})
	u.ask(0, "10 03")
	u.d.End(start)
	require.Equal(t, byte(1), u.d.Session(start), "nobody need be told")
}

// routine is a unit with a routine that runs for 4 s, after which it restarts.
func routine(t *testing.T) vecu.Sheet {
	t.Helper()
	s := universal(t)
	s.States = []vecu.State{
		{Name: "idle"},
		{Name: "running", Lasts: 4 * time.Second, Next: "done", Silence: 30 * time.Second},
		{Name: "done", Lasts: 10 * time.Second, Next: "idle"},
	}
	begin := answer(t, "31 01 0203", "71 01 0203")
	begin.Next = "running"
	abort := answer(t, "31 02 0203", "71 02 0203")
	abort.State, abort.Next = []string{"running"}, "idle"
	s.Answers = []vecu.Answer{begin, abort, answer(t, "22 D05A", "62 D05A 01")}
	for i, state := range s.States {
		a := answer(t, "22 0001", "62 0001 0"+string(rune('0'+i)))
		a.State = []string{state.Name}
		s.Answers = append(s.Answers, a)
	}
	return s
}

func TestStates(t *testing.T) {
	const second = time.Second
	for _, row := range []struct {
		name    string
		request []string // at 0
		at      time.Duration
		ask     string
		want    string
	}{
		{"the first from the start", nil, 0, "22 0001", "62000100"},
		{"it lasts until something changes it", nil, time.Hour, "22 0001", "62000100"},
		{"a request enters another", []string{"31 01 0203"}, 0, "22 0001", "62000101"},
		{"an answer of no state holds in it", []string{"31 01 0203"}, 0, "22 D05A", "62D05A01"},
		{"one tick before it ends", []string{"31 01 0203"}, 4*second - tick, "22 0001", "62000101"},
		{"silent when it ends", []string{"31 01 0203"}, 4 * second, "22 D05A", ""},
		{"silent to 3E", []string{"31 01 0203"}, 20 * second, "3E 00", ""},
		{"one tick before the silence ends: the next state has ended meanwhile", []string{"31 01 0203"}, 34*second - tick, "22 0001", ""},
		{"after the silence", []string{"31 01 0203"}, 34 * second, "22 0001", "62000100"},
		{"a request out of it", []string{"31 01 0203", "31 02 0203"}, 0, "22 0001", "62000100"},
		{"31: an answer of another state", nil, 0, "31 02 0203", "7F3131"},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := dialogue(t, routine(t), vecu.Options{})
			for _, request := range row.request {
				require.NotEmpty(t, u.ask(0, request))
			}
			require.Equal(t, row.want, u.ask(row.at, row.ask))
		})
	}
}

func TestTheFirstStateRunsFromTheFirstRequest(t *testing.T) {
	sheet := vecu.Sheet{States: []vecu.State{{Name: "new", Lasts: time.Second, Next: "old"}, {Name: "old"}}}
	for _, state := range []string{"new", "old"} {
		a := answer(t, "22 0001", `62 0001 "`+state+`"`)
		a.State = []string{state}
		sheet.Answers = append(sheet.Answers, a)
	}
	u := dialogue(t, sheet, vecu.Options{})
	require.Equal(t, "620001"+upper([]byte("new")), u.ask(time.Hour, "22 0001"))
	require.Equal(t, "620001"+upper([]byte("new")), u.ask(time.Hour+time.Second-tick, "22 0001"))
	require.Equal(t, "620001"+upper([]byte("old")), u.ask(time.Hour+time.Second, "22 0001"))
}

func TestARestartBetweenStatesEndsTheSession(t *testing.T) {
	u := dialogue(t, routine(t), vecu.Options{})
	require.Equal(t, opened, u.ask(0, "10 03"))
	u.ask(0, "31 01 0203")
	u.ask(3*time.Second, "3E 00")
	require.Equal(t, byte(3), u.d.Session(start.Add(4*time.Second-tick)))
	require.Equal(t, byte(1), u.d.Session(start.Add(4*time.Second)))
}

func TestOfSeveralAnswersTheFirstCounts(t *testing.T) {
	sheet := vecu.Sheet{
		Sessions: []vecu.Session{{ID: 3, Response: literal(t, "50 03")}},
		Answers: []vecu.Answer{
			in(answer(t, "22 0001", "62 0001 01"), 3), answer(t, "22 0001", "62 0001 02"), answer(t, "22 0001", "62 0001 03"),
			answer(t, "22 00..", "62 0000 04"), answer(t, "22 ....", "62 0000 05"),
		},
	}
	u := dialogue(t, sheet, vecu.Options{})
	require.Equal(t, "62000102", u.ask(0, "22 0001"))
	require.Equal(t, "62000004", u.ask(0, "22 0002"))
	require.Equal(t, "62000005", u.ask(0, "22 0102"))
	u.ask(0, "10 03")
	require.Equal(t, "62000101", u.ask(0, "22 0001"))
}

func TestHolesAreFilledBigEndian(t *testing.T) {
	sheet := vecu.Sheet{
		Sessions: []vecu.Session{{ID: 1, Response: literal(t, "50 01 {supply}")}},
		Answers:  []vecu.Answer{answer(t, "22 0001", "62 0001 {rpm} FF {speed} {supply}")},
	}
	values := map[string]uint64{"rpm": 0x1234, "speed": 0x1AB, "supply": 12600}
	u := dialogue(t, sheet, vecu.Options{Value: func(name string) uint64 { return values[name] }})
	require.Equal(t, "6200011234FFAB3138", u.ask(0, "22 0001"), "what is too long is cut")
	require.Equal(t, "50013138", u.ask(0, "10 01"))
	values["supply"] = 1
	require.Equal(t, "6200011234FFAB0001", u.ask(0, "22 0001"), "the value of the moment")
	require.Equal(t, "6200010000FF000000", dialogue(t, sheet, vecu.Options{}).ask(0, "22 0001"), "zeros without values")
}

func TestJitterIsBoundedAndReproducible(t *testing.T) {
	sheet := vecu.Sheet{Latency: 20 * time.Millisecond, Jitter: 5 * time.Millisecond, Answers: []vecu.Answer{answer(t, "22 0001", "62 0001")}}
	latencies := func(s vecu.Sheet, seed uint64) (all []time.Duration) {
		u := dialogue(t, s, vecu.Options{Seed: seed})
		for i := range 200 {
			all = append(all, u.serve(time.Duration(i)*time.Second, "22 0001").Latency)
		}
		return all
	}
	first := latencies(sheet, 1)
	seen := map[time.Duration]bool{}
	for _, d := range first {
		require.GreaterOrEqual(t, d, 15*time.Millisecond)
		require.Less(t, d, 25*time.Millisecond)
		seen[d] = true
	}
	require.Greater(t, len(seen), 100)
	require.Equal(t, first, latencies(sheet, 1))
	require.NotEqual(t, first, latencies(sheet, 2))

	sheet.Latency = time.Millisecond
	for _, d := range latencies(sheet, 1) {
		require.GreaterOrEqual(t, d, time.Duration(0), "never before the request")
	}
	sheet.Jitter = 0
	require.Equal(t, time.Millisecond, latencies(sheet, 1)[0])
}

package vecu_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
)

func slowTalker(t *testing.T) vecu.Sheet {
	t.Helper()
	return vecu.Sheet{
		Dialect:  vecu.KWP,
		Sessions: []vecu.Session{{ID: 0x81, Response: literal(t, "50 81")}, {ID: 0xC0, Response: literal(t, "50 C0")}},
		Answers: []vecu.Answer{
			in(answer(t, "21 04", "61 04 01"), 0xC0), answer(t, "1A 87", "5A 87 01"), in(answer(t, "3B 04 ..", "7B 04"), 0xC0),
			in(answer(t, "1A 88", "5A 88 02"), 0xC0),
		},
	}
}

func TestKWP(t *testing.T) {
	for _, row := range []struct {
		name   string
		before []string
		ask    string
		want   string
	}{
		{"a session", nil, "10 C0", "50C0"},
		{"the default session", []string{"10 C0"}, "10 81", "5081"},
		{"12: no such session", nil, "10 03", "7F1012"},
		{"12: the highest bit suppresses nothing", nil, "10 40", "7F1012"},
		{"12: no session named", nil, "10", "7F1012"},
		{"13: more than a session", nil, "10 C0 00", "7F1013"},
		{"a read in its session", []string{"10 C0"}, "21 04", "610401"},
		{"7F: in the default session", nil, "21 04", "7F217F"},
		{"7F: after the default session was asked for", []string{"10 C0", "10 81"}, "21 04", "7F217F"},
		{"31: no such identifier", []string{"10 C0"}, "21 05", "7F2131"},
		{"identification", nil, "1A 87", "5A8701"},
		{"31: identification of another session", nil, "1A 88", "7F1A31"},
		{"a write", []string{"10 C0"}, "3B 04 01", "7B04"},
		{"11: no such service", nil, "22 F190", "7F2211"},
		{"stop", []string{"10 C0"}, "20", "60"},
		{"7F: after stop", []string{"10 C0", "20"}, "21 04", "7F217F"},
		{"11: stop takes nothing", nil, "20 00", "7F2011"},
		{"tester present", nil, "3E", "7E"},
		{"tester present, answer required", nil, "3E 01", "7E"},
		{"tester present, no answer", nil, "3E 02", ""},
		{"12: tester present of UDS", nil, "3E 00", "7F3E12"},
		{"12: the same, suppressed", nil, "3E 80", "7F3E12"},
		{"12: too much of tester present", nil, "3E 01 00", "7F3E12"},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := dialogue(t, slowTalker(t), vecu.Options{})
			for _, request := range row.before {
				require.NotEmpty(t, u.ask(0, request))
			}
			require.Equal(t, row.want, u.ask(0, row.ask))
		})
	}
}

func TestKWPSessionEndsByS3(t *testing.T) {
	u := dialogue(t, slowTalker(t), vecu.Options{})
	require.Equal(t, byte(0x81), u.d.Session(start))
	u.ask(0, "10 C0")
	u.ask(4*time.Second, "3E 02")
	require.Equal(t, byte(0xC0), u.d.Session(start.Add(9*time.Second-tick)))
	require.Equal(t, byte(0x81), u.d.Session(start.Add(9*time.Second)))
}

func TestKWPWithoutSessions(t *testing.T) {
	u := dialogue(t, vecu.Sheet{Dialect: vecu.KWP, Answers: []vecu.Answer{answer(t, "1A 87", "5A 87 01")}}, vecu.Options{})
	require.Equal(t, "7F1011", u.ask(0, "10 81"))
	require.Equal(t, "7F2011", u.ask(0, "20"))
	require.Equal(t, "5A8701", u.ask(0, "1A 87"))
}

package car_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

const (
	roverTCU = "754/75C"
	rover    = "land-rover-discovery-2016"
	bmw      = "bmw-5-2017"
	leaf     = "nissan-leaf-2013"
)

// longRead asks for 19 DIDs: a first frame and five consecutive ones, one more
// than the unit's block.
var longRead = "22" + strings.Repeat("F18C", 18) + "F186"

// longAnswer is the right answer to it.
var longAnswer = "62" + strings.Repeat("F18C"+text("TC16030550714"), 18) + "F18601"

// Each row is a client that breaks a rule, and one that does the same well.
var clients = []struct {
	name, car string
	bad       func(t *testing.T, r *raw)
	rules     []vecu.Rule // what the car says of it
	good      func(t *testing.T, x *tester)
}{
	{
		name: "ignores the block size", car: rover, rules: []vecu.Rule{vecu.RuleBlockSize},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.sendLong(longRead, 6*time.Millisecond)
			require.Empty(t, r.answers(0x75C), "the request is lost")
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, longAnswer, x.ask(roverTCU, longRead))
		},
	},
	{
		name: "ignores STmin", car: rover, rules: []vecu.Rule{vecu.RuleSTmin},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.sendLong("22"+strings.Repeat("F18C", 8), 0)
			require.Empty(t, r.answers(0x75C), "the request is lost")
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, "62"+strings.Repeat("F18C"+text("TC16030550714"), 8), x.ask(roverTCU, "22"+strings.Repeat("F18C", 8)))
		},
	},
	{
		name: "ignores 78", car: bmw, rules: []vecu.Rule{vecu.RulePending},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.send("6F1#610322D05A")
			time.Sleep(100 * time.Millisecond)
			first := r.from(0x661)
			require.Len(t, first, 1)
			require.Equal(t, "F1037F2278FFFFFF", fmt.Sprintf("%X", first[0].Frame.Payload()), "it takes this for the answer")
			r.send("6F1#610322D05A")
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, "62D05A"+text("89490000419273506187")+"00", x.ask(atm, "22 D05A"))
		},
	},
	{
		name: "repeats a write", car: leaf, rules: []vecu.Rule{vecu.RuleRepeatedWrite},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			for _, f := range []string{"746#0210C0", "746#033B0400", "746#033B0400", "746#021081"} {
				r.send(f)
				time.Sleep(100 * time.Millisecond)
			}
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, "50C0", x.ask(leafTCU, "10 C0"))
			require.Equal(t, "7B04", x.ask(leafTCU, "3B 04 01"))
			require.Equal(t, "610401", x.ask(leafTCU, "21 04"), "it looks before it writes again")
			require.Equal(t, "7B04", x.ask(leafTCU, "3B 04 01"))
			require.Equal(t, "5081", x.ask(leafTCU, "10 81"))
		},
	},
	{
		name: "takes background for an answer", car: bmw,
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			time.Sleep(10 * time.Millisecond)
			r.clear()
			r.send("6F1#100322F190")
			time.Sleep(50 * time.Millisecond)
			first := r.keep(func(rx *can.Rx) bool { return !rx.Own && rx.Frame.ID >= 0x600 && rx.Frame.Data[0]>>4 <= 1 })
			require.NotEqual(t, uint32(0x610), first[0].Frame.ID)
			require.NotContains(t, string(first[0].Frame.Payload()), bmwVIN[:3], "a wrong value")
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, "62F190"+text(bmwVIN), x.ask(zgw, "22 F190"))
		},
	},
	{
		name: "merges responders", car: "no-telematics-2008",
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.send("7DF#020100") // wakes
			time.Sleep(time.Second)
			r.clear()
			r.send("7DF#020904")
			time.Sleep(50 * time.Millisecond)
			r.send("7E0#300000", "7E1#300000")
			time.Sleep(50 * time.Millisecond)
			var merged string
			for _, rx := range r.keep(func(rx *can.Rx) bool { return !rx.Own && rx.Frame.ID>>3 == 0x7E8>>3 }) {
				if rx.Frame.Data[0]>>4 == 1 {
					merged += string(rx.Frame.Data[2:8])
				}
			}
			require.Equal(t, "ZZ0I\x04\x01TZ0", merged[3:12], "parts of both")
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			x.ask(obd, "01 00")
			time.Sleep(time.Second)
			var got []string
			for _, m := range x.exchange(obd, "09 04") {
				got = append(got, m.data)
			}
			require.ElementsMatch(t, []string{
				"490401" + text("ZZ01-188K2-C") + "00000000", "490401" + text("TZ07-189E1-A") + "00000000",
			}, got)
		},
	},
	{
		name: "sends 3E inside a segmented message", car: rover, rules: []vecu.Rule{vecu.RuleTesterPresent, vecu.RuleTesterPresent},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.send("754#0322F190")
			time.Sleep(50 * time.Millisecond)
			r.send("754#023E80", "754#300000") // inside the answer
			time.Sleep(50 * time.Millisecond)
			r.send("754#100B22F190F18CF1", "754#023E80") // inside the request
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.NotEmpty(t, x.ask(roverTCU, "22 F190"))
			require.Equal(t, "7E00", x.ask(roverTCU, "3E 00"))
			require.Equal(t, longAnswer, x.ask(roverTCU, longRead))
		},
	},
	{
		name: "leaves a session open", car: bmw, rules: []vecu.Rule{vecu.RuleSession},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.send("6F1#61021003")
			time.Sleep(time.Second)
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, "5003003201F4", x.ask(atm, "10 03"))
			require.Equal(t, "5001003201F4", x.ask(atm, "10 01"))
		},
	},
	{
		name: "leaves it to S3 to end a session", car: bmw, rules: []vecu.Rule{vecu.RuleSession},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.send("6F1#61021003")
			time.Sleep(6 * time.Second)
			r.send("6F1#610322F186")
			time.Sleep(time.Second)
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, "5003003201F4", x.ask(atm, "10 03"))
			for range 3 {
				time.Sleep(4 * time.Second)
				require.Empty(t, x.ask(atm, "3E 80"), "keeps it open")
			}
			require.Equal(t, "62F18603", x.ask(atm, "22 F186"))
			require.Equal(t, "5001003201F4", x.ask(atm, "10 01"))
		},
	},
	{
		name: "probes identifiers in use", car: bmw, rules: []vecu.Rule{car.RuleIDInUse, car.RuleIDInUse},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.send("703#023E00", "7E8#023E00")
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Equal(t, "7E00", x.ask(atm, "3E 00"))
			require.Empty(t, x.ask("706/70E", "3E 00"))
		},
	},
	{
		name: "asks a group for a session", car: bmw,
		rules: []vecu.Rule{
			vecu.RuleFunctional, vecu.RuleFunctional, vecu.RuleFunctional, vecu.RuleFunctional, vecu.RuleFunctional, // five units heard it
			vecu.RuleSession, vecu.RuleSession, vecu.RuleSession, vecu.RuleSession, vecu.RuleSession,
		},
		bad: func(t *testing.T, r *raw) {
			t.Helper()
			r.send("6F1#DF021003")
			time.Sleep(100 * time.Millisecond)
		},
		good: func(t *testing.T, x *tester) {
			t.Helper()
			require.Len(t, x.exchange("6F1:DF/600-6FF:F1", "22 F190"), 5)
		},
	},
}

func TestBadClients(t *testing.T) {
	for _, row := range clients {
		t.Run(row.name, func(t *testing.T) {
			var got []vecu.Rule
			drive(t, row.car, func(t *testing.T, c *car.Car) {
				t.Helper()
				row.bad(t, listen(t, c))
				time.Sleep(100 * time.Millisecond)
				require.NoError(t, c.Close())
				for _, v := range c.Violations() {
					got = append(got, v.Rule)
				}
			})
			require.Equal(t, row.rules, got)
		})
		t.Run("one that does not: "+row.name, func(t *testing.T) {
			drive(t, row.car, func(t *testing.T, c *car.Car) {
				t.Helper()
				row.good(t, connect(t, c))
				require.NoError(t, c.Close())
				require.Empty(t, c.Violations())
			})
		})
	}
}

// sendLong sends a segmented request to the Rover's unit, obeying its first
// flow control in nothing but waiting for it.
func (r *raw) sendLong(request string, gap time.Duration) {
	r.t.Helper()
	m := isotp.NewMachine(isotp.Config{Address: transport.MustAddress(roverTCU)})
	require.NoError(r.t, m.Send(time.Now(), bytesOf(r.t, request)))
	var f can.Frame
	fc := can.NewFrame(0x75C, 0x30, 0, 0)
	for first := true; m.NextFrame(time.Now(), &f); first = false {
		require.NoError(r.t, r.bus.Send(r.t.Context(), f))
		m.Transmitted(time.Now(), true)
		if first {
			time.Sleep(30 * time.Millisecond)
			require.Len(r.t, r.from(0x75C), 1, "flow control")
			require.NoError(r.t, m.Handle(time.Now(), &fc))
		}
		time.Sleep(gap)
	}
	time.Sleep(200 * time.Millisecond)
}

// answers are the frames of a unit that are no flow control.
func (r *raw) answers(id uint32) []can.Rx {
	r.t.Helper()
	return r.keep(func(rx *can.Rx) bool { return !rx.Own && rx.Frame.ID == id && rx.Frame.Data[0]>>4 != 3 })
}

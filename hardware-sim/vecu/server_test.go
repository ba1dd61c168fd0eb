package vecu_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/transport"
)

const (
	waiting  = "7E8#037F2278CCCCCCCC"
	answered = "7E8#04620001FFCCCCCC"
)

func TestPendingWithinP2AndAgainWithinP2Star(t *testing.T) {
	for _, row := range []struct {
		name       string
		p2, p2Star time.Duration
		latency    time.Duration
		pendings   int
	}{
		{"none at P2", 0, 0, 50 * time.Millisecond, 0},
		{"one a tick after P2", 0, 0, 50*time.Millisecond + tick, 1},
		{"one until P2* is nearly over", 0, 0, 4 * time.Second, 1},
		{"two", 0, 0, 4200 * time.Millisecond, 2},
		{"many", 0, 0, 20 * time.Second, 5},
		{"times of its own, none", 100 * time.Millisecond, time.Second, 99 * time.Millisecond, 0},
		{"times of its own, two", 100 * time.Millisecond, time.Second, time.Second, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			reply := vecu.Reply{Data: bytesOf(t, "62 0001 FF"), Latency: row.latency}
			on(t, vecu.Config{P2: row.p2, P2Star: row.p2Star, Handler: replies(reply)}, func(t *testing.T, b *bench) {
				t.Helper()
				all := b.ask(time.Minute, "7E0#03220001")
				require.Len(t, all, row.pendings+1)
				p2, p2Star := row.p2, row.p2Star
				if p2 == 0 {
					p2, p2Star = vecu.DefaultP2, vecu.DefaultP2Star
				}
				require.Equal(t, row.pendings, vecu.Pendings(row.latency, p2, p2Star), "as foretold")
				limit, last := p2, wire // the request
				for _, h := range all[:row.pendings] {
					require.Equal(t, waiting, h.frame)
					require.Less(t, h.after-last, limit)
					limit, last = p2Star, h.after
				}
				final := all[row.pendings]
				require.Equal(t, answered, final.frame)
				require.InDelta(t, row.latency, final.after, float64(2*wire))
				require.Less(t, final.after-last, limit+2*wire)
				require.Empty(t, b.violations)
			})
		})
	}
}

func TestQuietRepliesAreOnlySaidAfterPending(t *testing.T) {
	quick := vecu.Reply{Data: bytesOf(t, "7F 22 31"), Quiet: true, Latency: 50 * time.Millisecond}
	on(t, vecu.Config{Handler: replies(quick)}, func(t *testing.T, b *bench) {
		t.Helper()
		require.Empty(t, b.ask(time.Second, "7E0#03220001"))
	})
	slow := quick
	slow.Latency += time.Millisecond
	on(t, vecu.Config{Handler: replies(slow)}, func(t *testing.T, b *bench) {
		t.Helper()
		require.Equal(t, []string{waiting, "7E8#037F2231CCCCCCCC"}, framesOf(b.ask(time.Second, "7E0#03220001")))
	})
	on(t, vecu.Config{Handler: replies(vecu.Reply{Latency: time.Second})}, func(t *testing.T, b *bench) {
		t.Helper()
		require.Empty(t, b.ask(time.Minute, "7E0#03220001"), "no answer, no 78")
	})
}

func TestUnannouncedRepliesComeWithout78(t *testing.T) {
	late := vecu.Reply{Data: bytesOf(t, "62 0001"), Unannounced: true, Latency: time.Second}
	on(t, vecu.Config{Handler: replies(late)}, func(t *testing.T, b *bench) {
		t.Helper()
		require.Equal(t, []string{"7E8#03620001CCCCCCCC"}, framesOf(b.ask(time.Minute, "7E0#03220001")))
	})
}

func TestOneRequestAtATime(t *testing.T) {
	var served []string
	handler := vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
		served = append(served, upper(r.Data))
		return vecu.Reply{Data: append([]byte{r.Data[0] + 0x40}, r.Data[1:]...), Latency: 200 * time.Millisecond}
	})
	on(t, vecu.Config{Handler: handler, Functional: []transport.Address{transport.MustAddress("7DF/7E8-7EF")}}, func(t *testing.T, b *bench) {
		t.Helper()
		b.send("7E0#03220001")
		time.Sleep(20 * time.Millisecond)
		b.send("7E0#03220002") // before 78: merely lost
		time.Sleep(80 * time.Millisecond)
		b.send("7E0#023E80", "7DF#023E80") // keeps the session, whatever the unit does
		synctest.Wait()
		b.send("7E0#03220003", "7DF#03220004")
		require.Equal(t, []string{waiting, "7E8#03620001CCCCCCCC"}, framesOf(b.listen(time.Second)))
		require.Equal(t, []string{"220001", "3E80", "3E80"}, served)
		require.Equal(t, []vecu.Rule{vecu.RulePending}, b.violations)
		require.Len(t, b.entries, 6, "all of it was heard")
		require.True(t, b.entries[5].Functional)

		require.Len(t, b.ask(time.Second, "7E0#03220005"), 2, "then it is free again")
	})
}

func TestFlowControlOfItsOwn(t *testing.T) {
	const (
		first  = "7E0#1011220001000200"
		second = "7E0#2103000400050006"
		third  = "7E0#2200070008"
	)
	for _, row := range []struct {
		name   string
		params transport.Params
		waits  int
		max    int
		fc     []string
	}{
		{"as fast as possible", transport.Params{}, 0, 0, []string{"7E8#300000CCCCCCCCCC"}},
		{"block size", transport.Params{BS: 1}, 0, 0, []string{"7E8#300100CCCCCCCCCC"}},
		{"STmin in ms", transport.Params{STmin: 20 * time.Millisecond}, 0, 0, []string{"7E8#300014CCCCCCCCCC"}},
		{"STmin in 100 µs", transport.Params{STmin: 300 * time.Microsecond}, 0, 0, []string{"7E8#3000F3CCCCCCCCCC"}},
		{"padding of its own", transport.Params{Pad: transport.PadWith(0xAA)}, 0, 0, []string{"7E8#300000AAAAAAAAAA"}},
		{"padding with zeros", transport.Params{Pad: transport.PadWith(0)}, 0, 0, []string{"7E8#3000000000000000"}},
		{"no padding", transport.Params{Pad: transport.PadNone}, 0, 0, []string{"7E8#300000"}},
		{"wait frames", transport.Params{}, 2, 0, []string{"7E8#310000CCCCCCCCCC", "7E8#310000CCCCCCCCCC", "7E8#300000CCCCCCCCCC"}},
		{"overflow", transport.Params{}, 0, 16, []string{"7E8#320000CCCCCCCCCC"}},
		{"just not overflow", transport.Params{}, 0, 17, []string{"7E8#300000CCCCCCCCCC"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := vecu.Config{Params: row.params, Waits: row.waits, MaxLen: row.max, Handler: replies(vecu.Reply{})}
			on(t, cfg, func(t *testing.T, b *bench) {
				t.Helper()
				require.Equal(t, row.fc, framesOf(b.ask(3*time.Second, first)))
			})
		})
	}
	on(t, vecu.Config{Params: transport.Params{BS: 1, STmin: 20 * time.Millisecond}, Handler: echo}, func(t *testing.T, b *bench) {
		t.Helper()
		require.Equal(t, []string{"7E8#300114CCCCCCCCCC"}, framesOf(b.ask(10*time.Millisecond, first)))
		require.Equal(t, []string{"7E8#300114CCCCCCCCCC"}, framesOf(b.ask(10*time.Millisecond, second)), "after each block")
		require.Equal(t, []string{"7E8#1011620001000200"}, framesOf(b.ask(10*time.Millisecond, third)))
		require.Equal(t, []string{"7E8#2103000400050006", "7E8#2200070008CCCCCC"}, framesOf(b.ask(time.Second, "7E0#300000")))
		require.Empty(t, b.violations)
	})
}

func TestItObeysTheTestersFlowControl(t *testing.T) {
	reply := vecu.Reply{Data: bytesOf(t, "62 0001 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")}
	on(t, vecu.Config{Handler: replies(reply)}, func(t *testing.T, b *bench) {
		t.Helper()
		require.Len(t, b.ask(10*time.Millisecond, "7E0#03220001"), 1, "the first frame")
		require.Len(t, b.ask(10*time.Millisecond, "7E0#30010A"), 1, "a block of one")
		require.Len(t, b.ask(10*time.Millisecond, "7E0#30000A"), 1, "the rest")

		require.Len(t, b.ask(10*time.Millisecond, "7E0#03220001"), 1)
		all := b.ask(time.Second, "7E0#30000A")
		require.Len(t, all, 2)
		require.GreaterOrEqual(t, all[1].after-all[0].after, 10*time.Millisecond, "STmin")

		require.Len(t, b.ask(10*time.Second, "7E0#03220001"), 1, "without flow control it gives up")
		require.Len(t, b.ask(time.Second, "7E0#03220001"), 1, "and is free again")
	})
}

func TestARestartIsDeafUntilATime(t *testing.T) {
	const boot = 100 * time.Millisecond
	var restarted []bool
	handler := vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
		restarted = append(restarted, r.Restarted)
		return vecu.Reply{Data: bytesOf(t, "62 0001 FF"), Latency: 30 * time.Millisecond}
	})
	on(t, vecu.Config{Handler: handler}, func(t *testing.T, b *bench) {
		t.Helper()
		b.send("7E0#03220001")
		time.Sleep(10 * time.Millisecond)
		begin := time.Now()
		b.unit.Restart(begin.Add(boot))
		require.Empty(t, b.listen(50*time.Millisecond), "what was under way is forgotten")
		time.Sleep(time.Until(begin.Add(boot - 2*wire)))
		require.Empty(t, b.ask(wire, "7E0#03220001"), "ends before it hears again")
		time.Sleep(time.Until(begin.Add(boot)))
		require.Equal(t, []string{answered}, framesOf(b.ask(time.Second, "7E0#03220001")))
		require.Equal(t, []string{answered}, framesOf(b.ask(time.Second, "7E0#03220001")))
		require.Equal(t, []bool{false, true, false}, restarted, "the handler is told once")
	})
}

func TestARestartForgetsHalfAMessage(t *testing.T) {
	on(t, vecu.Config{Handler: echo}, func(t *testing.T, b *bench) {
		t.Helper()
		require.Len(t, b.ask(10*time.Millisecond, "7E0#1009220001000200"), 1, "flow control")
		b.unit.Restart(time.Time{})
		require.Empty(t, b.ask(time.Second, "7E0#21030004"))
		require.Empty(t, b.entries)
	})
}

func TestSilenceAfterAnAnswer(t *testing.T) {
	for _, row := range []struct {
		name   string
		reply  vecu.Reply
		frames int
	}{
		{"after an answer", vecu.Reply{Data: []byte{0x51, 0x01}, Silence: time.Second}, 1},
		{"after none", vecu.Reply{Silence: time.Second}, 0},
		{"after one that is kept back", vecu.Reply{Data: []byte{0x51, 0x01}, Quiet: true, Silence: time.Second}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			on(t, vecu.Config{Handler: replies(row.reply)}, func(t *testing.T, b *bench) {
				t.Helper()
				require.Len(t, b.ask(990*time.Millisecond, "7E0#021101"), row.frames)
				require.Empty(t, b.ask(9*time.Millisecond, "7E0#03220001"))
				require.Len(t, b.entries, 1, "it does not even hear")
				require.Empty(t, b.listen(20*time.Millisecond))
				require.Len(t, b.ask(20*time.Millisecond, "7E0#03220001"), row.frames)
				require.Len(t, b.entries, 2)
			})
		})
	}
}

func TestFramesThatAreNotForTheUnit(t *testing.T) {
	group := []transport.Address{transport.MustAddress("7DF/7E8-7EF")}
	extended := []transport.Address{transport.MustAddress("6F1:DF/600-6FF:F1")}
	for _, row := range []struct {
		name    string
		cfg     vecu.Config
		frame   string
		entries int
	}{
		{"its own", vecu.Config{}, "7E0#023E00", 1},
		{"another identifier", vecu.Config{}, "7E1#023E00", 0},
		{"the same with 29 bit", vecu.Config{}, "000007E0#023E00", 0},
		{"no bytes", vecu.Config{}, "7E0#", 0},
		{"a length of nothing", vecu.Config{}, "7E0#003E00", 0},
		{"its group", vecu.Config{Functional: group}, "7DF#023E00", 1},
		{"a segmented message to its group", vecu.Config{Functional: group}, "7DF#10093E0000000000", 0},
		{"a group that it is not in", vecu.Config{}, "7DF#023E00", 0},
		{"its address byte", vecu.Config{Address: transport.MustAddress("6F1:61/661:F1")}, "6F1#61023E00", 1},
		{"another address byte", vecu.Config{Address: transport.MustAddress("6F1:61/661:F1")}, "6F1#60023E00", 0},
		{"an address byte alone", vecu.Config{Address: transport.MustAddress("6F1:61/661:F1"), Functional: extended}, "6F1#61", 0},
		{"its group's address byte", vecu.Config{Address: transport.MustAddress("6F1:61/661:F1"), Functional: extended}, "6F1#DF023E00", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.cfg.Handler = echo
			on(t, row.cfg, func(t *testing.T, b *bench) {
				t.Helper()
				require.Len(t, b.ask(time.Second, row.frame), row.entries)
				require.Len(t, b.entries, row.entries)
				require.Empty(t, b.violations)
			})
		})
	}
}

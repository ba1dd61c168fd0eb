package vbus_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
)

const (
	busError = can.ErrProtocol | can.ErrBusError
	passive  = can.ErrController
)

// starts are the moments at which frames started.
func starts(j *journal) (at []time.Time) {
	for _, e := range j.all() {
		at = append(at, e.Start)
	}
	return at
}

func TestNobodyAcknowledges(t *testing.T) {
	f := can.NewFrame(0x7DF, 2, 1, 0)
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		a := s.Attach("a")
		listener := s.Attach("listener", vbus.ListenOnly())
		send(t, a, f)
		rest(until(f))
		requireCounters(t, a, 8, 0)
		require.Equal(t, []uint32{can.ErrAck}, reports(heard(t, a)))
		require.Equal(t, []uint32{busError}, reports(heard(t, listener)))

		rest(100 * time.Millisecond)
		requireCounters(t, a, 128, 0)
		require.Equal(t, []uint32{passive}, reports(heard(t, a)), "error-passive, never bus-off; no-ack is told once a frame")
		requireCounters(t, listener, 0, 0)

		// Flag and delimiter follow the ACK slot, 8 bits before the end of the
		// frame; then comes interframe space.
		at := starts(j)
		active := until(f) + (6+8-8+3)*microbit
		require.Equal(t, active, at[1].Sub(at[0]))
		require.Equal(t, active+8*microbit, at[17].Sub(at[16]), "an error-passive sender waits 8 bits more")

		heard(t, listener)
		b := s.Attach("b")
		rest(time.Millisecond)
		require.Equal(t, []can.Frame{f}, frames(heard(t, b)), "the frame in time arrives, once")
		got := heard(t, a)
		require.Equal(t, 1, owns(got))
		require.Equal(t, []uint32{can.ErrController}, reports(got), "error-active again")
		requireCounters(t, a, 127, 0)
	})
}

func TestErrorFrameData(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		a := s.Attach("a")
		send(t, a, numbered(1, 1))
		rest(time.Second)
		all := heard(t, a)
		require.Len(t, all, 2)
		require.Equal(t, "20000020#0000001900000000", all[0].Frame.String(), "no ACK: place ACK slot")
		require.Equal(t, "20000004#0020000000008000", all[1].Frame.String(), "sender error-passive at TEC 128")
	})
}

func TestOneCorruptFrame(t *testing.T) {
	f := numbered(0x7E8, 1)
	cfg := at500k
	cfg.Hook = func(a vbus.Attempt) vbus.Fate { return vbus.Fate{Corrupt: a.Number == 0} }
	bubble(t, cfg, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		a, b := s.Attach("a"), s.Attach("b")
		listener := s.Attach("listener", vbus.ListenOnly())
		send(t, a, f)
		rest(until(f))
		requireCounters(t, a, 8, 0)
		requireCounters(t, b, 0, 1)
		rest(time.Second)
		requireCounters(t, a, 7, 0)
		requireCounters(t, b, 0, 0)
		for _, n := range []*vbus.Node{a, b, listener} {
			all := heard(t, n)
			require.Equal(t, []uint32{busError}, reports(all))
			require.Equal(t, []can.Frame{f}, frames(all), "sent again, and received once")
		}
		at := starts(j)
		require.Equal(t, until(f)+(8+3)*microbit, at[1].Sub(at[0]), "delimiter and interframe space after the flags")
		require.True(t, j.all()[0].Frame.Is(can.Error), "the log tells an error frame")
	})
}

func TestBusOff(t *testing.T) {
	cfg := at500k
	cfg.Hook = func(a vbus.Attempt) vbus.Fate { return vbus.Fate{Corrupt: a.From == "a"} }
	bubble(t, cfg, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		a, b, c := s.Attach("a", vbus.Queue(1)), s.Attach("b"), s.Attach("c")
		send(t, a, numbered(1, 1))
		waiting := make(chan error)
		go func() { waiting <- a.Send(t.Context(), numbered(1, 2)) }()
		require.ErrorIs(t, <-waiting, can.ErrBusOffState, "a Send that waits for room ends")
		require.ErrorIs(t, a.Send(t.Context(), numbered(1, 3)), can.ErrBusOffState)
		require.Len(t, j.all(), 32, "TEC goes up by 8 a frame, to 256")
		requireCounters(t, a, 256, 0)
		requireCounters(t, b, 0, 32)

		all := heard(t, a)
		require.Empty(t, frames(all))
		classes := reports(all)
		require.Equal(t, []uint32{passive, busError}, classes[15:17], "error-passive after 16")
		require.Equal(t, []uint32{can.ErrBusOff, busError}, classes[len(classes)-2:])

		heard(t, b)
		send(t, b, numbered(2, 1))
		send(t, c, numbered(3, 1))
		rest(time.Second)
		require.Equal(t, []can.Frame{numbered(3, 1)}, frames(heard(t, b))[1:], "the others go on")
		require.Empty(t, heard(t, a), "a controller that is bus-off hears nothing")
	})
}

// Each frame that Send takes arrives once, in order, however often it has to
// be repeated.
func TestNothingIsLostThroughErrors(t *testing.T) {
	const each = 300
	chance := rand.New(rand.NewPCG(1, 2))
	cfg := at500k
	cfg.Hook = func(vbus.Attempt) vbus.Fate { return vbus.Fate{Corrupt: chance.Float64() < 0.1} }
	bubble(t, cfg, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		nodes := []*vbus.Node{s.Attach("a"), s.Attach("b"), s.Attach("c")}
		for i, n := range nodes {
			go func() {
				for k := range each {
					if err := n.Send(t.Context(), numbered(uint32(i), k)); err != nil {
						t.Errorf("%d of %d: %v", k, i, err)
					}
				}
			}()
		}
		rest(time.Second)
		require.Greater(t, len(j.all()), 3*each+50, "frames had to be repeated")
		for i, n := range nodes {
			all := heard(t, n)
			require.Equal(t, each, owns(all))
			next := make(map[uint32]int)
			for _, f := range frames(all) {
				require.Equal(t, numbered(f.ID, next[f.ID]), f, "heard by %d", i)
				next[f.ID]++
			}
			require.Equal(t, map[uint32]int{0: each, 1: each, 2: each}, next, "heard by %d", i)
		}
	})
}

func TestFate(t *testing.T) {
	first, second := numbered(0x700, 1), numbered(0x700, 2)
	other, remote := numbered(0x123, 3), can.Frame{ID: 0x700, Flags: can.Remote, Len: 8}
	after := []vbus.Follower{{Frame: other, After: 10 * time.Millisecond}, {Frame: remote}}
	for _, row := range []struct {
		rule   string
		fate   vbus.Fate // of the first frame's first attempt
		want   []can.Frame
		echoes int
	}{
		{"zero: passes", vbus.Fate{}, []can.Frame{first, second}, 2},
		{"drop: the sender sees it acknowledged", vbus.Fate{Drop: true}, []can.Frame{second}, 2},
		{"duplicate: twice for receivers, once for the sender", vbus.Fate{Duplicate: true}, []can.Frame{first, first, second}, 2},
		{"corrupt: sent again before those behind it", vbus.Fate{Corrupt: true}, []can.Frame{first, second}, 2},
		{"delay: those behind it overtake it", vbus.Fate{Delay: 10 * time.Millisecond}, []can.Frame{second, first}, 2},
		{"delay and drop", vbus.Fate{Delay: 10 * time.Millisecond, Drop: true}, []can.Frame{second}, 2},
		{"delay and corrupt", vbus.Fate{Delay: 10 * time.Millisecond, Corrupt: true}, []can.Frame{second, first}, 2},
		{"instead: the sender does not notice", vbus.Fate{Instead: &other}, []can.Frame{other, second}, 2},
		{"instead and duplicate: both are the other frame", vbus.Fate{Instead: &other, Duplicate: true}, []can.Frame{other, other, second}, 2},
		{"instead and corrupt: the frame itself is sent again", vbus.Fate{Instead: &other, Corrupt: true}, []can.Frame{first, second}, 2},
		{"instead and delay", vbus.Fate{Instead: &other, Delay: 10 * time.Millisecond}, []can.Frame{second, other}, 2},
		{"then: each at its time, and no echo of them", vbus.Fate{Then: after}, []can.Frame{first, second, remote, other}, 2},
		{"then after a drop", vbus.Fate{Drop: true, Then: after[1:]}, []can.Frame{second, remote}, 2},
	} {
		t.Run(row.rule, func(t *testing.T) {
			cfg := at500k
			cfg.Hook = func(a vbus.Attempt) vbus.Fate {
				if a.Number > 0 || a.Frame != first {
					return vbus.Fate{}
				}
				return row.fate
			}
			bubble(t, cfg, func(t *testing.T, s *vbus.Segment, _ *journal) {
				t.Helper()
				a, b := s.Attach("a"), s.Attach("b")
				begin := time.Now()
				send(t, a, first, second)
				rest(time.Second)
				got := heard(t, b)
				require.Equal(t, row.want, frames(got))
				echoes := heard(t, a)
				require.Equal(t, row.echoes, owns(echoes))
				require.NotContains(t, frames(echoes), other)
				if row.fate.Delay > 0 && len(frames(got)) == 2 {
					late := got[len(got)-1]
					require.GreaterOrEqual(t, late.Time.Sub(begin), row.fate.Delay+until(late.Frame))
				}
			})
		})
	}
}

func TestLoss(t *testing.T) {
	const n = 4000
	lost := func(seed uint64) (numbers []can.Frame) {
		bubble(t, vbus.Config{Seed: seed, Loss: 0.25}, func(t *testing.T, s *vbus.Segment, _ *journal) {
			t.Helper()
			a, b := s.Attach("a", vbus.Depth(n)), s.Attach("b", vbus.Depth(n))
			for i := range n {
				send(t, a, numbered(1, i))
			}
			require.Equal(t, n, owns(heard(t, a)), "the sender does not notice")
			numbers = frames(heard(t, b))
		})
		return numbers
	}
	once := lost(1)
	require.InDelta(t, 0.75*n, len(once), 0.03*n)
	require.Equal(t, once, lost(1), "the same seed loses the same frames")
	require.NotEqual(t, once, lost(2))
}

func TestWrongBitRate(t *testing.T) {
	f := numbered(0x7E8, 1)
	t.Run("listen-only sees errors and harms nobody", func(t *testing.T) {
		bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
			t.Helper()
			a, b, wrong := s.Attach("a"), s.Attach("b"), s.Attach("wrong", vbus.ListenOnly(), vbus.Bitrate(250_000))
			send(t, a, f, f)
			rest(time.Second)
			require.Len(t, frames(heard(t, b)), 2)
			require.Len(t, j.all(), 2)
			all := heard(t, wrong)
			require.Empty(t, frames(all))
			require.Equal(t, []uint32{busError, busError}, reports(all))
		})
	})
	t.Run("active breaks frames off until it is error-passive", func(t *testing.T) {
		bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
			t.Helper()
			a, b, wrong := s.Attach("a"), s.Attach("b"), s.Attach("wrong", vbus.Bitrate(250_000))
			send(t, a, f)
			rest(time.Second)
			// One for the error, 8 for the others' answer to its flag: REC is
			// above 127 after 15 frames.
			require.Len(t, j.all(), 15+1)
			at := starts(j)
			require.Equal(t, (16+12+8+3)*microbit, at[1].Sub(at[0]), "header, flags of both, delimiter, interframe space")
			requireCounters(t, a, 15*8-1, 0)
			requireCounters(t, b, 0, 14)
			requireCounters(t, wrong, 0, 15*9+1)
			require.Equal(t, []can.Frame{f}, frames(heard(t, b)))
			require.Empty(t, frames(heard(t, wrong)))
		})
	})
	t.Run("breaks off longer headers later", func(t *testing.T) {
		bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
			t.Helper()
			a := s.Attach("a")
			s.Attach("b")
			s.Attach("wrong", vbus.Bitrate(250_000))
			send(t, a, can.NewFrame(0x18DAF110))
			rest(time.Second)
			at := starts(j)
			require.Equal(t, (35+12+8+3)*microbit, at[1].Sub(at[0]))
		})
	})
	t.Run("its own frames reach nobody", func(t *testing.T) {
		bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
			t.Helper()
			a, wrong := s.Attach("a"), s.Attach("wrong", vbus.Bitrate(250_000))
			send(t, wrong, f)
			rest(time.Second)
			require.Empty(t, frames(heard(t, a)))
			require.Zero(t, owns(heard(t, wrong)))
		})
	})
	t.Run("two with the same one understand each other, at their rate", func(t *testing.T) {
		bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
			t.Helper()
			a, b := s.Attach("a", vbus.Bitrate(250_000)), s.Attach("b", vbus.Bitrate(250_000))
			begin := time.Now()
			send(t, a, f)
			rx, err := b.Recv(t.Context())
			require.NoError(t, err)
			require.Equal(t, f, rx.Frame)
			require.Equal(t, vbus.FrameDuration(&f, 250_000, 0)-3*microbit, rx.Time.Sub(begin))
		})
	})
}

func TestClassicController(t *testing.T) {
	fd := can.Frame{ID: 0x7E8, Flags: can.FD, Len: 12}
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		a, b, classic := s.Attach("a"), s.Attach("b"), s.Attach("classic", vbus.ClassicOnly())
		send(t, a, fd)
		rest(time.Second)
		require.Len(t, j.all(), 16, "it breaks FD frames off until it is error-passive")
		require.Equal(t, []can.Frame{fd}, frames(heard(t, b)))
		require.Empty(t, frames(heard(t, classic)))
		send(t, a, numbered(1, 1))
		rest(time.Second)
		require.Equal(t, []can.Frame{numbered(1, 1)}, frames(heard(t, classic)))
		require.ErrorIs(t, classic.Send(t.Context(), fd), can.ErrFrame)
	})
}

func TestErrorPassiveSenderSetsESI(t *testing.T) {
	fd := can.Frame{ID: 0x7E8, Flags: can.FD | can.BRS, Len: 12}
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		a := s.Attach("a")
		send(t, a, fd, fd)
		rest(time.Second)
		b := s.Attach("b")
		rest(time.Second)
		marked := fd
		marked.Flags |= can.ESI
		require.Equal(t, []can.Frame{marked, fd}, frames(heard(t, b)), "error-active again after one good frame")
	})
}

func TestListenOnlySendsNothing(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		n := s.Attach("n", vbus.ListenOnly())
		require.Error(t, n.Send(t.Context(), numbered(1, 1)))
		rest(time.Second)
		require.Empty(t, j.all())
	})
}

func TestSendWaitsForRoom(t *testing.T) {
	type ending func(t *testing.T, s *vbus.Segment, a *vbus.Node, cancel context.CancelFunc)
	cancelled := func(_ *testing.T, _ *vbus.Segment, _ *vbus.Node, cancel context.CancelFunc) { cancel() }
	closed := func(t *testing.T, _ *vbus.Segment, a *vbus.Node, _ context.CancelFunc) {
		t.Helper()
		require.NoError(t, a.Close())
	}
	segmentClosed := func(t *testing.T, s *vbus.Segment, _ *vbus.Node, _ context.CancelFunc) {
		t.Helper()
		require.NoError(t, s.Close())
	}
	asleep := func(_ *testing.T, _ *vbus.Segment, a *vbus.Node, _ context.CancelFunc) { a.Sleep() }
	heeded := func(_ *testing.T, s *vbus.Segment, _ *vbus.Node, _ context.CancelFunc) { s.Attach("b") }
	for rule, row := range map[string]struct {
		room int
		end  ending
		want error
	}{
		"until the context ends":                        {3, cancelled, context.Canceled},
		"until it is closed":                            {3, closed, can.ErrClosed},
		"until it is closed with its only frame on air": {1, closed, can.ErrClosed},
		"until the segment is closed":                   {3, segmentClosed, can.ErrClosed},
		"until it sleeps":                               {3, asleep, can.ErrDown},
		"until there is room":                           {3, heeded, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
				t.Helper()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				a := s.Attach("a", vbus.Queue(row.room))
				for i := range row.room {
					send(t, a, numbered(1, i))
				}
				waiting := make(chan error, 1)
				go func() { waiting <- a.Send(ctx, numbered(1, row.room)) }()
				rest(time.Millisecond)
				require.Empty(t, waiting)
				row.end(t, s, a, cancel)
				rest(time.Millisecond)
				require.Len(t, waiting, 1)
				require.ErrorIs(t, <-waiting, row.want)
			})
		})
	}
}

func TestSlowReaderLosesFramesOfItsOwn(t *testing.T) {
	bubble(t, vbus.Config{}, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		a, slow, quick := s.Attach("a"), s.Attach("slow", vbus.Depth(2)), s.Attach("quick")
		for i := range 5 {
			send(t, a, numbered(1, i))
		}
		for i := range 2 {
			rx, err := slow.Recv(t.Context())
			require.NoError(t, err)
			require.Equal(t, numbered(1, i), rx.Frame)
		}
		_, err := slow.Recv(t.Context())
		var dropped *can.DroppedError
		require.ErrorAs(t, err, &dropped)
		require.Equal(t, uint64(3), dropped.Count)
		send(t, a, numbered(1, 5))
		require.Equal(t, []can.Frame{numbered(1, 5)}, frames(heard(t, slow)), "told once")
		require.Len(t, heard(t, quick), 6)
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vbus.New(at500k)
		a := s.Attach("a")
		_, err := s.Load("load", vbus.Load{IDs: []uint32{1}, Share: 0.5})
		require.NoError(t, err)
		send(t, a, numbered(1, 1))
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		_, err = a.Recv(t.Context())
		require.ErrorIs(t, err, can.ErrClosed)
		_, err = s.Attach("late").Recv(t.Context())
		require.ErrorIs(t, err, can.ErrClosed, "who attaches later is closed")
		require.NoError(t, a.Close())
	})
}

func TestCloseInTheMiddleOfAFrame(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		a, b := s.Attach("a"), s.Attach("b")
		send(t, a, numbered(1, 1), numbered(1, 2))
		rest(until(numbered(1, 1)) / 2)
		require.NoError(t, a.Close())
		rest(time.Second)
		require.Equal(t, []can.Frame{numbered(1, 1)}, frames(heard(t, b)), "what is on the wire ends, what was queued is lost")
	})
}

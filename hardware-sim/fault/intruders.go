package fault

import (
	"time"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/uds"
)

const intruder = "intruder"

// intruderFaults are nodes and frames that do not belong.
func intruderFaults() []Fault {
	return group{
		{Name: "babbling-node", Text: "A broken unit sends the identifier 000 again and again: with the usual traffic the wire is full to nine tenths.", prepare: babble},
		{Name: "identifier-in-use", Text: "Another node sends its own data on the identifier of a unit's answers.", prepare: func(in *Injection) {
			in.begin = in.send(20*time.Millisecond, func(n uint64) can.Frame { // no frame type of ISO-TP
				return in.victim().answer(0xA0|byte(n&0xF), byte(n>>4), 0x55, 0x12)
			})
		}},
		{Name: "look-alike-answers", Text: "Another node sends what looks like answers, on the identifier of a unit's.", prepare: func(in *Injection) {
			in.begin = in.send(30*time.Millisecond, func(n uint64) can.Frame { // to what nobody asks
				looks := [][]byte{{0x03, 0x41, 0x05, 0x32}, {0x05, 0x62, 0xFF, 0x0A, 0x01, 0x02}, {0x02, 0x54, 0x01}}
				return in.victim().answer(looks[n%uint64(len(looks))]...)
			})
		}},
		{Name: "another-tester", Text: "Another tester is at work on the same unit.", prepare: func(in *Injection) {
			in.begin = in.send(70*time.Millisecond, func(uint64) can.Frame {
				return in.victim().request(0x02, uds.ServiceTesterPresent, 0x00)
			})
		}},
		{Name: "wrong-bit-rate-node", Text: "A node at another bit rate comes back to the wire again and again, and destroys frames until its controller withdraws.", prepare: wrongRate},
		{Name: "remote-frames", Text: "Remote frames come on the identifier of a unit's answers.", prepare: func(in *Injection) {
			in.frame = in.each(firstAnswer, func(t *telegram) vbus.Fate {
				return vbus.Fate{Then: []vbus.Follower{{Frame: can.Frame{ID: t.Frame.ID, Flags: t.Frame.Flags | can.Remote, Len: can.MaxLen}}}}
			})
		}},
		{Name: "empty-frames", Text: "Frames without any data come on the identifier of a unit's answers.", prepare: func(in *Injection) {
			in.frame = in.each(firstAnswer, func(t *telegram) vbus.Fate {
				return vbus.Fate{Then: []vbus.Follower{{Frame: can.Frame{ID: t.Frame.ID, Flags: t.Frame.Flags}}}}
			})
		}},
		{Name: "fd-frames", Text: "CAN FD frames are on the bus, which the diagnostics do not use.", prepare: func(in *Injection) {
			n := 0
			in.others = func(vbus.Attempt) vbus.Fate {
				if n++; n%10 != 1 {
					return vbus.Fate{}
				}
				in.hit()
				fd := can.Frame{ID: 0x123, Flags: can.FD | can.BRS, Len: 16}
				return vbus.Fate{Then: []vbus.Follower{{Frame: fd}}}
			}
		}},
	}.at(Frame)
}

func firstAnswer(t *telegram) bool { return answered(t) && t.begins() }

// babble takes most of what the usual traffic leaves of the wire.
func babble(in *Injection) {
	in.begin = func(s *vbus.Segment, _ Hands) error {
		_, err := s.Load(intruder, vbus.Load{IDs: []uint32{0}, Share: 0.65, Payload: func(uint32, uint64) []byte {
			in.did()
			return make([]byte, can.MaxLen)
		}})
		return err
	}
}

// send makes a node that sends a frame in each period. It does not care what
// becomes of them.
func (in *Injection) send(period time.Duration, frame func(n uint64) can.Frame) func(*vbus.Segment, Hands) error {
	return func(s *vbus.Segment, _ Hands) error {
		node := s.Attach(intruder, vbus.Depth(1))
		in.after(0, func() {
			for n := uint64(0); in.rest(period); n++ {
				if ok, err := node.TrySend(frame(n)); ok && err == nil {
					in.did()
				}
			}
		})
		return nil
	}
}

// wrongRate joins with a controller at half the rate, which objects to
// everything until it is error-passive, sends, and is gone when it is bus-off.
func wrongRate(in *Injection) {
	const (
		bitrate = 250_000
		pause   = 250 * time.Millisecond
	)
	in.begin = func(s *vbus.Segment, _ Hands) error {
		in.after(0, func() {
			for in.rest(pause) {
				node := s.Attach(intruder, vbus.Depth(1), vbus.Bitrate(bitrate))
				in.did()
				_, _ = node.TrySend(can.NewFrame(0x555, 1)) // nobody will understand it
				in.rest(pause)
				_ = node.Close()
			}
		})
		return nil
	}
}

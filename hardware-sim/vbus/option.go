package vbus

// Option tells a controller from the usual one: on the segment's bit rate,
// active, CAN FD, awake.
type Option func(*options)

type options struct {
	bitrate int
	listen  bool
	classic bool
	room    int // frames waiting for the wire
	depth   int // frames waiting for Recv
	onWake  func()
}

const (
	defaultRoom  = 64
	defaultDepth = 4096
)

// Bitrate sets the controller to its own nominal bit rate. Where that is not
// a sender's rate the node sees only errors and, if it may, makes them.
func Bitrate(bps int) Option { return func(o *options) { o.bitrate = bps } }

// ListenOnly makes a controller that neither sends nor acknowledges nor
// objects.
func ListenOnly() Option { return func(o *options) { o.listen = true } }

// ClassicOnly makes a controller to which a CAN FD frame is an error.
func ClassicOnly() Option { return func(o *options) { o.classic = true } }

// Queue bounds the frames that wait for the wire, at least one; Send waits
// for room.
func Queue(frames int) Option { return func(o *options) { o.room = max(frames, 1) } }

// Depth bounds the frames that wait for Recv, at least one; more are dropped
// and Recv gives a *can.DroppedError.
func Depth(frames int) Option { return func(o *options) { o.depth = max(frames, 1) } }

// OnWake sets what is called when a frame starts while the node sleeps, once
// after each Sleep. The frame is lost on the node. The segment waits for f,
// which may call Wake, or start a timer that does, but not Close the segment.
func OnWake(f func()) Option { return func(o *options) { o.onWake = f } }

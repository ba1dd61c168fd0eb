package elm327

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/transport"
)

// kline is a protocol of the K-line, which the chip speaks: it wakes the units
// (ATFI, ATSI by itself), makes header and checksum, and keeps the session
// open (ATWM, as it is by default).
type kline struct {
	number string // of ATSP
	name   string // for people
	header string // of a request to all emission units
}

// klines in the order in which they are tried: the quick initialisation first.
var klines = []kline{
	{"5", "ISO 14230-4 KWP (fast init)", "C233F1"},
	{"4", "ISO 14230-4 KWP (5 baud init)", "C233F1"},
	{"3", "ISO 9141-2", "686AF1"},
}

// klineGroup is how the emission units of a K-line are addressed here: target
// and source of an answer are bytes of its header, as they are in these
// identifiers. Its other addresses have none.
var klineGroup = transport.MustAddress("18DB33F1/18DAF1xx")

// Searches reports whether the user asks for other protocols than CAN.
func (d *Dongle) Searches() bool { return d.opts.Search }

// Search tries the protocols of the K-line one after another with 01 00. That
// nobody answers is adapter.ErrNoProtocol.
func (d *Dongle) Search(ctx context.Context, tell func(protocol string, tried, of int)) (adapter.Found, error) {
	if err := d.leave(); err != nil {
		return adapter.Found{}, err
	}
	if err := d.take(ctx); err != nil {
		return adapter.Found{}, err
	}
	defer d.letGo()
	for i, k := range klines {
		tell(k.name, i+1, len(klines))
		there, err := d.wakes(ctx, k)
		if err != nil {
			return adapter.Found{}, err
		}
		if there {
			return adapter.Found{Link: d.attach(&link{dongle: d, kline: &k}), Protocol: k.name}, nil
		}
	}
	return adapter.Found{}, adapter.ErrNoProtocol
}

// wakes reports whether anybody answers in a protocol.
func (d *Dongle) wakes(ctx context.Context, k kline) (bool, error) {
	err := d.speaks(ctx, k)
	if _, lacks := errors.AsType[*UnsupportedError](err); lacks {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r, err := d.chip.do(ctx, klineProbe, wait{quiet: klineLimit})
	if err == nil && r.has(wordBusInitError) { // once does not mean that nobody is there
		if err = pause(ctx, klineRest); err == nil {
			r, err = d.chip.do(ctx, klineProbe, wait{quiet: klineLimit})
		}
	}
	if late := new(LateError); errors.As(err, &late) {
		return false, nil
	}
	for _, l := range r.lines {
		if _, ok := messageOf(l, k); ok {
			return true, nil
		}
	}
	return false, err
}

// speaks brings the chip to a protocol of the K-line.
func (d *Dongle) speaks(ctx context.Context, k kline) error {
	d.plain()
	d.ticks = 0
	return d.sets(ctx, []setpoint{
		{regProtocol, k.number}, {regHeader, k.header}, {regFormat, "1"}, {regTimeout, klineTicks},
	})
}

const (
	klineLimit = 6 * time.Second        // for a 5 baud initialisation and an answer
	klineRest  = 300 * time.Millisecond // of the line before it is initialised: W5 of ISO 14230
	klineTicks = "32"                   // 200 ms: P2 is 50 ms, and a byte takes 1 ms
)

// klineMessage asks on the K-line and takes the answers as messages: there are
// no frames.
func (x *exchange) klineMessage(ctx context.Context, msg []byte) error {
	k := x.conn.link.kline
	if err := x.conn.link.dongle.speaks(ctx, *k); err != nil {
		return err
	}
	return x.stream(ctx, hexOf(msg), klineLimit, func() { x.hand(nil) })
}

// klineLine takes a line of an answer.
func (x *exchange) klineLine(l line) {
	m, ok := messageOf(l, *x.conn.link.kline)
	if !ok {
		x.unreadable()
		return
	}
	x.frames++
	a, _ := klineGroup.Responder(0x18DAF100 | uint32(m.source))
	x.settle(&unit{addr: a}, item{msg: transport.Message{From: a, Data: m.data, First: l.at, Last: l.at}})
}

// kmessage is an answer on the K-line.
type kmessage struct {
	source byte
	data   []byte
}

// messageOf reads an answer with its header and checksum:
//
//	48 6B ss dd ... cs          ISO 9141-2
//	1LLLLLLL tt ss dd ... cs    ISO 14230, L its length; 0: it is in a byte of its own
func messageOf(l line, k kline) (m kmessage, ok bool) {
	if l.kind != kindData || l.header != 0 || len(l.data) < 5 {
		return m, false
	}
	sum := byte(0)
	body := l.data[:len(l.data)-1]
	for _, b := range body {
		sum += b
	}
	if sum != l.data[len(l.data)-1] {
		return m, false
	}
	m.source, m.data = body[2], body[3:]
	if k.number == "3" {
		return m, body[0] == 0x48 && body[1] == 0x6B
	}
	length := int(body[0] & 0x3F)
	if length == 0 {
		length, m.data = int(m.data[0]), m.data[1:]
	}
	return m, length > 0 && length == len(m.data)
}

// klineForm refuses what a K-line does not have.
func klineForm(a transport.Address) error {
	if a != klineGroup {
		return fmt.Errorf("%w over K-line", transport.ErrForm)
	}
	return nil
}

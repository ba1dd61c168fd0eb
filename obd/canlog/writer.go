package canlog

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/untether-obd/untether/obd/can"
)

// Form is a form that recordings are written in.
type Form uint8

// The forms that a Writer knows. Log is candump -l, its times cut to
// microseconds; PcapNG is what Wireshark writes, with nanoseconds and link
// type SocketCAN. Both mark own frames.
const (
	Log Form = iota
	PcapNG
)

// Writer writes a recording. Several goroutines may share it.
type Writer struct {
	mu     sync.Mutex
	out    *bufio.Writer
	ng     *pcapgo.NgWriter // of PcapNG; its buffer is out
	form   Form
	iface  string
	redact Redactor
	frame  []byte // as written last
	err    error  // the first failure of the destination; nothing follows it
}

// NewWriter makes a Writer in form Log whose frames all come from one
// interface.
func NewWriter(w io.Writer, iface string) *Writer { return Log.NewWriter(w, iface, nil) }

// NewWriter makes a Writer whose frames all come from one interface. It
// writes what redact leaves of them; nil leaves everything.
func (f Form) NewWriter(w io.Writer, iface string, redact Redactor) *Writer {
	out := &Writer{out: bufio.NewWriter(w), form: f, iface: iface, redact: redact}
	switch {
	case !isWord(iface):
		out.err = fmt.Errorf("%w: %q", ErrInterface, iface)
	case f == PcapNG:
		out.ng, out.err = pcapgo.NewNgWriterInterface(out.out,
			pcapgo.NgInterface{Name: iface, LinkType: linkCAN, SnapLength: mtuFD},
			pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "untether"}})
	}
	return out
}

// Write writes one frame. A frame that is not valid, or without a time, is
// refused and those after it are written.
func (w *Writer) Write(rx *can.Rx) error {
	if err := rx.Frame.Validate(); err != nil {
		return err
	}
	if !w.form.holds(rx.Time.Unix()) {
		return ErrTime
	}
	kept := *rx
	if w.redact != nil {
		w.redact(&kept.Frame)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = w.write(&kept)
	}
	return w.err
}

func (f Form) holds(seconds int64) bool {
	return inRange(seconds) && (f != PcapNG || seconds < math.MaxInt64/int64(time.Second))
}

func (w *Writer) write(rx *can.Rx) error {
	if w.form == PcapNG {
		return w.writePacket(rx)
	}
	b := fmt.Appendf(w.frame[:0], "(%d.%06d) %s ", rx.Time.Unix(), rx.Time.Nanosecond()/int(time.Microsecond), w.iface)
	b = append(b, rx.Frame.String()...)
	if rx.Own {
		b = append(b, " T"...)
	}
	w.frame = append(b, '\n')
	_, err := w.out.Write(w.frame)
	return err
}

// writePacket writes a frame in its full size, with its direction.
func (w *Writer) writePacket(rx *can.Rx) error {
	flags := pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionInbound}
	if rx.Own {
		flags.Direction = pcapgo.NgEpbFlagDirectionOutbound
	}
	w.frame = appendSocket(w.frame[:0], &rx.Frame)
	info := gopacket.CaptureInfo{Timestamp: rx.Time, CaptureLength: len(w.frame), Length: len(w.frame)}
	return w.ng.WritePacketWithOptions(info, w.frame, pcapgo.NgPacketOptions{Flags: &flags})
}

// Flush hands everything to the destination; call it at the end.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

package canlog

import (
	"bufio"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/untether-obd/untether/obd/can"
)

// newNgWriter writes what stands before the first packet: a section and its
// one interface. It puts no buffer of its own in front of out.
func newNgWriter(out *bufio.Writer, iface string) (*pcapgo.NgWriter, error) {
	return pcapgo.NewNgWriterInterface(out,
		pcapgo.NgInterface{Name: iface, LinkType: linkCAN, SnapLength: mtuFD},
		pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "untether"}})
}

// writePacket hands a frame over in its full size, with its direction.
func (w *Writer) writePacket(rx *can.Rx) error {
	direction := pcapgo.NgEpbFlagDirectionInbound
	if rx.Own {
		direction = pcapgo.NgEpbFlagDirectionOutbound
	}
	w.frame = appendSocket(w.frame[:0], &rx.Frame)
	return w.ng.WritePacketWithOptions(
		gopacket.CaptureInfo{Timestamp: rx.Time, CaptureLength: len(w.frame), Length: len(w.frame)},
		w.frame, pcapgo.NgPacketOptions{Flags: &pcapgo.NgEpbFlags{Direction: direction}})
}

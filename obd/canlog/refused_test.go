package canlog

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/stretchr/testify/require"
)

// careless is a form whose sieve lets everything through.
type careless struct {
	pcap
	read func() error
}

func (c *careless) open(io.Reader) error { return nil }

func (c *careless) ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	return nil, gopacket.CaptureInfo{}, c.read()
}

func TestWhatTheLibraryRefusesOrPanicsAtIsTheEnd(t *testing.T) {
	for rule, read := range map[string]func() error{
		"refuses": func() error { return errors.New("capture length exceeds snap length") },
		"panics":  func() error { return []error{}[len("capture")] },
		"ends":    func() error { return io.ErrUnexpectedEOF },
	} {
		t.Run(rule, func(t *testing.T) {
			r := NewReader(strings.NewReader("(1.0) can0 123#\n"))
			r.binary = &capture{r: r, form: "pcap", sieve: &careless{read: read}}
			_, err := r.Next()
			require.Equal(t, &LineError{Line: 1, Text: "pcap", Reason: "too damaged to be read"}, err)
			_, err = r.Next()
			require.Equal(t, io.EOF, err)
		})
	}
}

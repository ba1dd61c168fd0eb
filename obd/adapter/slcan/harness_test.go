package slcan_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/slcan"
)

// stranger is whatever is at a port: it answers each line as the test says,
// and says what the test wants.
type stranger struct {
	vserial.Conn
	mu    sync.Mutex
	heard []string
}

// meet puts a stranger at the other end of a line without a speed.
func meet(t *testing.T, answer func(line string) string) (*vserial.Host, *stranger) {
	t.Helper()
	host, conn := vserial.Pipe(vserial.Options{})
	s := &stranger{Conn: conn}
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(ended)
		s.run(ctx, answer)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		require.NoError(t, host.Close())
		require.NoError(t, conn.Close())
	})
	return host, s
}

func (s *stranger) run(ctx context.Context, answer func(string) string) {
	var text []byte
	p := make([]byte, 64)
	for {
		n, err := s.Read(ctx, p)
		if err != nil {
			return
		}
		text = append(text, p[:n]...)
		for {
			line, rest, whole := bytes.Cut(text, []byte{'\r'})
			if !whole {
				break
			}
			text = rest
			s.mu.Lock()
			s.heard = append(s.heard, string(line))
			s.mu.Unlock()
			if s.Write(ctx, []byte(answer(string(line)))) != nil {
				return
			}
		}
	}
}

// lines gives what has come so far.
func (s *stranger) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.heard...)
}

// script answers lines by their first letter; "" is silence.
func script(answers map[byte]string) func(string) string {
	return func(line string) string {
		if line == "" {
			return "\a"
		}
		return answers[line[0]]
	}
}

// usual is what a dongle answers that has no fault.
func usual(changes map[byte]string) map[byte]string {
	all := map[byte]string{
		'C': "\r", 'V': "V1013\r", 'N': "NA123\r", 'S': "\r", 's': "\r", 'O': "\r", 'L': "\r",
		'F': "F00\r", 't': "z\r", 'T': "Z\r", 'r': "z\r", 'Z': "\r",
	}
	for k, v := range changes {
		all[k] = v
	}
	return all
}

func connect(t *testing.T, answers map[byte]string, o slcan.Options) (*slcan.Dongle, *stranger) {
	t.Helper()
	host, s := meet(t, script(answers))
	d, err := slcan.New(t.Context(), host, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d, s
}

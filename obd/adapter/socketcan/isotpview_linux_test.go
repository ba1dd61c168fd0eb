package socketcan

import (
	"encoding/hex"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

func TestProgress(t *testing.T) {
	for _, c := range []struct {
		rule        string
		frames      []string
		total, left int
	}{
		{"single frame", []string{"03112233"}, 3, 0},
		{"single frame of CAN FD", []string{"000911223344556677889900"}, 9, 0},
		{"first frame", []string{"1014000102030405"}, 20, 14},
		{"first frame beyond 4095 bytes", []string{"1000000010000001"}, 4096, 4094},
		{"to the end", []string{"1014000102030405", "21060708090A0B0C", "220D0E0F10111213"}, 20, 0},
		{"padding counts no further than the end", []string{"1008000102030405", "210607CCCCCCCCCC"}, 8, -5},
		{"a first frame that is too short", []string{"10140001"}, 0, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var p progress
			at := time.Unix(7, 0)
			for i, s := range c.frames {
				d, err := hex.DecodeString(s)
				require.NoError(t, err)
				begins := p.see(d, at.Add(time.Duration(i)*time.Second))
				require.Equal(t, i == 0 && c.total > 0, begins)
			}
			require.Equal(t, c.total, p.total)
			require.Equal(t, c.left, p.left)
			if c.total > 0 {
				require.Equal(t, at, p.first)
			}
		})
	}
}

// TestTheBusIsWaitedFor until it has told of a message's last frame, but not
// for ever.
func TestTheBusIsWaitedFor(t *testing.T) {
	first, last := time.Unix(7, 0), time.Unix(9, 0)
	tell := func(t *testing.T, c *kernelConn, text string, at time.Time) {
		t.Helper()
		f, err := can.ParseFrame(text)
		require.NoError(t, err)
		c.sawTheirs(&can.Rx{Frame: f, Time: at})
	}
	for _, row := range []struct {
		name  string
		heard []string
		want  time.Time
		waits time.Duration
	}{
		{"the bus is ahead", []string{"75C#1014000102030405", "75C#21060708090A0B0C", "75C#220D0E0F10111213"}, first, 0},
		{"it has yet to tell of the end", []string{"75C#1014000102030405", "75C#21060708090A0B0C"}, first, behind},
		{"it has lost all", nil, last, behind},
		{"it tells of another message", []string{"75C#0322F190"}, last, behind},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newKernelConn(&kernelLink{}, transport.MustAddress("754/75C"), transport.Params{})
				for _, text := range row.heard {
					tell(t, c, text, first)
				}
				began := time.Now()
				require.Equal(t, row.want, c.since(20, last))
				require.Equal(t, row.waits, time.Since(began))
			})
		})
	}
	t.Run("it tells of the end in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newKernelConn(&kernelLink{}, transport.MustAddress("754/75C"), transport.Params{})
			began := time.Now()
			for i, text := range []string{"75C#1014000102030405", "75C#21060708090A0B0C", "75C#220D0E0F10111213"} {
				time.AfterFunc(time.Duration(i)*behind/3, func() { tell(t, c, text, first.Add(time.Duration(i))) })
			}
			require.Equal(t, first, c.since(20, last))
			require.Equal(t, 2*(behind/3), time.Since(began).Truncate(behind/3))
		})
	})
}

func FuzzProgress(f *testing.F) {
	f.Add([]byte{0x10, 0x14, 0, 1, 2, 3, 4, 5}, []byte{0x21, 6})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var p progress
		for _, d := range [][]byte{a, b} {
			if len(d) > 0 && p.see(d, time.Time{}) {
				require.GreaterOrEqual(t, p.total, 0)
			}
		}
	})
}

package socketcan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// TestWhoseFrame: while a conversation lasts its requests are ours, whoever
// sends them; afterwards those from before its end are, which the bus may tell
// of later.
func TestWhoseFrame(t *testing.T) {
	end := time.Unix(7, 0)
	running, over := transport.MustAddress("6F1:61/661:F1"), transport.MustAddress("754/75C")
	l := &kernelLink{
		tests: map[endKey]*kernelConn{requestsOf(running): {}},
		over:  map[endKey]time.Time{requestsOf(over): end},
	}
	for _, row := range []struct {
		rule  string
		frame string
		at    time.Time
		ours  bool
	}{
		{"in a conversation", "6F1#61023E00", end.Add(time.Hour), true},
		{"with another address byte", "6F1#62023E00", end, false},
		{"without any", "6F1#", end, false},
		{"an answer", "661#F1027E00", end, false},
		{"at the end of one", "754#023E00", end, true},
		{"one tick after", "754#023E00", end.Add(time.Nanosecond), false},
		{"in the other form", "00000754#023E00", end, false},
		{"of nobody's", "755#023E00", end, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			f, err := can.ParseFrame(row.frame)
			require.NoError(t, err)
			require.Equal(t, row.ours, l.isOurs(&can.Rx{Frame: f, Time: row.at}))
		})
	}
}

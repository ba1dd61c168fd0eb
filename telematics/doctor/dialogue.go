package doctor

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/untether-obd/untether/telematics"
)

// pings is how often a dongle is asked for its name, so that the worst time
// means something.
const pings = 20

// pinger is a dongle that can be asked something of which the car hears
// nothing. It gives what was said and how many bytes that took, both ways.
type pinger interface {
	Ping(ctx context.Context) (said string, bytes int, err error)
}

// dialogue measures how the dongle itself answers. Its error says that it has
// gone; an answer that is lost is a finding.
func (x *examination) dialogue(ctx context.Context, d pinger) error {
	var (
		out   = &Dialogue{}
		took  []time.Duration
		bytes int
		usual string
		began = time.Now()
	)
	for out.Asked < pings {
		at := time.Now()
		said, n, err := d.Ping(ctx)
		if fatal(ctx, err) {
			return err
		}
		out.Asked++
		bytes += n
		if usual == "" {
			usual = said
		}
		if err != nil || said != usual {
			out.Lost++
			continue
		}
		took = append(took, time.Since(at))
	}
	if spent := time.Since(began); spent > 0 {
		out.BytesPerSecond = int(float64(bytes) / spent.Seconds())
	}
	out.Latency = spread(took)
	x.out.Dialogue = out
	return nil
}

// fatal reports whether there is nobody left to ask.
func fatal(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, net.ErrClosed) || lost(err))
}

func spread(took []time.Duration) *telematics.Spread {
	if len(took) == 0 {
		return nil
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 {
		return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
	}
	return &telematics.Spread{Min: ms(took[0]), Median: ms(took[len(took)/2]), Max: ms(took[len(took)-1]), Count: len(took)}
}

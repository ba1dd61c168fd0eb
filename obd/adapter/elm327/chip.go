package elm327

import (
	"context"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// chip is the dialogue with a dongle: one command, its reply, the next one. It
// knows the chip's settings and no message of the car. It is not safe for use
// by several goroutines at a time: the link above takes turns, and keeps its
// turn from the first setting to the last line of the answer.
//
// What is above it needs no more than do, stream, set and caps:
//
//   - set sends what differs from what the chip has. After a reset of the chip
//     or a change of protocol what was set is sent again without being asked.
//     A `?` is an *UnsupportedError, and set has forgotten the value.
//   - do and stream begin by getting in step again where the last command was
//     not answered in time, where ctx ended or where the chip was reset. So an
//     answer that comes late is never that to the next command.
//   - A line is data only if its kind is kindData (or kindIndex, with headers
//     off). The headers are on: with an 11-bit protocol a line without header
//     (header 0) is no frame; with a 29-bit one the id is the first 4 bytes.
//   - Words are no errors here, `?` and NO DATA neither: they are in the reply.
//     The errors are a lost port, ctx's, *LateError, *ResetError,
//     *LowVoltageError, *AsleepError, *UnexpectedError and *LockedUpError.
//   - With an error do gives what was heard before it too.
//   - doubt is for answers that are not to what was asked: somebody else uses
//     the dongle, or an answer got lost.
type chip struct {
	port serialport.Port
	caps Capabilities
	regs shadow

	// reset, if set, is told of every time that the chip lost its settings.
	reset func(error)

	in     lines
	buf    []byte
	synced bool  // a prompt was read, and nothing sent since
	lost   bool  // the chip was reset and does not have its settings
	fatal  bool  // its CAN controller is to be begun anew
	asleep bool  // it said that it goes to sleep
	dead   error // it answers no more, whatever is sent
	last   string

	home   int    // bit/s at which the chip starts
	fast   int    // bit/s to which it was or may have been brought; 0: none
	steady bool   // it does not leave its speed
	first  string // the command that resets it
}

// wait bounds a command.
type wait struct {
	// quiet is how long the chip may print nothing, beginning when the command
	// has gone out, whose own time on the serial line is not part of it. 0 is
	// a second. SEARCHING and BUS INIT stretch it to what those may take.
	quiet time.Duration

	// total bounds the whole. 0 is half a minute. A stream ends then without
	// an error: that is how monitoring ends.
	total time.Duration

	// empty says that nothing but a prompt is an answer, as with responses
	// off. Else a lone prompt is that of an earlier command.
	empty bool
}

// reply is what came up to the prompt, without the prompt and the echo.
type reply struct {
	lines []line
	sent  time.Time // when the command was handed to the port
	end   time.Time // when the prompt was read
}

// has reports whether the chip said w, alone or behind something.
func (r reply) has(w word) bool {
	return slices.ContainsFunc(r.lines, func(l line) bool { return l.word == w })
}

// text is the first line that is neither a word nor data; empty: none.
func (r reply) text() string {
	for _, l := range r.lines {
		if l.kind == kindText || l.kind == kindBanner {
			return l.text
		}
	}
	return ""
}

// do sends one command and gives what was printed up to the prompt.
func (c *chip) do(ctx context.Context, command string, w wait) (reply, error) {
	var r reply
	err := c.ready(ctx)
	if err == nil {
		r, err = c.exchange(ctx, command, w, nil)
	}
	return r, err
}

// stream sends one command and gives each line as it comes. It ends at the
// prompt; or when each says stop or w.total has passed, by one character and
// what comes after that up to the prompt, which each does not see.
func (c *chip) stream(ctx context.Context, command string, w wait, each func(line) (stop bool)) error {
	err := c.ready(ctx)
	if err == nil {
		_, err = c.exchange(ctx, command, w, each)
	}
	return err
}

// ready gets in step with the chip, and gives it back its settings.
func (c *chip) ready(ctx context.Context) error {
	if c.dead != nil {
		return c.dead
	}
	if !c.synced {
		if err := c.sync(ctx); err != nil {
			return err
		}
	}
	if c.lost {
		return c.restore(ctx)
	}
	return nil
}

// record is what is worth keeping of the chip.
func (c *chip) record() record {
	return record{Baud: c.home, Fast: c.fast, Steady: c.steady, Reset: c.first, Capabilities: c.caps}
}

// serial is how long n bytes take on the serial line; 0 where the port has no
// speed.
func (c *chip) serial(n int) time.Duration {
	if baud := c.port.Baud(); baud > 0 {
		return time.Duration(n) * 10 * time.Second / time.Duration(baud)
	}
	return 0
}

package slcan

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// Times that the dongle has.
const (
	answerLimit = 300 * time.Millisecond // to answer
	writeLimit  = 2 * time.Second        // to take a line
)

// answerRoom is how many words wait for whoever asked; what nobody asked for
// is thrown away.
const answerRoom = 16

// dialogue is commands and their answers, one at a time.
type dialogue struct {
	port    serialport.Port
	turn    chan struct{} // holds a token while somebody asks
	answers chan word
	gone    chan struct{} // closed when nothing comes any more
	lost    error         // why; set before gone is closed

	sending atomic.Pointer[flight] // the frame whose acknowledge is awaited

	late    bool // whoever has the turn: the answer to an earlier command may yet come
	barrier bool // V is answered with words that nothing else is answered with
}

func newDialogue(port serialport.Port) *dialogue {
	return &dialogue{
		port: port, turn: make(chan struct{}, 1),
		answers: make(chan word, answerRoom), gone: make(chan struct{}),
	}
}

// hear takes a word that is no frame.
func (d *dialogue) hear(w *word) {
	switch w.kind {
	case kindTaken, kindDone:
		if f := d.sending.Swap(nil); f != nil {
			f.taken()
		}
	case kindRefused:
		d.sending.Store(nil)
	}
	select {
	case d.answers <- *w:
	default:
	}
}

func (d *dialogue) take(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
		return nil
	case <-d.gone:
		return d.lost
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *dialogue) leave() { <-d.turn }

// ask sends a command and waits for a word of the kinds, or a refusal. That
// nothing came in time is errMissing. Once the command is on its way ctx has
// no say.
func (d *dialogue) ask(ctx context.Context, command string, kinds kind) (word, error) {
	return d.request(ctx, append([]byte(command), cr), kinds, nil)
}

// request is ask for a whole line. f is told as soon as it was taken.
func (d *dialogue) request(ctx context.Context, line []byte, kinds kind, f *flight) (word, error) {
	if err := d.take(ctx); err != nil {
		return word{}, err
	}
	defer d.leave()
	if d.late {
		if err := d.catchUp(); err != nil {
			return word{}, err
		}
	}
	d.sending.Store(f)
	w, err := d.exchange(line, kinds)
	d.sending.Store(nil)
	return w, err
}

// tell sends a line to which no answer comes.
func (d *dialogue) tell(ctx context.Context, line []byte) error {
	if err := d.take(ctx); err != nil {
		return err
	}
	defer d.leave()
	return d.write(line)
}

// catchUp lets late answers pass: behind them comes that to a V. Where V has
// none it waits as long as for any answer.
func (d *dialogue) catchUp() error {
	if d.barrier {
		_, err := d.exchange([]byte("V\r"), kindVersion|kindText)
		d.late = errors.Is(err, errMissing)
		return err
	}
	_, err := d.await(0)
	d.late = false
	if errors.Is(err, errMissing) {
		return nil
	}
	return err
}

func (d *dialogue) exchange(line []byte, kinds kind) (word, error) {
	for len(d.answers) > 0 {
		<-d.answers
	}
	if err := d.write(line); err != nil {
		return word{}, err
	}
	return d.await(kinds)
}

func (d *dialogue) write(line []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeLimit)
	defer cancel()
	err := d.port.Write(ctx, line)
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrGone
	}
	if err != nil {
		select {
		case <-d.gone:
			return d.lost
		default:
		}
	}
	return err
}

// await gives the next word of the kinds, or a refusal; of no kind: none.
func (d *dialogue) await(kinds kind) (word, error) {
	limit := time.NewTimer(answerLimit)
	defer limit.Stop()
	for {
		select {
		case w := <-d.answers:
			if kinds != 0 && w.kind&(kinds|kindRefused) != 0 {
				return w, nil
			}
		case <-limit.C:
			d.late = true
			return word{}, errMissing
		case <-d.gone:
			return word{}, d.lost
		}
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

// task is what a command does with an adapter. A result beside an error is
// what was learned until then.
type task[R any] func(ctx context.Context, ad adapter.Adapter, p *progress) (*R, error)

// withAdapter opens the adapter that a URI names, or without one that which is
// plugged in, lets do use it and closes it.
func withAdapter[R any](ctx context.Context, a *app, from adapter.Registry, uri string, do task[R]) (*R, error) {
	uri, err := a.choose(ctx, uri)
	if err != nil {
		return nil, err
	}
	ad, err := openAdapter(ctx, from, uri)
	if err != nil {
		return nil, &adapterError{uri, &openingError{err}}
	}
	p := newProgress(a)
	result, err := do(ctx, ad, p)
	p.end()
	if closed := ad.Close(); err == nil && closed != nil {
		err = &adapterError{uri, closed}
	}
	return result, err
}

// severalError is a choice that nobody was there to make.
type severalError struct{ found []doctor.Found }

func (e *severalError) Error() string { return fmt.Sprintf("%d adapters are plugged in", len(e.found)) }

// choose gives the URI of the adapter to use: the one that was named, else the
// only one plugged in, else the one that the user picks.
func (a *app) choose(ctx context.Context, uri string) (string, error) {
	if uri != "" {
		return uri, nil
	}
	all, err := a.plugged()
	if err != nil {
		return "", err
	}
	var found []doctor.Found
	for _, f := range all {
		if f.Pluggable() {
			found = append(found, f)
		}
	}
	switch {
	case len(found) == 0:
		return "", errNoAdapter
	case len(found) == 1:
		fmt.Fprintln(a.streams.Err, a.say.Text(message.AdapterChosen, found[0].URI))
		return found[0].URI, nil
	case !a.interactive():
		return "", &severalError{found}
	}
	return a.pick(ctx, found)
}

// interactive reports whether somebody can be asked.
func (a *app) interactive() bool { return isTerminal(a.streams.In) && isTerminal(a.streams.Err) }

// pick asks which one until a number is given that has one.
func (a *app) pick(ctx context.Context, found []doctor.Found) (string, error) {
	for i, f := range found {
		fmt.Fprintf(a.streams.Err, "%3d  %s  %s\n", i+1, f.URI, a.describe(f))
	}
	for {
		fmt.Fprint(a.streams.Err, a.say.Text(message.WhichAdapter, len(found)), " ")
		text, err := a.line(ctx)
		if err != nil {
			return "", errors.Join(&severalError{found}, err)
		}
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 1 && n <= len(found) {
			return found[n-1].URI, nil
		}
	}
}

// otherPins asks whether the adapter may go to other pins of the socket; nil
// where nobody can be asked.
func (a *app) otherPins(p *progress) func(ctx context.Context, unit, pins string) bool {
	if !a.interactive() {
		return nil
	}
	return func(ctx context.Context, unit, pins string) bool {
		p.end()
		return a.agree(ctx, a.say.Text(message.MaySwitchPins, unit, pins))
	}
}

// agree puts a question. Anything but a clear yes is a no.
func (a *app) agree(ctx context.Context, question string) bool {
	fmt.Fprint(a.streams.Err, question, " ")
	text, err := a.line(ctx)
	if err != nil {
		return false
	}
	return slices.Contains([]string{"y", "yes", "j", "ja"}, strings.ToLower(strings.TrimSpace(text)))
}

// line gives what is typed next. A read from a terminal cannot be ended, so
// when ctx ends it stays behind until the program does.
func (a *app) line(ctx context.Context) (string, error) {
	type typed struct {
		text string
		err  error
	}
	done := make(chan typed, 1)
	go func() {
		text, err := readLine(a.streams.In)
		done <- typed{text, err}
	}()
	select {
	case t := <-done:
		return t.text, t.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLine takes no byte beyond the line: the rest is for who asks next.
func readLine(in io.Reader) (string, error) {
	var text []byte
	for one := make([]byte, 1); ; {
		n, err := in.Read(one)
		switch {
		case n == 1 && one[0] == '\n':
			return string(text), nil
		case n == 1:
			text = append(text, one[0])
		case err != nil:
			return "", err
		}
	}
}

// aboutChoice tells that there is no adapter to use, or more than one.
func (a *app) aboutChoice(err error) (string, int) {
	var several *severalError
	switch {
	case errors.Is(err, errNoAdapter):
		return a.say.Text(message.NoAdapter), exitNoCar
	case errors.As(err, &several):
		uris := make([]string, len(several.found))
		for i, f := range several.found {
			uris[i] = f.URI
		}
		return a.say.Text(message.SeveralAdapters, strings.Join(uris, ", ")), exitNoCar
	}
	return "", 0
}

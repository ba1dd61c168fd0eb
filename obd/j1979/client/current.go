package client

import (
	"context"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/j1979"
)

// Supported asks which identifiers of a service (01, 02, 05, 06 or 09; in
// J1979-2 01, 06 or 09) the units have.
func (c *Client) Supported(ctx context.Context, service byte) ([]Answer[j1979.Set], error) {
	var all rounds[j1979.Set]
	for base := byte(0); ; base += 0x20 {
		q, err := c.language.mask(service, base)
		if err != nil {
			return nil, err
		}
		masks, err := ask(ctx, c, q, c.language.parseMask)
		round := sets(masks)
		all.add(round, unite)
		switch {
		case err != nil && (base == 0 || !silent(err)):
			return all.answers, err
		case !slices.ContainsFunc(round, func(a Answer[j1979.Set]) bool { return a.Value.Has(base + 0x20) }):
			return all.answers, nil
		}
	}
}

func unite(to *j1979.Set, from j1979.Set) {
	for id := range from.All() {
		to.Put(id)
	}
}

func sets(masks []Answer[j1979.Mask]) []Answer[j1979.Set] {
	out := make([]Answer[j1979.Set], len(masks))
	for i, m := range masks {
		out[i].From, out[i].Err = m.From, m.Err
		out[i].Value.Add(m.Value)
	}
	return out
}

// Current asks for the present values of PIDs, up to six in one request where
// their lengths are known. What a unit does not support is missing from its
// values. Where every unit refuses several at once, they are asked for one by
// one.
func (c *Client) Current(ctx context.Context, pids ...byte) ([]Answer[[]j1979.Value], error) {
	var (
		all   rounds[[]j1979.Value]
		quiet error
	)
	for queue := c.batches(pids); len(queue) > 0; {
		batch := queue[0]
		queue = queue[1:]
		answers, err := ask(ctx, c, c.language.values(batch), func(data []byte) ([]j1979.Value, error) {
			return c.language.parseValues(data, batch)
		})
		if len(batch) > 1 && err == nil && !anyGood(answers) {
			queue = append(singles(batch), queue...)
			continue
		}
		all.add(answers, func(to *[]j1979.Value, from []j1979.Value) { *to = append(*to, from...) })
		switch {
		case silent(err):
			quiet = err
		case err != nil:
			return all.answers, err
		}
	}
	if len(all.answers) == 0 {
		return nil, quiet
	}
	return all.answers, nil
}

// batches divides PIDs into requests.
func (c *Client) batches(pids []byte) [][]byte {
	var (
		out  [][]byte
		open []byte // not full yet
	)
	for _, pid := range pids {
		if _, known := j1979.Length(pid); !known {
			out = append(out, []byte{pid})
			continue
		}
		if open = append(open, pid); len(open) == c.language.batch() {
			out, open = append(out, open), nil
		}
	}
	if open != nil {
		out = append(out, open)
	}
	return out
}

func singles(pids []byte) [][]byte {
	out := make([][]byte, len(pids))
	for i := range pids {
		out[i] = pids[i : i+1]
	}
	return out
}

func anyGood[T any](answers []Answer[T]) bool {
	return slices.ContainsFunc(answers, func(a Answer[T]) bool { return a.Err == nil })
}

// rounds adds up what several requests brought, unit by unit. A unit that
// answers twice (two units with one identifier) stays two.
type rounds[T any] struct {
	answers []Answer[T]
}

// add puts a round's answers to those of the same unit.
func (r *rounds[T]) add(round []Answer[T], put func(to *T, from T)) {
	used := make(map[int]bool, len(r.answers))
	for _, a := range round {
		i := r.find(a, used)
		if i < 0 {
			i, r.answers = len(r.answers), append(r.answers, a)
		} else {
			put(&r.answers[i].Value, a.Value)
			r.answers[i].Err = errors.Join(r.answers[i].Err, a.Err)
		}
		used[i] = true
	}
}

// find gives the unit's place that this round has not used yet, or -1.
func (r *rounds[T]) find(a Answer[T], used map[int]bool) int {
	for i := range r.answers {
		if r.answers[i].From == a.From && !used[i] {
			return i
		}
	}
	return -1
}

package isotptest

// cover gives rows in which every two values of every two factors meet; sizes
// is how many values each factor has. Greedy: each row starts with a pair that
// is missing, and every other factor takes the value that adds most.
func cover(sizes []int) (rows [][]int) {
	for m := everyPair(sizes); len(m) > 0; {
		row := make([]int, len(sizes))
		for f := range row {
			row[f] = -1
		}
		p := m.first()
		row[p.f], row[p.g] = p.v, p.w
		for f, size := range sizes {
			if row[f] < 0 {
				row[f] = m.best(row, f, size, len(rows)%size)
			}
		}
		m.met(row)
		rows = append(rows, row)
	}
	return rows
}

// pair is two factors with a value each, f being the lesser.
type pair struct{ f, v, g, w int }

// missing are the pairs that are in no row yet.
type missing map[pair]bool

func everyPair(sizes []int) missing {
	m := missing{}
	for f := range sizes {
		for g := f + 1; g < len(sizes); g++ {
			for v := range sizes[f] {
				for w := range sizes[g] {
					m[pair{f, v, g, w}] = true
				}
			}
		}
	}
	return m
}

// first is the smallest, so that every run has the same rows.
func (m missing) first() (p pair) {
	least := -1
	for q := range m {
		if at := ((q.f*16+q.g)*16+q.v)*16 + q.w; least < 0 || at < least {
			least, p = at, q
		}
	}
	return p
}

// best is the value of a factor that adds most to a row; of equal ones the
// next from begin on.
func (m missing) best(row []int, f, size, begin int) (value int) {
	most := -1
	for i := range size {
		v := (begin + i) % size
		if n := m.gain(row, f, v); n > most {
			value, most = v, n
		}
	}
	return value
}

func (m missing) gain(row []int, f, v int) (n int) {
	for g, w := range row {
		if w >= 0 && (m[pair{f, v, g, w}] || m[pair{g, w, f, v}]) {
			n++
		}
	}
	return n
}

func (m missing) met(row []int) {
	for f, v := range row {
		for g := f + 1; g < len(row); g++ {
			delete(m, pair{f, v, g, row[g]})
		}
	}
}

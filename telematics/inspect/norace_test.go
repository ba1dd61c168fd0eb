//go:build !race

package inspect_test

// underRace: the race detector watches, which takes its time.
const underRace = false

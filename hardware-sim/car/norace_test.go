//go:build !race

package car_test

// underRace: the race detector watches, which takes its time.
const underRace = false

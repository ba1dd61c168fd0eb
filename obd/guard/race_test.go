//go:build race

package guard_test

// longest request of the table test. The race detector makes the table ten
// times slower and has little to find in it.
const longest = 3

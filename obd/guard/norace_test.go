//go:build !race

package guard_test

// longest request of the table test: longer than any form but 22.
const longest = 8

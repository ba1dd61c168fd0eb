//go:build !race

package canlog_test

// endlessLength is how much of each form is read, in bytes: the race detector
// takes ten times as long.
const endlessLength = 200 << 20

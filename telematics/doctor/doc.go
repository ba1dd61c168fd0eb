// Package doctor says what is plugged in and how good it is: which adapters
// there may be, what one of them can do, how fast and how reliably, for which
// makes that is enough, and what would mend it.
package doctor

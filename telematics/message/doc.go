// Package message holds every text that a person reads, in each language beside
// the others. Nobody else puts sentences together.
//
// To add a text: one constant and, in the table below it, one line with the
// languages in the order of text. Verbs are those of fmt, formatted the
// language's way: %d groups thousands and %.1f has its decimal sign, so a number
// that is a name (a year, a line, an address) is passed as a string.
//
// Texts are plain words for a technician, short, and promise nothing.
package message

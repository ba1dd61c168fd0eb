// Package profiles holds reviewed data about makers' units: where they answer,
// what may be read, what the answers mean, each with source and confidence.
//
//	vehicles/*.yaml   one profile a file, embedded; Load reads a user's own
//	addresses.yaml    which address is which unit, for every make
//	schema/           JSON Schema of a profile file, for editors
//
// A Set is read-only once made and safe for use by several goroutines.
package profiles

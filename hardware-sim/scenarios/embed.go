// Package scenarios holds the simulated cars. Their makeup is described in
// package car, which reads them. VINs, serial numbers and identifiers in them
// are invented; the layouts of answers are those of the published facts about
// these units.
package scenarios

import "embed"

// Files has one file for each car, named after it.
//
//go:embed *.yaml
var Files embed.FS

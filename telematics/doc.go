// Package telematics is the vocabulary of an inspection: what a telematics
// unit can be known by (Identifier), what state it can be in (Signal), what an
// inspection found (Inspection), and which of that may be shown to whom (Mask,
// MaskLog). It asks a car nothing; package inspect does.
package telematics

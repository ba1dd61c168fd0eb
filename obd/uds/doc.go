// Package uds encodes and decodes the messages of ISO 14229-1, requests and
// responses alike: it does no I/O and is used by testers and by simulated
// units.
package uds

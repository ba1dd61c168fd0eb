// Package socketcan joins a car's bus through a CAN interface of the Linux
// kernel:
//
//	socketcan:can0                 at the bit rate to which it is set
//	socketcan:can0?bitrate=500000  at this one; it is set where we may
//	socketcan:can0?bitrate=auto    at any that is asked for; needs CAP_NET_ADMIN
//	socketcan:can0?fd=1            CAN FD or not at all; fd=0: never
//	socketcan:can0?isotp=kernel    the kernel's ISO-TP instead of ours
//
// A virtual interface (vcan, vxcan) has no bit rate and takes any. It has no
// acknowledge either: whatever is sent there counts as heard.
//
// What we change of an interface is put back on Close. Without setting a bit
// rate nothing is changed: who only listens then sends nothing, but its
// controller acknowledges.
package socketcan

import (
	"strconv"

	"github.com/untether-obd/untether/obd/adapter"
)

// Keys of the URI.
const (
	keyBitrate = "bitrate"
	keyFD      = "fd"
	keyISOTP   = "isotp"
)

// asIs leaves an interface at its bit rate, anyRate takes what OpenBus asks for.
const (
	asIs    = 0
	anyRate = -1
)

// maxBitrate is that of CAN FD's data phase; no nominal phase is faster.
const maxBitrate = 8_000_000

// settings are what a URI says.
type settings struct {
	name    string // of the interface
	bitrate int    // bit/s, asIs or anyRate
	fd      fdMode
	kernel  bool // ISO-TP is the kernel's business
}

type fdMode uint8

const (
	fdIfAble fdMode = iota
	fdNever
	fdAlways
)

// maxName is the kernel's IFNAMSIZ without the closing zero.
const maxName = 15

func parse(u adapter.URI) (settings, error) {
	if err := u.Allow(keyBitrate, keyFD, keyISOTP); err != nil {
		return settings{}, err
	}
	if len(u.Target) > maxName {
		return settings{}, &adapter.URIError{Text: u.Text, Reason: "the name of an interface has at most 15 bytes"}
	}
	s := settings{name: u.Target}
	var err error
	if s.bitrate, err = parseBitrate(u); err != nil {
		return settings{}, err
	}
	if s.fd, err = parseFD(u); err != nil {
		return settings{}, err
	}
	s.kernel, err = parseISOTP(u)
	return s, err
}

func parseBitrate(u adapter.URI) (int, error) {
	switch text := u.Query.Get(keyBitrate); {
	case !u.Query.Has(keyBitrate):
		return asIs, nil
	case text == "auto":
		return anyRate, nil
	default:
		rate, err := strconv.Atoi(text)
		if err != nil || rate <= 0 || rate > maxBitrate {
			return 0, &ValueError{Text: u.Text, Key: keyBitrate, Value: text, Valid: []string{"auto", "500000", "250000"}}
		}
		return rate, nil
	}
}

func parseFD(u adapter.URI) (fdMode, error) {
	switch text := u.Query.Get(keyFD); {
	case !u.Query.Has(keyFD):
		return fdIfAble, nil
	case text == "0":
		return fdNever, nil
	case text == "1":
		return fdAlways, nil
	default:
		return 0, &ValueError{Text: u.Text, Key: keyFD, Value: text, Valid: []string{"0", "1"}}
	}
}

func parseISOTP(u adapter.URI) (kernel bool, err error) {
	switch text := u.Query.Get(keyISOTP); {
	case !u.Query.Has(keyISOTP), text == "user":
		return false, nil
	case text == "kernel":
		return true, nil
	default:
		return false, &ValueError{Text: u.Text, Key: keyISOTP, Value: text, Valid: []string{"user", "kernel"}}
	}
}

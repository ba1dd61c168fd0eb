package slcan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/adapter"
)

// Keys of the URI.
const (
	keyBitrate  = "bitrate"
	keyBaud     = "baud"
	keyFD       = "fd"
	keyDataRate = "dbitrate"
	keyTimes    = "times"
)

const defaultBaud = 115_200

// endpoint is what a URI says.
type endpoint struct {
	path string // of the serial port; empty: TCP
	host string // HOST:PORT
	baud int    // bit/s of the serial port
	Options
}

// Options are how a dongle shall be used.
type Options struct {
	URI      string // to name it
	Bitrate  int    // the only bit rate, in bit/s; 0: any that is asked for
	FD       FD
	DataRate int  // bit/s of CAN FD's data phase, 2000000 or 5000000; 0: 2000000
	Times    bool // the dongle shall say when it received a frame
	UART     int  // bit/s of the slowest line on the way to it; 0: it is as fast as USB
}

// FD says whether CAN FD frames are sent.
type FD uint8

// How much CAN FD is wanted.
const (
	FDIfAble FD = iota
	FDNever
	FDAlways // or the dongle is not opened
)

func parse(u adapter.URI) (e endpoint, err error) {
	e.URI = u.Text
	host, tcp := strings.CutPrefix(u.Target, "//")
	if tcp {
		e.host = host
		err = u.Allow(keyBitrate, keyFD, keyDataRate, keyTimes)
	} else {
		e.path = u.Target
		err = u.Allow(keyBitrate, keyBaud, keyFD, keyDataRate, keyTimes)
	}
	if tcp && err == nil && !strings.Contains(host, ":") {
		err = &adapter.URIError{Text: u.Text, Reason: "no port, as in slcan://192.168.0.10:2000"}
	}
	if err != nil {
		return endpoint{}, err
	}
	return e, e.parseKeys(u)
}

func (e *endpoint) parseKeys(u adapter.URI) (err error) {
	if e.baud, err = number(u, keyBaud, defaultBaud, "57600", "115200"); err != nil {
		return err
	}
	if e.Bitrate, err = number(u, keyBitrate, 0, "250000", "500000"); err != nil {
		return err
	}
	if e.DataRate, err = number(u, keyDataRate, 0, texts(dataRates)...); err != nil {
		return err
	}
	if _, ok := dataRates[e.DataRate]; e.DataRate != 0 && !ok {
		return badValue(u, keyDataRate, texts(dataRates)...)
	}
	fd, err := choice(u, keyFD, map[string]FD{"": FDIfAble, "0": FDNever, "1": FDAlways})
	if err != nil {
		return err
	}
	e.FD = fd
	e.Times, err = choice(u, keyTimes, map[string]bool{"": false, "0": false, "1": true})
	return err
}

func texts(rates map[int]string) (all []string) {
	for _, r := range slices.Sorted(maps.Keys(rates)) {
		all = append(all, strconv.Itoa(r))
	}
	return all
}

func number(u adapter.URI, key string, otherwise int, examples ...string) (int, error) {
	if !u.Query.Has(key) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(u.Query.Get(key))
	if err != nil || n <= 0 {
		return 0, badValue(u, key, examples...)
	}
	return n, nil
}

func choice[T any](u adapter.URI, key string, values map[string]T) (T, error) {
	v, ok := values[u.Query.Get(key)]
	if !ok || u.Query.Has(key) && u.Query.Get(key) == "" {
		return v, badValue(u, key, "0", "1")
	}
	return v, nil
}

func badValue(u adapter.URI, key string, valid ...string) error {
	return &adapter.URIError{
		Text: u.Text, Key: key, Value: true, Reason: key + " cannot be " + strconv.Quote(u.Query.Get(key)), Valid: valid,
	}
}

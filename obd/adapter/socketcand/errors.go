package socketcand

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Why a socketcand could not be reached, or none be made, inside an *OpenError.
var (
	ErrNobody      = errors.New("nobody listens there")
	ErrSilent      = errors.New("no answer in time")
	ErrBusy        = errors.New("another client is on")
	ErrInUse       = errors.New("somebody listens there already")
	ErrNotLoopback = errors.New("not a loopback address, and nobody is authenticated")
)

var errHungUp = errors.New("the other end hung up")

// errListenOnly is what sending on a bus gives that was opened to listen.
var errListenOnly = errors.New("socketcand: the bus was opened to listen only")

// OpenError is a socketcand that could not be reached, or none made.
type OpenError struct {
	URI string
	Err error
}

func (e *OpenError) Error() string { return fmt.Sprintf("socketcand: %s: %v", e.URI, e.Err) }
func (e *OpenError) Unwrap() error { return e.Err }

// ProtocolError is a message that is not understood, or that has no place
// where it came.
type ProtocolError struct {
	Got    string // the message's beginning, never any payload
	Reason string
}

func (e *ProtocolError) Error() string { return fmt.Sprintf("socketcand: %s: %q", e.Reason, e.Got) }

// RemoteError is what the other end says is wrong, in its words.
type RemoteError struct{ Text string }

func (e *RemoteError) Error() string { return fmt.Sprintf("the other end says %q", e.Text) }

// LostError is a connection whose other end is gone, silent, or not understood
// any more. It matches net.ErrClosed, being the end of its bus.
type LostError struct {
	URI string
	Err error // io.EOF if the other end hung up without a word
}

func (e *LostError) Error() string { return fmt.Sprintf("socketcand: %s: lost: %v", e.URI, e.Err) }
func (e *LostError) Unwrap() error { return e.Err }

// Is makes it match net.ErrClosed.
func (e *LostError) Is(target error) bool { return target == net.ErrClosed }

// maxText bounds what is repeated of others' words.
const maxText = 200

// clean makes the words of others fit to be shown.
func clean(words []string) string {
	text := strings.Map(func(r rune) rune {
		if r == '\uFFFD' || !strconv.IsPrint(r) {
			return -1
		}
		return r
	}, strings.Join(words, " "))
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

// head is what an error shows of a message: its first two words, which hold
// no payload.
func head(words []string) string {
	text := clean(words[:min(len(words), 2)])
	return strings.ToValidUTF8(text[:min(len(text), 40)], "")
}

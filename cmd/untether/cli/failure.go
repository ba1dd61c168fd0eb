package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/inspect"
	"github.com/untether-obd/untether/telematics/message"
)

// usageError is a flag or argument that cobra did not understand.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

// choiceError is a value that a flag cannot have.
type choiceError struct{ flag, value, valid string }

func (e *choiceError) Error() string { return e.flag + ": " + e.value }

// Failures of the command line itself.
var (
	errNoAdapter = errors.New("no adapter")
	errReveal    = errors.New("--reveal without a terminal")
)

// writeError is a file of ours that could not be written.
type writeError struct {
	path string
	err  error
}

func (e *writeError) Error() string { return e.path + ": " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// adapterError is a failure on the way to the car, with the adapter's name.
type adapterError struct {
	uri string
	err error
}

// openingError is a failure before the adapter was open.
type openingError struct{ error }

func (e *openingError) Unwrap() error { return e.error }

func (e *adapterError) Error() string { return e.uri + ": " + e.err.Error() }
func (e *adapterError) Unwrap() error { return e.err }

// fail tells a person what happened, to what, and what to do now.
func (a *app) fail(err error) {
	a.log.Error().Err(err).Msg("failed") // errors name requests, never their payload
	text, code := a.explain(err)
	a.code = code
	fmt.Fprintln(a.streams.Err, "untether:", text)
}

// explain finds the text and exit code of an error.
func (a *app) explain(err error) (string, int) {
	if errors.Is(err, context.Canceled) {
		return a.say.Text(message.Interrupted), exitInterrupted
	}
	for _, known := range []func(error) (string, int){a.aboutDongle, a.aboutCar, a.aboutChoice, a.aboutFault, a.aboutAdapter, a.aboutSocketcand, a.aboutFile, a.aboutUsage} {
		if text, code := known(err); text != "" {
			return text, code
		}
	}
	return a.say.Text(message.OurFault, err.Error()), exitFailed
}

func (a *app) aboutCar(err error) (string, int) {
	var (
		none   *bringup.NoCarError
		noise  *bringup.BusErrorsError
		on     *adapterError
		blind  *cannotScanError
		hidden *cannotRecordError
		denied *guard.DeniedError
	)
	uri := ""
	if errors.As(err, &on) {
		uri = on.uri
	}
	switch {
	case errors.As(err, &none):
		return a.aboutNoCar(uri, none), exitNoCar
	case errors.As(err, &noise):
		return a.say.Text(message.CANFDOnly, uri), exitNoCar
	case errors.As(err, &hidden):
		return a.say.Text(message.CannotRecord, hidden.uri), exitFailed
	case errors.As(err, &blind):
		return a.say.Text(message.CannotScan, blind.uri), exitFailed
	case errors.As(err, &denied) && denied.Rule == guard.RuleBench:
		return a.say.Text(message.BenchRefused), exitFailed
	case on != nil && errors.Is(err, transport.ErrBusOff), on != nil && errors.Is(err, transport.ErrClosed):
		return a.say.Text(message.AdapterLost, uri, on.err.Error()), exitNoCar
	}
	return "", 0
}

func (a *app) aboutAdapter(err error) (string, int) {
	var (
		later  *notYetError
		model  *car.UnknownError
		socket *tunnel.OpenError
		iface  *socketcan.InterfaceError
		stand  *terminalError
	)
	switch {
	case errors.As(err, &stand):
		return a.aboutTerminal(stand), exitFailed
	case errors.As(err, &later):
		return a.say.Text(message.NotYet, later.scheme), exitFailed
	case errors.As(err, &model):
		return a.say.Text(message.UnknownCar, model.Name, strings.Join(model.Known, ", ")), exitFailed
	case errors.As(err, &iface):
		return a.aboutInterface(iface)
	case errors.As(err, &socket):
		return a.aboutTunnel(socket)
	}
	return a.aboutURI(err)
}

// aboutURI tells what an adapter's URI should have been.
func (a *app) aboutURI(err error) (string, int) {
	var (
		scheme *adapter.UnknownSchemeError
		uri    *adapter.URIError
		value  *replay.ValueError
		choice *socketcan.ValueError
	)
	switch {
	case errors.As(err, &scheme):
		return a.say.Text(message.UnknownScheme, scheme.Scheme, strings.Join(scheme.Known, ", ")), exitFailed
	case errors.As(err, &uri) && uri.Value:
		return a.say.Text(message.BadFlag, uri.Text+": "+uri.Key, valueOf(uri), strings.Join(uri.Valid, ", ")), exitFailed
	case errors.As(err, &uri) && uri.Key != "" && len(uri.Valid) == 0:
		return a.say.Text(message.NoKeys, uri.Text, uri.Key), exitFailed
	case errors.As(err, &uri) && uri.Key != "":
		return a.say.Text(message.UnknownKey, uri.Text, uri.Key, strings.Join(uri.Valid, ", ")), exitFailed
	case errors.As(err, &uri):
		return a.say.Text(message.BadURI, uri.Text, uri.Reason), exitFailed
	case errors.As(err, &value) && len(value.Valid) > 0:
		return a.say.Text(message.BadFlag, value.Text+": "+value.Key, value.Value, strings.Join(value.Valid, ", ")), exitFailed
	case errors.As(err, &value):
		return a.say.Text(message.BadSpeed, value.Text, value.Value), exitFailed
	case errors.As(err, &choice):
		return a.say.Text(message.BadFlag, choice.Text+": "+choice.Key, choice.Value, strings.Join(choice.Valid, ", ")), exitFailed
	}
	return "", 0
}

// valueOf is what the key that is at fault was given.
func valueOf(e *adapter.URIError) string {
	u, err := adapter.ParseURI(e.Text)
	if err != nil {
		return ""
	}
	return u.Query.Get(e.Key)
}

func (a *app) aboutTunnel(err *tunnel.OpenError) (string, int) {
	switch {
	case errors.Is(err, tunnel.ErrNobody):
		return a.say.Text(message.NobodyListens, err.URI), exitNoCar
	case errors.Is(err, tunnel.ErrBusy):
		return a.say.Text(message.AdapterBusy, err.URI), exitNoCar
	case errors.Is(err, fs.ErrPermission):
		return a.say.Text(message.AdapterDenied, err.URI), exitFailed
	case errors.Is(err, tunnel.ErrInUse):
		return a.say.Text(message.ListenTaken, err.URI), exitFailed
	case errors.Is(err, tunnel.ErrNotSocket):
		return a.say.Text(message.NotASocket, err.URI), exitFailed
	case errors.Is(err, tunnel.ErrNotLoopback):
		return a.say.Text(message.NotLoopback, err.URI), exitFailed
	}
	return a.say.Text(message.CannotOpen, err.URI, err.Err.Error()), exitFailed
}

func (a *app) aboutFile(err error) (string, int) {
	var (
		recording *replay.FileError
		mute      *noUnitError
		profile   *profiles.FileError
		write     *writeError
		path      *fs.PathError
	)
	switch {
	case errors.As(err, &write) && errors.Is(err, fs.ErrExist):
		return a.say.Text(message.FileExists, write.path), exitFailed
	case errors.As(err, &write):
		return a.say.Text(message.CannotWrite, write.path, write.err.Error()), exitFailed
	case errors.As(err, &mute):
		return a.say.Text(message.SimNoUnit, mute.path), exitFailed
	case errors.As(err, &recording):
		return a.aboutRecording(recording), exitFailed
	case errors.As(err, &profile):
		return strings.Join(a.aboutProfiles(err), "\nuntether: "), exitFailed
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return a.say.Text(message.FileNotFound, path.Path), exitFailed
	case errors.As(err, &path) && errors.Is(err, fs.ErrPermission):
		return a.say.Text(message.FileDenied, path.Path), exitFailed
	}
	return "", 0
}

// aboutProfiles tells of every fault in profiles: they come joined.
func (a *app) aboutProfiles(err error) (texts []string) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			texts = append(texts, a.aboutProfiles(e)...)
		}
		return texts
	}
	if e, ok := errors.AsType[*profiles.FileError](err); ok {
		at := fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
		texts = append(texts, a.say.Text(message.BadProfile, at, e.Reason))
	}
	return texts
}

func (a *app) aboutRecording(err *replay.FileError) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a.say.Text(message.FileNotFound, err.Path)
	case errors.Is(err, fs.ErrPermission):
		return a.say.Text(message.FileDenied, err.Path)
	case errors.Is(err, replay.ErrEmpty):
		return a.say.Text(message.RecordingEmpty, err.Path)
	}
	return a.say.Text(message.RecordingUnreadable, err.Path, err.Err.Error())
}

func (a *app) aboutUsage(err error) (string, int) {
	var (
		usage   *usageError
		choice  *choiceError
		profile *inspect.UnknownProfileError
		lint    *lintError
	)
	switch {
	case errors.As(err, &choice):
		return a.say.Text(message.BadFlag, choice.flag, choice.value, choice.valid), exitFailed
	case errors.As(err, &profile):
		return a.say.Text(message.UnknownProfile, profile.ID, strings.Join(profile.Known, ", ")), exitFailed
	case errors.As(err, &lint):
		return a.say.Text(message.ProfileMistakes, lint.n), exitFailed
	case errors.Is(err, doctor.ErrNoHardware):
		return a.say.Text(message.NoHardware), exitFailed
	case errors.Is(err, errReveal):
		return a.say.Text(message.RevealNoTerminal), exitFailed
	case errors.As(err, &usage):
		return a.say.Text(message.BadUsage, usage.Error()), exitFailed
	}
	return "", 0
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

var (
	cable   = doctor.Found{URI: "elm327:/dev/ttyUSB0", Family: doctor.ELM327, Guess: doctor.Likely, Device: "/dev/ttyUSB0", Name: "OBDLink SX"}
	canable = doctor.Found{URI: "slcan:/dev/ttyACM0", Family: doctor.SLCAN, Guess: doctor.Likely, Device: "/dev/ttyACM0"}
	builtIn = doctor.Found{URI: "elm327:/dev/ttyS0", Family: doctor.ELM327, Guess: doctor.Unlikely, Device: "/dev/ttyS0"}
	virtual = doctor.Found{URI: "socketcan:vcan0", Family: doctor.SocketCAN, Guess: doctor.Certain, Device: "vcan0", Virtual: true}
)

// with is a program with things plugged in and something typed.
func with(typed string, found ...doctor.Found) (a *app, printed *bytes.Buffer) {
	printed = &bytes.Buffer{}
	return &app{
		streams: Streams{In: strings.NewReader(typed), Out: io.Discard, Err: printed},
		say:     message.For(message.English), log: zerolog.Nop(),
		plugged: func() ([]doctor.Found, error) { return found, nil },
	}, printed
}

func TestChooseTheAdapter(t *testing.T) {
	for name, c := range map[string]struct {
		named string
		found []doctor.Found
		want  string
		code  int
		says  string
	}{
		"the one that is named":            {named: "sim:a", found: []doctor.Found{cable, canable}, want: "sim:a"},
		"the only one":                     {found: []doctor.Found{cable}, want: cable.URI},
		"what is always there is none":     {found: []doctor.Found{cable, builtIn, virtual}, want: cable.URI},
		"none":                             {found: []doctor.Found{builtIn, virtual}, code: exitNoCar, says: "adapters list"},
		"several, and nobody can be asked": {found: []doctor.Found{cable, canable}, code: exitNoCar, says: cable.URI + ", " + canable.URI},
	} {
		t.Run(name, func(t *testing.T) {
			a, printed := with("", c.found...)
			got, err := a.choose(t.Context(), c.named)
			require.Equal(t, c.want, got)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			a.fail(err)
			require.Equal(t, c.code, a.code)
			require.Contains(t, printed.String(), c.says)
		})
	}
}

func TestChooseSaysWhyNothingCouldBeListed(t *testing.T) {
	a, _ := with("")
	a.plugged = func() ([]doctor.Found, error) { return nil, fs.ErrPermission }
	_, err := a.choose(t.Context(), "")
	require.ErrorIs(t, err, fs.ErrPermission)
}

func TestPick(t *testing.T) {
	both := []doctor.Found{cable, canable}
	for name, typed := range map[string]string{
		"a number": "2\n", "with blanks, from Windows": " 2 \r\n", "after what is none": "x\n\n0\n3\n-1\n2\n",
	} {
		t.Run(name, func(t *testing.T) {
			a, printed := with(typed+"rest", both...)
			uri, err := a.pick(t.Context(), both)
			require.NoError(t, err)
			require.Equal(t, canable.URI, uri)
			require.Contains(t, printed.String(), "  1  "+cable.URI+"  OBDLink SX")
			rest, err := io.ReadAll(a.streams.In)
			require.NoError(t, err)
			require.Equal(t, "rest", string(rest), "what follows is for who asks next")
		})
	}
	t.Run("nothing more is typed", func(t *testing.T) {
		a, _ := with("7\n", both...)
		_, err := a.pick(t.Context(), both)
		var several *severalError
		require.ErrorAs(t, err, &several)
	})
	t.Run("Ctrl-C", func(t *testing.T) {
		a, _ := with("", both...)
		in, out := io.Pipe()
		a.streams.In = in
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := a.pick(ctx, both)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, out.Close())
		_, code := a.explain(err)
		require.Equal(t, exitInterrupted, code)
	})
}

func TestAgree(t *testing.T) {
	for typed, want := range map[string]bool{
		"y\n": true, "yes\n": true, " J \r\n": true, "ja\n": true, "n\n": false, "\n": false, "": false, "yes": false, "why\n": false,
	} {
		a, printed := with(typed)
		require.Equal(t, want, a.agree(t.Context(), "Switch?"), "%q", typed)
		require.Equal(t, "Switch? ", printed.String())
	}
	a, _ := with("y\n")
	require.Nil(t, a.otherPins(newProgress(a)), "no terminal: nobody can be asked")
}

func TestListAdapters(t *testing.T) {
	for _, c := range []struct {
		output string
		found  []doctor.Found
		want   string
	}{
		{"text", nil, "rfcomm bind"},
		{"text", []doctor.Found{cable, canable, builtIn}, "  elm327:/dev/ttyUSB0  probably ELM327/STN                  OBDLink SX\n" +
			"  slcan:/dev/ttyACM0   probably SLCAN\n" +
			"  elm327:/dev/ttyS0    serial port; ELM327/STN if anything\n"},
		{"text", []doctor.Found{virtual}, "virtual"},
		{"json", nil, `"adapters": []`},
		{"json", []doctor.Found{cable}, `"uri": "elm327:/dev/ttyUSB0"`},
	} {
		a, _ := with("", c.found...)
		out := &bytes.Buffer{}
		a.streams.Out = out
		require.NoError(t, a.listAdapters(c.output))
		require.Contains(t, out.String(), c.want)
	}
	a, _ := with("")
	_, ok := errors.AsType[*choiceError](a.listAdapters("xml"))
	require.True(t, ok)
}

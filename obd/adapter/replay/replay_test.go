package replay_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

var registry = adapter.Registry{"replay": replay.Open}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "drive.log")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func open(t *testing.T, content string) adapter.Recording {
	t.Helper()
	a, err := registry.Open(t.Context(), "replay:"+write(t, content))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	r, ok := a.(adapter.Recording)
	require.True(t, ok)
	return r
}

// heard is what a loop over a recording sees.
type heard struct {
	Frames []string
	Errors []string
}

func hear(r adapter.Recording) (h heard) {
	for rx, err := range r.Frames() {
		if err != nil {
			h.Errors = append(h.Errors, err.Error())
			continue
		}
		h.Frames = append(h.Frames, rx.Frame.String())
	}
	return h
}

func TestFramesGivesARecordingInFileOrder(t *testing.T) {
	r := open(t, "(1.5) can0 726#032241A9\n(1.6) can0 72E#076241A901080000 T\n")
	var got []can.Rx
	for rx, err := range r.Frames() {
		require.NoError(t, err)
		got = append(got, rx)
	}
	require.Empty(t, cmp.Diff([]can.Rx{
		{Frame: can.NewFrame(0x726, 3, 0x22, 0x41, 0xA9), Time: time.UnixMilli(1500).UTC()},
		{Frame: can.NewFrame(0x72E, 7, 0x62, 0x41, 0xA9, 1, 8, 0, 0), Time: time.UnixMilli(1600).UTC(), Own: true},
	}, got))
	require.Len(t, hear(r).Frames, 2, "a second loop starts anew")
}

func TestFramesTellsWhatIsWrongAndGoesOn(t *testing.T) {
	r := open(t, "# a comment\n(2.0) can0 001#\n(1.0) can0 002#\n(2.0) can1 00A#\n(2.1) can1 00B#\n(3.0) can0 003#1\n(4.0) can0 004#")
	require.Empty(t, cmp.Diff(heard{
		Frames: []string{"001#", "002#", "004#"},
		Errors: []string{
			`canlog: line 1: no time in parentheses: ""`,
			"canlog: line 3: the clock runs backwards by 1s",
			"replay: line 4: frames of can1 are left out, only can0 is read",
			`canlog: line 6: not a valid frame: "(3.0) can0 003"`,
		},
	}, hear(r)))
}

func TestFramesStopsWhenItsLoopDoes(t *testing.T) {
	r := open(t, "(1.0) can0 001#\n(2.0) can0 002#\n")
	n := 0
	for _, err := range r.Frames() {
		require.NoError(t, err)
		n++
		break
	}
	require.Equal(t, 1, n)
}

func TestFramesEndsWithCloseAlsoAmidALoop(t *testing.T) {
	r := open(t, "(1.0) can0 001#\n(2.0) can0 002#\n")
	var errs []error
	frames := 0
	for _, err := range r.Frames() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		frames++
		require.NoError(t, r.Close())
	}
	require.Equal(t, 1, frames)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], net.ErrClosed)
	require.NoError(t, r.Close(), "closing again is harmless")
}

func TestFramesTellsAFileThatWentAway(t *testing.T) {
	path := write(t, "(1.0) can0 001#\n")
	a, err := registry.Open(t.Context(), "replay:"+path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	var errs []error
	for _, err := range a.(adapter.Recording).Frames() {
		errs = append(errs, err)
	}
	var file *replay.FileError
	require.Len(t, errs, 1)
	require.ErrorAs(t, errs[0], &file)
	require.ErrorIs(t, errs[0], fs.ErrNotExist)
}

func TestInfo(t *testing.T) {
	path := write(t, "(1.0) can0 001#\n")
	a, err := registry.Open(t.Context(), "replay:"+path+"?mode=passive")
	require.NoError(t, err)
	require.Equal(t, adapter.Info{
		URI:         "replay:" + path + "?mode=passive",
		Kind:        adapter.KindRecording,
		Description: "recording drive.log, nothing is sent",
	}, a.Info())
}

func TestOpenRefusesAFileThatIsNoRecording(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	tests := []struct {
		name, path string
		want       error
	}{
		{"missing", filepath.Join(dir, "none.log"), fs.ErrNotExist},
		{"directory", dir, replay.ErrNotFile},
		{"pipe", pipe, replay.ErrNotFile},
		{"empty", write(t, ""), replay.ErrEmpty},
		{"blank", write(t, "\n\r\n  \n"), replay.ErrEmpty},
		{"PEAK TRC", write(t, ";$FILEVERSION=1.1\n     1)         1.8  Rx         0455  8  00 00 \n"), replay.ErrForm},
		{"binary", write(t, strings.Repeat("\x1f\x8b\x00\n", 100000)), replay.ErrForm},
		{"first frame too late", write(t, strings.Repeat("noise\n", 11000)+"(1.0) can0 001#\n"), replay.ErrForm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := registry.Open(t.Context(), "replay:"+tt.path)
			var file *replay.FileError
			require.ErrorAs(t, err, &file)
			require.Equal(t, tt.path, file.Path)
			require.ErrorIs(t, err, tt.want)
			require.Equal(t, 1, strings.Count(err.Error(), tt.path))
		})
	}
}

func TestOpenTakesAFileWhoseFirstFrameComesLate(t *testing.T) {
	require.Equal(t, []string{"001#"}, hear(open(t, strings.Repeat("noise\n", 10000)+"(1.0) can0 001#\n")).Frames)
}

func TestOpenRefusesKeys(t *testing.T) {
	path := write(t, "(1.0) can0 001#\n")
	for query, reason := range map[string]string{
		"bitrate=500000":            `unknown key "bitrate"; valid are mode, speed`,
		"speed=2&mode=passive":      `key "speed" with a recording that is only read; valid are mode=active`,
		"speed=2":                   `key "speed" with a recording that is only read; valid are mode=active`,
		"mode=passive&mode=passive": `key "mode" given 2 times`,
	} {
		_, err := registry.Open(t.Context(), "replay:"+path+"?"+query)
		var want *adapter.URIError
		require.ErrorAs(t, err, &want, query)
		require.ErrorContains(t, err, reason)
	}
}

func TestOpenRefusesValues(t *testing.T) {
	path := write(t, "(1.0) untether 001# T\n")
	for query, reason := range map[string]string{
		"mode=other":          `mode cannot be "other"; valid are active, passive`,
		"mode=":               `mode cannot be ""; valid are active, passive`,
		"mode=active&speed=0": `speed cannot be "0"; valid are a decimal number above 0`,
		"speed=-1":            `speed cannot be "-1"`,
		"speed=":              `speed cannot be ""`,
		"speed=inf":           `speed cannot be "inf"`,
		"speed=1e3":           `speed cannot be "1e3"`,
		"speed=0x1p4":         `speed cannot be "0x1p4"`,
		"speed=1.2.3":         `speed cannot be "1.2.3"`,
	} {
		_, err := registry.Open(t.Context(), "replay:"+path+"?"+query)
		var want *replay.ValueError
		require.ErrorAs(t, err, &want, query)
		require.ErrorContains(t, err, reason)
	}
}

func TestOpenHeedsItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := registry.Open(ctx, "replay:"+write(t, "(1.0) can0 001#\n"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestARealRecording(t *testing.T) {
	path := "../../../../shared/traces/eldominio-canbuslogs/gt350-fuelpumponoff.candump.log"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && os.Getenv("UNTETHER_REQUIRE_SHARED") != "1" {
		t.Skip("no recordings beside the checkout")
	}
	a, err := registry.Open(t.Context(), "replay:"+path)
	require.NoError(t, err)
	got := hear(a.(adapter.Recording))
	require.Empty(t, got.Errors)
	require.Len(t, got.Frames, 8287)
}

// The errors of a recording that a loop can outlive are remarks with a line.
func TestErrorsAreTyped(t *testing.T) {
	r := open(t, "(2.0) can0 001#\nnoise\n(1.0) can0 002#\n(2.0) can1 00A#\n")
	var errs []error
	for _, err := range r.Frames() {
		if err != nil {
			errs = append(errs, err)
		}
	}
	require.Len(t, errs, 3)
	var line *canlog.LineError
	require.ErrorAs(t, errs[0], &line)
	var clock *canlog.ClockError
	require.ErrorAs(t, errs[1], &clock)
	var other *replay.InterfaceError
	require.ErrorAs(t, errs[2], &other)
	require.Equal(t, &replay.InterfaceError{Line: 4, Read: "can0", Ignored: "can1"}, other)
	for i, err := range errs {
		var remark *adapter.RemarkError
		require.ErrorAs(t, err, &remark)
		require.Equal(t, i+2, remark.Line)
	}
}

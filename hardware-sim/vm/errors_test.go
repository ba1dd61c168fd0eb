package vm

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestErrorsShowWhatTheConsoleSaid(t *testing.T) {
	for want, err := range map[string]error{
		"killed: not over after 1m0s":                                     &LimitError{Limit: time.Minute, Up: true, Console: "noise"},
		"killed: the guest was not up after 1m0s; its console:\nmounting": &LimitError{Limit: time.Minute, Console: "mounting\n"},
		"the guest died under the command; its console:\nOops":            &DiedError{Up: true, Console: "Oops"},
		"the guest did not come up; its console is empty":                 &DiedError{},
	} {
		require.EqualError(t, err, want)
	}
}

func TestAJobNeedsACommand(t *testing.T) {
	_, err := Run(t.Context(), Job{}, nil, nil)
	require.EqualError(t, err, "a job without a command")
}

func TestATailIsTheEnd(t *testing.T) {
	var end tail
	for range 3 {
		n, err := end.Write([]byte(strings.Repeat("x", tailLength-1)))
		require.NoError(t, err)
		require.Equal(t, tailLength-1, n)
	}
	_, err := end.Write([]byte("end"))
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("x", tailLength-3)+"end", end.String())
}

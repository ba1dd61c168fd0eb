package slcan_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/can"
)

// FuzzDongle lets anything answer, one word to a line: whatever it says, each
// call ends in time, and with nothing that it did not say.
func FuzzDongle(f *testing.F) {
	f.Add("\r|\r|V1013\r|NA123\r|\r|\r|\r|F00\r|z\r|t7E8101\r")
	f.Add("\a|\a|V1013\r|\a|\a|\r|\r|\a|\a|F")
	f.Add("||canable\r||t7E8101t7E8102\r||canable\r")
	f.Add("?\r\r>|?\r\r>")
	f.Add("\r|\r|V1013\r||\r|z\rz\rz\r|F80\r|FFF\r|||")
	f.Fuzz(func(t *testing.T, text string) {
		synctest.Test(t, func(t *testing.T) {
			answers := strings.Split(text, "|")
			turn := 0
			host, _ := meet(t, func(string) string {
				turn++
				return answers[turn%len(answers)]
			})
			began := time.Now()
			d, err := slcan.New(t.Context(), host, slcan.Options{})
			require.Less(t, time.Since(began), 3*time.Second)
			if err != nil {
				return
			}
			b, err := d.OpenBus(t.Context(), at500k)
			if err == nil {
				stream := strings.NewReplacer("|", "", "\n", "", "\x00", "").Replace(text)
				use(t, b, strings.ToUpper(stream+stream))
			}
			require.NoError(t, d.Close())
			require.Less(t, time.Since(began), 20*time.Second)
		})
	})
}

// use sends two frames and takes what comes.
func use(t *testing.T, b can.Bus, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for range 2 {
		_ = b.Send(ctx, request)
	}
	for range 100 {
		rx, err := b.Recv(ctx)
		if err != nil {
			return
		}
		require.NoError(t, rx.Frame.Validate())
		if !rx.Own && !rx.Frame.Is(can.Error) {
			require.Contains(t, said, rx.Frame.IDString())
		}
	}
}

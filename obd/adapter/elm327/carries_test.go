package elm327

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
)

func TestCarries(t *testing.T) {
	all := Capabilities{FlowControl: Yes, Raw: Yes, Extended: Yes}
	noRaw := Capabilities{FlowControl: Yes, Raw: No, Extended: Yes}
	least := Capabilities{FlowControl: No, Raw: No}
	for _, c := range []struct {
		rule    string
		can     Capabilities
		address string
		request int
		want    error
	}{
		{"frames of our own making carry all", all, "6F1:61/661:F1", 4000, nil},
		{"with a group too, one frame of it", all, "6F1:DF/600-6FF:F1", 6, nil},
		{"and no more", all, "6F1:DF/600-6FF:F1", 7, transport.ErrLength},
		{"what is not known may work", Capabilities{}, "750:C7/758:C7", 20, nil},
		{"no chip has CAN FD", all, "7E0/7E8@fd", 2, transport.ErrForm},
		{"an emission unit needs nothing", least, "7E0/7E8", 7, nil},
		{"nor does their group", least, "7DF/7E8-7EF", 7, nil},
		{"nor one with 29 bits", least, "18DA10F1/18DAF110", 7, nil},
		{"a long request needs frames of our own making", noRaw, "7E0/7E8", 8, transport.ErrLength},
		{"a group gets one frame", all, "7DF/7E8-7EF", 8, transport.ErrLength},
		{"other units need its flow control", noRaw, "754/75C", 7, nil},
		{"other units without it", least, "754/75C", 2, transport.ErrForm},
		{"an address byte needs frames of our own making", noRaw, "6F1:61/661:F1", 2, transport.ErrForm},
		{"another group too", noRaw, "700/701-70F", 2, transport.ErrForm},
	} {
		t.Run(c.rule, func(t *testing.T) {
			require.ErrorIs(t, c.can.Carries(transport.MustAddress(c.address), c.request), c.want)
			if c.want == nil {
				require.NoError(t, c.can.Carries(transport.MustAddress(c.address), c.request))
			}
		})
	}
}

package telematics_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

// units reads "telematics:ATM gateway:ZGW telematics:TCU?", ? for silent.
func units(text string) []telematics.Unit {
	var out []telematics.Unit
	for word := range strings.FieldsSeq(text) {
		role, name, _ := strings.Cut(word, ":")
		bare, silent := strings.CutSuffix(name, "?")
		out = append(out, telematics.Unit{Role: role, Name: bare, Answered: !silent})
	}
	return out
}

// signals reads "ATM:connected-services=active".
func signals(text string) []telematics.Signal {
	var out []telematics.Signal
	for word := range strings.FieldsSeq(text) {
		unit, rest, _ := strings.Cut(word, ":")
		name, value, _ := strings.Cut(rest, "=")
		out = append(out, telematics.Signal{Name: telematics.SignalName(name), Value: value, Unit: unit})
	}
	return out
}

func TestSummarise(t *testing.T) {
	for name, row := range map[string]struct {
		units, signals, fitted, services, network, names string
	}{
		"no unit": {fitted: "unknown", services: "unknown", network: "unknown"},
		"silence is no absence": {
			units:  "telematics:TCU? gateway:ZGW",
			fitted: "unknown", services: "unknown", network: "unknown",
		},
		"a unit that says nothing": {
			units:  "telematics:TCU",
			fitted: "yes", services: "unknown", network: "unknown", names: "TCU",
		},
		"one unit, active": {
			units: "telematics:ATM", signals: "ATM:connected-services=active ATM:network-registration=registered",
			fitted: "yes", services: "active", network: "registered", names: "ATM",
		},
		"one unit, inactive": {
			units: "telematics:ATM", signals: "ATM:connected-services=inactive ATM:network-registration=not-registered",
			fitted: "yes", services: "inactive", network: "not-registered", names: "ATM",
		},
		"one unit says unknown": {
			units: "telematics:ATM", signals: "ATM:connected-services=unknown",
			fitted: "yes", services: "unknown", network: "unknown", names: "ATM",
		},
		"active is worse than inactive": {
			units: "telematics:A telematics:B", signals: "A:connected-services=inactive B:connected-services=active",
			fitted: "yes", services: "active", network: "unknown", names: "A B",
		},
		"active is worse than unknown": {
			units: "telematics:A telematics:B", signals: "A:connected-services=active",
			fitted: "yes", services: "active", network: "unknown", names: "A B",
		},
		"unknown is worse than inactive": {
			units: "telematics:A telematics:B", signals: "A:connected-services=inactive",
			fitted: "yes", services: "unknown", network: "unknown", names: "A B",
		},
		"both inactive": {
			units: "telematics:A telematics:B", signals: "A:connected-services=inactive B:connected-services=inactive",
			fitted: "yes", services: "inactive", network: "unknown", names: "A B",
		},
		"a silent one does not count": {
			units: "telematics:A telematics:B?", signals: "A:connected-services=inactive",
			fitted: "yes", services: "inactive", network: "unknown", names: "A",
		},
		"one unit says two things": {
			units: "telematics:A", signals: "A:connected-services=inactive A:connected-services=unknown",
			fitted: "yes", services: "unknown", network: "unknown", names: "A",
		},
		"another unit's active counts": {
			units: "telematics:A head-unit:H", signals: "A:connected-services=inactive H:connected-services=active",
			fitted: "yes", services: "active", network: "unknown", names: "A",
		},
		"another unit's inactive does not stand for a silent one": {
			units: "telematics:A head-unit:H", signals: "H:connected-services=inactive",
			fitted: "yes", services: "unknown", network: "unknown", names: "A",
		},
		"another unit's inactive alone": {
			units: "head-unit:H", signals: "H:connected-services=inactive",
			fitted: "unknown", services: "unknown", network: "unknown",
		},
		"roaming is registered": {
			units: "telematics:A", signals: "A:network-registration=roaming",
			fitted: "yes", services: "unknown", network: "registered", names: "A",
		},
		"denied and searching are not": {
			units: "telematics:A telematics:B", signals: "A:network-registration=denied B:network-registration=searching",
			fitted: "yes", services: "unknown", network: "not-registered", names: "A B",
		},
		"registered is worse": {
			units: "telematics:A telematics:B", signals: "A:network-registration=denied B:network-registration=registered",
			fitted: "yes", services: "unknown", network: "registered", names: "A B",
		},
		"coded as not fitted": {
			units: "head-unit:H telematics:A?", signals: "H:telematics-fitted=no",
			fitted: "no", services: "unknown", network: "unknown",
		},
		"coded as fitted": {
			units: "head-unit:H", signals: "H:telematics-fitted=no G:telematics-fitted=yes",
			fitted: "yes", services: "unknown", network: "unknown",
		},
		"an answer is worth more than coding": {
			units: "head-unit:H telematics:A", signals: "H:telematics-fitted=no",
			fitted: "yes", services: "unknown", network: "unknown", names: "A",
		},
		"coding that does not say": {
			units: "head-unit:H", signals: "H:telematics-fitted=unknown",
			fitted: "unknown", services: "unknown", network: "unknown",
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := telematics.Telematics{
				Fitted: row.fitted, Services: row.services, Network: row.network, Units: strings.Fields(row.names),
			}
			require.Empty(t, cmp.Diff(want, telematics.Summarise(units(row.units), signals(row.signals))))
		})
	}
}

package telematics

import (
	"slices"
	"strconv"
)

// SignalName names a normalised state.
type SignalName string

// The signals.
const (
	ConnectedServices   SignalName = "connected-services"   // the maker's services run in this car
	Provisioning        SignalName = "provisioning"         // the unit has what it needs to reach the maker
	NetworkRegistration SignalName = "network-registration" // the modem and the mobile network
	SIMProfile          SignalName = "sim-profile"          // one of the profiles on an embedded SIM
	PrivacyMode         SignalName = "privacy-mode"         // on: the car keeps its data to itself
	PairedPhones        SignalName = "paired-phones"        // how many the unit knows
	TelematicsFitted    SignalName = "telematics-fitted"    // what another unit's coding says
	Modem               SignalName = "modem"                // the radio is on
	Hotspot             SignalName = "hotspot"              // the car's own Wi-Fi
	CarSharing          SignalName = "car-sharing"          // the service is on
	MountingPlace       SignalName = "mounting-place"       // where the unit sits
	NetworkGeneration   SignalName = "network-generation"   // what the modem can
	Market              SignalName = "market"               // the country group the unit is built for
	Variant             SignalName = "variant"              // anything else that tells builds apart
)

// Values that several signals share.
const (
	Unknown = "unknown"
	On      = "on"
	Off     = "off"
	Yes     = "yes"
	No      = "no"
)

// Values of connected-services and network-registration, and so of Telematics.
const (
	Active        = "active"
	Inactive      = "inactive"
	Registered    = "registered"
	NotRegistered = "not-registered"
	Searching     = "searching"
	Denied        = "denied"
	Roaming       = "roaming"
)

// signalValues is the closed set of each signal's values; nil is a number,
// empty is any text.
var signalValues = map[SignalName][]string{
	ConnectedServices:   {Active, Inactive, Unknown},
	Provisioning:        {"provisioned", "not-provisioned", "running", "failed", Unknown},
	NetworkRegistration: {Registered, NotRegistered, Searching, Denied, Roaming, Unknown},
	SIMProfile:          {"activated", "selectable", "personalised", "deactivated", "hidden", "invalid", Unknown},
	PrivacyMode:         {On, Off, Unknown},
	PairedPhones:        nil,
	TelematicsFitted:    {Yes, No, Unknown},
	Modem:               {On, Off, Unknown},
	Hotspot:             {On, Off, Unknown},
	CarSharing:          {On, Off, Unknown},
	MountingPlace:       {"trunk", "roof", "dash", Unknown},
	NetworkGeneration:   {"2g", "3g", "4g", Unknown},
	Market:              {"eu", "us", "cn", "row", "br", Unknown},
	Variant:             {},
}

// SignalNames lists every signal, sorted.
func SignalNames() []SignalName {
	names := make([]SignalName, 0, len(signalValues))
	for n := range signalValues {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// SignalValues lists the values that a signal can have, and false for a name
// that is no signal's. A signal without a closed set, a number or a text, has
// none to list; Allows knows which it is.
func SignalValues(name SignalName) (values []string, ok bool) {
	v, ok := signalValues[name]
	return slices.Clone(v), ok
}

// Allows reports whether value is one that the signal can have.
func (n SignalName) Allows(value string) bool {
	values, ok := signalValues[n]
	switch {
	case !ok:
		return false
	case values == nil:
		_, err := strconv.ParseUint(value, 10, 16)
		return err == nil
	}
	return len(values) == 0 && value != "" || slices.Contains(values, value)
}

package elm327

// Capabilities is what a dongle says of itself, and how it answered when it
// was asked to do something.
type Capabilities struct {
	Banner      string `json:"banner"`      // ATI; proves nothing
	Description string `json:"description"` // AT@1
	Firmware    string `json:"firmware"`    // STI; empty: no STN
	Hardware    string `json:"hardware"`    // STDI
	Serial      string `json:"serial"`      // STSN

	Baud int `json:"baud"` // bit/s at which it was found; 0: the port has none

	FlowControl   Ability `json:"flow_control"`   // ATFCSH, ATFCSD, ATFCSM: its own flow control to any id
	ReceiveFilter Ability `json:"receive_filter"` // ATCRA with an id, and without to end it
	Silent        Ability `json:"silent"`         // ATCSM: monitoring without an acknowledge
	TimerScale    Ability `json:"timer_scale"`    // ATCTM: five times longer waits
	Extended      Ability `json:"extended"`       // ATCEA: an address byte in front, 6F1:61
	Adaptive      Ability `json:"adaptive"`       // ATAT2
	J1939         Ability `json:"j1939"`          // ATJE
	Parameters    Ability `json:"parameters"`     // ATPPS
	Activity      Ability `json:"activity"`       // ATAMC
	Long          Ability `json:"long"`           // ATAL
	Raw           Ability `json:"raw"`            // ATCAF0 and ATCFC0: frames of our own making
	Wide          Ability `json:"wide"`           // ATSH with all 8 digits of a 29-bit id
	Voltage       Ability `json:"voltage"`        // ATRV gives one

	STN      Ability `json:"stn"`       // STI
	FlowPair Ability `json:"flow_pair"` // STCFCPA: flow control by pairs of ids
	Filters  Ability `json:"filters"`   // STFAP
	Wait     Ability `json:"wait"`      // STPTO: waits in ms
	Messages Ability `json:"messages"`  // STPX: whole long requests
}

// Ability is what is known of something that a dongle may be able to do.
type Ability uint8

// What is known. Only `?` is evidence that a dongle cannot.
const (
	Unknown Ability = iota
	Yes
	No
)

func (a Ability) String() string { return [...]string{"unknown", "yes", "no"}[min(a, No)] }

// MarshalText is the word for the JSON.
func (a Ability) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes what MarshalText gives; anything else is Unknown.
func (a *Ability) UnmarshalText(text []byte) error {
	*a = Unknown
	for _, known := range []Ability{Yes, No} {
		if string(text) == known.String() {
			*a = known
		}
	}
	return nil
}

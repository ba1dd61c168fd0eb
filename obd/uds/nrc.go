package uds

import "fmt"

// NRC is a negative response code. It is an errno: errors.Is(err,
// SecurityAccessDenied) asks why a unit refused. KWP 2000 and J1979 share the
// codes that they know.
type NRC byte

// The codes under the names of ISO 14229-1.
//
//nolint:errname // an errno has the standard's name, as syscall.ENOENT has
const (
	GeneralReject                         NRC = 0x10
	ServiceNotSupported                   NRC = 0x11
	SubFunctionNotSupported               NRC = 0x12
	IncorrectMessageLengthOrInvalidFormat NRC = 0x13
	ResponseTooLong                       NRC = 0x14
	BusyRepeatRequest                     NRC = 0x21
	ConditionsNotCorrect                  NRC = 0x22
	RequestSequenceError                  NRC = 0x24
	NoResponseFromSubnetComponent         NRC = 0x25
	FailurePreventsExecution              NRC = 0x26
	RequestOutOfRange                     NRC = 0x31
	SecurityAccessDenied                  NRC = 0x33
	AuthenticationRequired                NRC = 0x34
	InvalidKey                            NRC = 0x35
	ExceededNumberOfAttempts              NRC = 0x36
	RequiredTimeDelayNotExpired           NRC = 0x37
	SecureDataTransmissionRequired        NRC = 0x38
	SecureDataTransmissionNotAllowed      NRC = 0x39
	SecureDataVerificationFailed          NRC = 0x3A
	CertificateInvalidTimePeriod          NRC = 0x50
	CertificateInvalidSignature           NRC = 0x51
	CertificateInvalidChainOfTrust        NRC = 0x52
	CertificateInvalidType                NRC = 0x53
	CertificateInvalidFormat              NRC = 0x54
	CertificateInvalidContent             NRC = 0x55
	CertificateInvalidScope               NRC = 0x56
	CertificateRevoked                    NRC = 0x57
	OwnershipVerificationFailed           NRC = 0x58
	ChallengeCalculationFailed            NRC = 0x59
	SettingAccessRightsFailed             NRC = 0x5A
	SessionKeyDerivationFailed            NRC = 0x5B
	ConfigurationDataUsageFailed          NRC = 0x5C
	DeAuthenticationFailed                NRC = 0x5D
	UploadDownloadNotAccepted             NRC = 0x70
	TransferDataSuspended                 NRC = 0x71
	GeneralProgrammingFailure             NRC = 0x72
	WrongBlockSequenceCounter             NRC = 0x73
	ResponsePending                       NRC = 0x78
	SubFunctionNotSupportedInSession      NRC = 0x7E
	ServiceNotSupportedInSession          NRC = 0x7F
	RPMTooHigh                            NRC = 0x81
	RPMTooLow                             NRC = 0x82
	EngineIsRunning                       NRC = 0x83
	EngineIsNotRunning                    NRC = 0x84
	EngineRunTimeTooLow                   NRC = 0x85
	TemperatureTooHigh                    NRC = 0x86
	TemperatureTooLow                     NRC = 0x87
	VehicleSpeedTooHigh                   NRC = 0x88
	VehicleSpeedTooLow                    NRC = 0x89
	ThrottlePedalTooHigh                  NRC = 0x8A
	ThrottlePedalTooLow                   NRC = 0x8B
	TransmissionRangeNotInNeutral         NRC = 0x8C
	TransmissionRangeNotInGear            NRC = 0x8D
	BrakeSwitchNotClosed                  NRC = 0x8F
	ShifterLeverNotInPark                 NRC = 0x90
	TorqueConverterClutchLocked           NRC = 0x91
	VoltageTooHigh                        NRC = 0x92
	VoltageTooLow                         NRC = 0x93
	ResourceTemporarilyNotAvailable       NRC = 0x94
)

var nrcNames = map[NRC]string{
	GeneralReject:                         "general reject",
	ServiceNotSupported:                   "service not supported",
	SubFunctionNotSupported:               "sub-function not supported",
	IncorrectMessageLengthOrInvalidFormat: "incorrect message length or invalid format",
	ResponseTooLong:                       "response too long",
	BusyRepeatRequest:                     "busy, repeat request",
	ConditionsNotCorrect:                  "conditions not correct",
	RequestSequenceError:                  "request sequence error",
	NoResponseFromSubnetComponent:         "no response from subnet component",
	FailurePreventsExecution:              "failure prevents execution of requested action",
	RequestOutOfRange:                     "request out of range",
	SecurityAccessDenied:                  "security access denied",
	AuthenticationRequired:                "authentication required",
	InvalidKey:                            "invalid key",
	ExceededNumberOfAttempts:              "exceeded number of attempts",
	RequiredTimeDelayNotExpired:           "required time delay not expired",
	SecureDataTransmissionRequired:        "secure data transmission required",
	SecureDataTransmissionNotAllowed:      "secure data transmission not allowed",
	SecureDataVerificationFailed:          "secure data verification failed",
	CertificateInvalidTimePeriod:          "certificate verification failed: invalid time period",
	CertificateInvalidSignature:           "certificate verification failed: invalid signature",
	CertificateInvalidChainOfTrust:        "certificate verification failed: invalid chain of trust",
	CertificateInvalidType:                "certificate verification failed: invalid type",
	CertificateInvalidFormat:              "certificate verification failed: invalid format",
	CertificateInvalidContent:             "certificate verification failed: invalid content",
	CertificateInvalidScope:               "certificate verification failed: invalid scope",
	CertificateRevoked:                    "certificate verification failed: invalid certificate (revoked)",
	OwnershipVerificationFailed:           "ownership verification failed",
	ChallengeCalculationFailed:            "challenge calculation failed",
	SettingAccessRightsFailed:             "setting access rights failed",
	SessionKeyDerivationFailed:            "session key creation or derivation failed",
	ConfigurationDataUsageFailed:          "configuration data usage failed",
	DeAuthenticationFailed:                "de-authentication failed",
	UploadDownloadNotAccepted:             "upload or download not accepted",
	TransferDataSuspended:                 "transfer data suspended",
	GeneralProgrammingFailure:             "general programming failure",
	WrongBlockSequenceCounter:             "wrong block sequence counter",
	ResponsePending:                       "request correctly received, response pending",
	SubFunctionNotSupportedInSession:      "sub-function not supported in active session",
	ServiceNotSupportedInSession:          "service not supported in active session",
	RPMTooHigh:                            "rpm too high",
	RPMTooLow:                             "rpm too low",
	EngineIsRunning:                       "engine is running",
	EngineIsNotRunning:                    "engine is not running",
	EngineRunTimeTooLow:                   "engine run time too low",
	TemperatureTooHigh:                    "temperature too high",
	TemperatureTooLow:                     "temperature too low",
	VehicleSpeedTooHigh:                   "vehicle speed too high",
	VehicleSpeedTooLow:                    "vehicle speed too low",
	ThrottlePedalTooHigh:                  "throttle or pedal too high",
	ThrottlePedalTooLow:                   "throttle or pedal too low",
	TransmissionRangeNotInNeutral:         "transmission range not in neutral",
	TransmissionRangeNotInGear:            "transmission range not in gear",
	BrakeSwitchNotClosed:                  "brake switch not closed",
	ShifterLeverNotInPark:                 "shifter lever not in park",
	TorqueConverterClutchLocked:           "torque converter clutch locked",
	VoltageTooHigh:                        "voltage too high",
	VoltageTooLow:                         "voltage too low",
	ResourceTemporarilyNotAvailable:       "resource temporarily not available",
}

// Name is the standard's name of the code, empty where it has none.
func (n NRC) Name() string { return nrcNames[n] }

// Error gives the code's name and number.
func (n NRC) Error() string {
	if s := n.Name(); s != "" {
		return fmt.Sprintf("%s (%02X)", s, byte(n))
	}
	return fmt.Sprintf("negative response code %02X", byte(n))
}

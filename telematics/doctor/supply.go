package doctor

// Voltages in mV: where a charger should be connected, where units no longer
// answer reliably, and where there is no car's battery behind the socket.
const (
	chargeBelow = 12_200
	stopBelow   = 11_800
	carAbove    = 6_000
)

// JudgeSupply says what a voltage at the connector means.
func JudgeSupply(millivolts int) SupplyState {
	switch {
	case millivolts < carAbove:
		return SupplyNone
	case millivolts < stopBelow:
		return SupplyStop
	case millivolts < chargeBelow:
		return SupplyLow
	}
	return SupplyGood
}

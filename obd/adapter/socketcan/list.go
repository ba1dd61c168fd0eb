package socketcan

// Interface is a CAN interface of this computer, as it is set right now.
type Interface struct {
	Name    string
	Up      bool
	FD      bool // carries CAN FD frames
	Listens bool // is set to listen only
	Virtual bool // vcan, vxcan: there is no hardware behind it, or none that tells of itself
	Bitrate int  // bit/s; 0: not known, or none is set
}

package socketcan

import "errors"

// ErrNoKernelISOTP is a kernel without the protocol that isotp=kernel asks
// for, inside an *InterfaceError.
var ErrNoKernelISOTP = errors.New("the kernel has no ISO-TP (module can-isotp)")

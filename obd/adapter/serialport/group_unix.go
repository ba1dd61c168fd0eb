//go:build unix

package serialport

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owningGroup is the group whose members may read and write a device; empty
// if there is none.
func owningGroup(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&0o060 != 0o060 {
		return ""
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	group, err := user.LookupGroupId(strconv.FormatUint(uint64(owner.Gid), 10))
	if err != nil {
		return ""
	}
	return group.Name
}

package serialport

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// holders are the programs that have a device open, as far as we may look.
func holders(device string) []Holder {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	var found []Holder
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != device {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
		h := Holder{PID: pid, Program: program(pid)}
		if !slices.Contains(found, h) {
			found = append(found, h)
		}
	}
	return found
}

func program(pid int) string {
	name, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm"))
	return strings.TrimSpace(string(name))
}

// strangers are the holders but this program.
func strangers(all []Holder) []Holder {
	return slices.DeleteFunc(all, func(h Holder) bool { return h.PID == os.Getpid() })
}

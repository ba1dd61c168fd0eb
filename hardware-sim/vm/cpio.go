package vm

import (
	"bytes"
	"fmt"
)

// cpio is an archive as the kernel unpacks it into its first root: "newc",
// described in Documentation/driver-api/early-userspace/buffer-format.rst.
// Archives may be put one behind the other.
type cpio struct {
	buf   bytes.Buffer
	count int
}

const (
	modeFile = 0o100000
	modeDir  = 0o040000
)

func (a *cpio) dir(name string) { a.entry(name, modeDir|0o755, nil) }

func (a *cpio) file(name string, permissions int, content []byte) {
	a.entry(name, modeFile|permissions, content)
}

func (a *cpio) entry(name string, mode int, content []byte) {
	a.count++
	fmt.Fprintf(&a.buf, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
		a.count, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.buf.Write(content)
	a.pad()
}

func (a *cpio) pad() {
	for a.buf.Len()%4 != 0 {
		a.buf.WriteByte(0)
	}
}

func (a *cpio) bytes() []byte {
	a.entry("TRAILER!!!", 0, nil)
	return a.buf.Bytes()
}

package canlog

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
)

// errPacked is any error of a packed file that does not come from its source.
var errPacked = errors.New("canlog: not gzip's form")

// open puts what unpacks between the reader and a source that is packed.
func (r *Reader) open() {
	if r.opened {
		return
	}
	r.opened = true
	if head, _ := r.in.Peek(3); bytes.Equal(head, []byte{0x1F, 0x8B, 8}) {
		r.in = buffered(&unpacker{in: r.in})
	}
}

type unpacker struct {
	in *bufio.Reader
	gz *gzip.Reader
}

func (u *unpacker) Read(b []byte) (n int, err error) {
	if u.gz == nil {
		if u.gz, err = gzip.NewReader(u.in); err != nil {
			return 0, packedError(err)
		}
	}
	n, err = u.gz.Read(b)
	return n, packedError(err)
}

func packedError(err error) error {
	var (
		corrupt flate.CorruptInputError
		bug     flate.InternalError
	)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum),
		errors.As(err, &corrupt), errors.As(err, &bug):
		return errPacked
	}
	return err
}

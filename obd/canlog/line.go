package canlog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is far more than the longest line: a CAN FD frame of 64 bytes in
// binary digits.
const maxLine = 1024

// nextLine gives the frame of the next line that has, or should have, one.
func (r *Reader) nextLine() (Record, error) {
	for {
		line, whole, err := r.readLine()
		if err != nil {
			return Record{}, err
		}
		explains := r.text.explains(line)
		line = bytes.TrimSpace(plain(line))
		if explains || len(line) == 0 {
			continue
		}
		if !whole {
			return Record{}, r.fault(head(line), "line too long")
		}
		return r.parsed(line)
	}
}

// parsed is the record of a line. The time comes last: it may need to look
// ahead, which takes the line's memory away.
func (r *Reader) parsed(line []byte) (Record, error) {
	l, reason := parseLine(line)
	if reason != "" {
		err := r.fault(head(line), reason)
		r.clock.pass(l.stamp)
		return Record{}, err
	}
	iface, ok := r.names.of(l.iface)
	if !ok {
		return Record{}, r.fault(head(line), reasonForm)
	}
	r.text.seen(&l)
	at, ok := r.clock.at(r, l.stamp)
	if !ok {
		return Record{}, r.fault("", reasonRange)
	}
	return r.record(&l.frame, l.own, at, iface), nil
}

// readLine gives the next line, of one that is too long its beginning. It is
// the reader's memory until the next read.
func (r *Reader) readLine() (line []byte, whole bool, err error) {
	line, err = r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		r.line++
		line = bytes.Clone(line[:maxLine])
		return line, false, r.skipLine()
	case err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)):
		return nil, false, r.ioError(err)
	}
	r.line++
	return line[:min(len(line), maxLine)], len(line) <= maxLine, nil
}

func (r *Reader) skipLine() error {
	for {
		_, err := r.in.ReadSlice('\n')
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return r.ioError(err)
		}
	}
}

const escape = 0x1B

// plain takes candump's colours, ESC [ ... m, out of a line, in place.
func plain(line []byte) []byte {
	if bytes.IndexByte(line, escape) < 0 {
		return line
	}
	kept := line[:0]
	for i := 0; i < len(line); i++ {
		if line[i] != escape {
			kept = append(kept, line[i])
			continue
		}
		end := bytes.IndexByte(line[i:], 'm')
		if end < 0 {
			break
		}
		i += end
	}
	return kept
}

// isText tells lines from packets by the beginning of either: packets have
// zeros there.
func isText(head []byte) bool {
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != escape || c >= 0x7F {
			return false
		}
	}
	return true
}

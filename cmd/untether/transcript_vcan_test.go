//go:build vcan

package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/obd/passive"
)

// transcript waits until what isotpdump has taken apart in the file DUMP is
// what we read of our RECORDING at ADDRESS: the same messages in the same order.
func transcript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: transcript ADDRESS DUMP RECORDING")
	}
	ours := overheard(ts, args[0], ts.MkAbs(args[2]))
	if len(ours) < 10 {
		ts.Fatalf("%s holds %d messages at %s, too few to be an inspection", args[2], len(ours), args[0])
	}
	var theirs []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if theirs = dissected(ts, ts.ReadFile(args[1])); slices.Equal(ours, theirs) {
			return
		}
	}
	ts.Fatalf("the transcripts at %s differ (-ours +theirs):\n%s", args[0], cmp.Diff(ours, theirs))
}

// overheard gives all messages between two, a line each.
func overheard(ts *testscript.TestScript, address, file string) (messages []string) {
	f, err := os.Open(file)
	ts.Check(err)
	defer f.Close()
	l := passive.NewListener()
	for r := canlog.NewReader(f); ; {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if _, remark := errors.AsType[*canlog.ClockError](err); remark {
			continue // the kernel's times and ours: the frame itself comes next
		}
		ts.Check(err)
		l.Observe(&record.Rx)
	}
	for _, u := range l.Units() {
		if u.Address.String() != address {
			continue
		}
		for _, x := range u.Exchanges {
			messages = append(messages, fmt.Sprintf("%X", x.Request))
			for range x.Pending {
				messages = append(messages, fmt.Sprintf("7F%X78", x.Request[:1]))
			}
			messages = append(messages, fmt.Sprintf("%X", x.Response))
		}
	}
	return messages
}

// Two lines of isotpdump, with the address byte in braces:
//
//	can0  6F1{61}  [8]  [FF] ln: 20   data: 62 F1 90 57 42
//	can0  661{F1}  [8]  [CF] sn: 1    data: 41 55 4E 37 43 30
var dissection = regexp.MustCompile(`\[(SF|FF|CF)\] (?:ln|sn): *([0-9A-F]+) +data:((?: [0-9A-F]{2})*)`)

// dissected joins the frames to messages again.
func dissected(ts *testscript.TestScript, dump string) (messages []string) {
	var message []byte
	var length int
	for _, frame := range dissection.FindAllStringSubmatch(dump, -1) {
		data, err := hex.DecodeString(strings.ReplaceAll(frame[3], " ", ""))
		ts.Check(err)
		if frame[1] != "CF" {
			message = nil
			length, err = strconv.Atoi(frame[2])
			ts.Check(err)
		}
		before := len(message)
		message = append(message, data...)
		if before < length && len(message) >= length {
			messages = append(messages, fmt.Sprintf("%X", message[:length]))
		}
	}
	return messages
}

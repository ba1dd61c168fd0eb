package elm327

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
)

// recordVersion changes when other things are probed, or otherwise.
const recordVersion = 1

// record is what is kept of a dongle between two sessions.
type record struct {
	Version      int          `json:"version"`
	Key          string       `json:"key"`
	Baud         int          `json:"baud"`   // bit/s at which it starts; 0: no speed
	Fast         int          `json:"fast"`   // bit/s at which a session may have left it; 0: none
	Steady       bool         `json:"steady"` // it stayed at Baud when it was tried
	Reset        string       `json:"reset"`  // the command that gives it its defaults
	Capabilities Capabilities `json:"capabilities"`
}

// maxRecord bounds what is read of a file that somebody may have put there.
const maxRecord = 64 << 10

// file is where a dongle is kept; false: it is not.
func (o chipOptions) file() (string, bool) {
	if o.cache == "" || o.key == "" {
		return "", false
	}
	sum := sha256.Sum256([]byte(o.key))
	return filepath.Join(o.cache, hex.EncodeToString(sum[:8])+".json"), true
}

// load gives what is kept of the dongle, and nothing if that is not readable
// or not ours.
func (o chipOptions) load() record {
	name, ok := o.file()
	if !ok || o.anew {
		return record{}
	}
	f, err := os.Open(name)
	if err != nil {
		return record{}
	}
	defer f.Close()
	var r record
	if json.NewDecoder(io.LimitReader(f, maxRecord)).Decode(&r) != nil || r.Version != recordVersion || r.Key != o.key {
		return record{}
	}
	return r
}

// save keeps r. Where that fails the next session probes again: no error.
func (o chipOptions) save(r record) {
	name, ok := o.file()
	if !ok {
		return
	}
	r.Version, r.Key = recordVersion, o.key
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil || os.MkdirAll(o.cache, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(o.cache, ".*.json")
	if err != nil {
		return
	}
	_, err = f.Write(append(text, '\n'))
	if f.Close() != nil || err != nil || os.Rename(f.Name(), name) != nil {
		_ = os.Remove(f.Name())
	}
}

package vm

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// moduleFiles gives the files of the named modules and of all that they depend
// on, in the order of loading, by the lists that depmod writes:
//
//	modules.dep      kernel/net/can/can-raw.ko: kernel/net/can/can.ko
//	modules.builtin  kernel/drivers/virtio/virtio.ko
//
// What depends on nothing stands last there. Built-in modules have no file.
func moduleFiles(dir string, names []string) ([]string, error) {
	builtin, err := lines(filepath.Join(dir, "modules.builtin"))
	if err != nil {
		return nil, err
	}
	deps, err := lines(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return nil, err
	}
	var files []string
	for _, name := range names {
		if slices.ContainsFunc(builtin, func(l string) bool { return isModule(l, name) }) {
			continue
		}
		at := slices.IndexFunc(deps, func(l string) bool { return isModule(l, name) })
		if at < 0 {
			return nil, fmt.Errorf("the kernel has no module %s", name)
		}
		chain := strings.Fields(strings.Replace(deps[at], ":", " ", 1))
		slices.Reverse(chain)
		for _, file := range chain {
			if file = filepath.Join(dir, file); !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

// isModule compares a line's first file with a name. In files - and _ stand for one another.
func isModule(line, name string) bool {
	file, _, _ := strings.Cut(line, ":")
	base, _, _ := strings.Cut(filepath.Base(file), ".ko")
	return strings.ReplaceAll(base, "-", "_") == strings.ReplaceAll(name, "-", "_")
}

func lines(path string) (all []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		all = append(all, s.Text())
	}
	return all, nil
}

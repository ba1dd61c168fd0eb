// Command untether shows, with evidence, whether a used car's previous owner
// still has access, helps to end it, and says plainly what could not be shown.
package main

import (
	"os"

	"github.com/untether-obd/untether/cmd/untether/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Getenv))
}

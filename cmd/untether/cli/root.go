// Package cli is the command line: it parses, calls and prints, and it is
// where everything is wired together.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

// Streams are what the program reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1   // bad usage, or our fault
	exitNoCar       = 2   // no adapter, or no car answers
	exitHolds       = 3   // done, and what --fail-on names holds
	exitInterrupted = 130 // Ctrl-C
)

// app is what all commands share.
type app struct {
	streams Streams
	say     *message.Printer
	log     zerolog.Logger
	code    int
	colour  bool

	language string
	verbose  bool

	plugged func() ([]doctor.Found, error) // what may be an adapter
}

// Main runs one command and gives the exit code.
func Main(args []string, s Streams, getenv func(string) string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{streams: s, say: message.For(message.FromEnv(getenv)), log: zerolog.Nop(), plugged: doctor.List}
	a.colour = isTerminal(s.Out) && getenv("NO_COLOR") == "" // no-color.org
	root := a.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		a.fail(err)
	}
	return a.code
}

func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "untether",
		Short: "Shows whether a used car's previous owner still has access, and what could not be shown",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.prepare() },
	}
	c.SetIn(a.streams.In)
	c.SetOut(a.streams.Out)
	c.SetErr(a.streams.Err)
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	c.PersistentFlags().StringVar(&a.language, "language", "", "language of texts: en or de (default: the environment's)")
	c.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "log to standard error what is being done")
	c.AddCommand(a.inspect(), a.scan(), a.adapters(), a.profiles(), a.sim())
	return c
}

// prepare applies the flags that all commands have.
func (a *app) prepare() error {
	switch message.Language(a.language) {
	case "":
	case message.English, message.German:
		a.say = message.For(message.Language(a.language))
	default:
		return &choiceError{"--language", a.language, "en, de"}
	}
	if a.verbose {
		out := zerolog.ConsoleWriter{Out: redacting{a.streams.Err}, NoColor: !isTerminal(a.streams.Err)}
		a.log = zerolog.New(out).With().Timestamp().Logger()
	}
	return nil
}

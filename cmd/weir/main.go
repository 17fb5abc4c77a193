// Command weir decides which Salesforce records go down into people's mailboxes,
// says why, and shows what would happen before anything does.
//
// Every verb is a struct of options with a Run method; main turns what it returns
// into an exit code and nothing else. Data goes to standard output, everything
// said about it to standard error.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// A second interrupt ends the process at once.
	context.AfterFunc(ctx, stop)
	std := standardStreams()
	command, err := newRoot(std).ExecuteContextC(ctx)
	return report(std, command.CommandPath(), err)
}

package main

import (
	"context"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/recording"
)

// inspectOptions are weir inspect's flags.
type inspectOptions struct {
	inputs
	output
	textFlags
}

func newInspect(std streams) *cobra.Command {
	o := &inspectOptions{}
	c := &cobra.Command{
		Use:   "inspect -r RECORDING",
		Short: "Show what a recording holds",
		Long: `Show what a recording holds: people, kinds and counts, captures and how complete
they are, links, list views, and what was not read, with the reason.`,
		Example: `  weir inspect -r recording
  weir inspect -r recording -v           # every capture, and ids
  weir inspect -r recording --format json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	o.addRecording(c)
	o.output.addFlags(c.Flags(), "text", "json")
	o.addVerbose(c)
	completeOutput(c, &o.output)
	return c
}

// Run reads the recording and writes its inventory.
func (o *inspectOptions) Run(_ context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	o.fromEnvironment(std)
	if o.Recording == "" {
		return missing("weir inspect", "a recording directory", "weir inspect -r DIR")
	}
	l := &loaded{}
	if err := l.openRecording(o.Recording, false); err != nil {
		return err
	}
	// Big recordings are looked at on small machines: collect sooner than usual.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	rec, diags := recording.Open(l.recFS, recording.Options{CountsOnly: true})
	l.rec = rec
	if o.Format == "text" || rec == nil {
		if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
			return err
		}
	}
	report := render.NewInventoryReport(rec.Inspect())
	report.RecordingDigest, report.Diagnostics = l.recordingDigest(), render.DiagnosticRows(diags)
	err := o.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, report)
		}
		return render.Inventory(w, report, o.options(o.useColor(std)))
	})
	if err == nil && o.Strict && len(diags) > 0 {
		return exitFailed
	}
	return err
}

package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/internal/render"
)

// explainOptions are weir explain's flags and argument.
type explainOptions struct {
	inputs
	output
	textFlags
	At          string
	User        string
	Item        string
	ShowPrivate bool
}

const explainFormat = "weir.explanation/1"

// explanationReport is the JSON form.
type explanationReport struct {
	Format          string               `json:"format"`
	Demo            bool                 `json:"demo,omitempty"`
	At              time.Time            `json:"at"`
	PolicyDigest    string               `json:"policy_digest"`
	RecordingDigest string               `json:"recording_digest"`
	Explanations    []engine.Explanation `json:"explanations"`
	// LeftOut says why the session leaves the person out entirely; nothing of theirs
	// is explained then.
	LeftOut *engine.Reason `json:"left_out,omitempty"`
}

func newExplain(std streams) *cobra.Command {
	o := &explainOptions{}
	c := &cobra.Command{
		Use:   "explain --user WHO [ITEM]",
		Short: "Say why something is synced for a person, and why not",
		Long: `Say why something is synced for a person, and why not: every check with the value
it saw, the rules that could apply, the settings with what they overruled, the row
of the decision table, and of what does not sync the nearest changes that would make
it: of the thing, of a setting, of a rule, or of what the recording shows. Each has
been tried.

WHO is an address, a name or an id, or a part that only one person has. ITEM is an
id or a part of a title; without it, everything of the person's gets one line.`,
		Example: `  weir explain --user ann                        # a line for everything of hers
  weir explain --user ann "offer to Globex"      # why, and why not, in full
  weir explain --user ann --at 2026-05-12 "offer to Globex"`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(`weir explain --user WHO "`+strings.Join(args, " ")+`"`, "a title of several words must be quoted")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Item = strings.Join(args, "")
			return o.Run(c.Context(), std)
		},
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), "text", "json")
	o.addVerbose(c)
	c.Flags().BoolVar(&o.Full, "full", false, "text: show every check, however many things match")
	c.Flags().StringVar(&o.At, "at", "", "`time` of the session: RFC 3339, or a date (00:00 in the organisation's zone); default the last capture")
	c.Flags().StringVar(&o.User, "user", "", "the person: address, name or id, or a part of one (`WHO`)")
	c.Flags().BoolVar(&o.ShowPrivate, "show-private", false, showPrivateHelp)
	completeOutput(c, &o.output)
	completeUsers(c, std, &o.inputs)
	return c
}

// Run explains and writes the explanations.
func (o *explainOptions) Run(ctx context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.User == "" {
		return missing("weir explain", "a person", explainLine(o.Item))
	}
	l, err := o.open(std, &o.output)
	if err != nil {
		return err
	}
	at, err := l.atOrLast(o.At)
	if err != nil {
		return err
	}
	snap, diags := l.rec.At(at)
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return err
	}
	report := explanationReport{Format: explainFormat, Demo: l.demo, At: at.UTC(),
		PolicyDigest: l.policyDigest(), RecordingDigest: l.recordingDigest()}
	opts := engine.Options{Session: 1, PolicyDigest: report.PolicyDigest, RecordingDigest: report.RecordingDigest, ShowPrivate: o.ShowPrivate, Demo: l.demo}
	report.Explanations, diags, err = engine.Explain(ctx, snap, l.set, o.User, o.Item, opts)
	if err != nil {
		return err
	}
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return err
	}
	if len(report.Explanations) == 0 {
		if report.LeftOut, err = engine.LeftOut(snap, l.set, o.User, opts); err != nil {
			return err
		}
	}
	if o.Item != "" && report.LeftOut != nil {
		return usage("weir explain --user "+o.User, "there is nothing to explain: %s", report.LeftOut.Text)
	}
	if o.Item != "" && len(report.Explanations) == 0 {
		return usage("weir explain --user "+o.User, "nothing of %s at that time is called %q or has that id", o.User, o.Item)
	}
	return o.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, &report)
		}
		if report.LeftOut != nil {
			return render.Line(w, report.LeftOut.Text)
		}
		return render.Explanations(w, report.Explanations, o.Item == "", o.options(o.useColor(std)))
	})
}

// explainLine is the corrected command line.
func explainLine(item string) string {
	line := "weir explain --user ann.lee@acme.example"
	if item != "" {
		line += ` "` + item + `"`
	}
	return line
}

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"weir/engine"
	"weir/internal/render"
	"weir/simulate"
)

// explainOptions are weir explain's flags and argument.
type explainOptions struct {
	inputs
	output
	textFlags
	At          string
	Session     int
	Every       time.Duration
	From, To    string
	Settle      bool
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

With --session the recording is simulated first, as weir simulate does it, and what
that session makes of the thing is explained: with the operations of earlier
sessions that led to it, back to what a person did or to the policy line. Sessions
of weir simulate --settle after its last one are asked with --settle here too.

WHO is an address, a name or an id, or a part that only one person has. ITEM is an
id or a part of a title; without it, everything of the person's gets one line.`,
		Example: `  weir explain --user ann                        # a line for everything of hers
  weir explain --user ann "offer to Globex"      # why, and why not, in full
  weir explain --user ann --at 2026-05-12 "offer to Globex"
  weir explain --user dana --session 437 Greta   # in the simulation, with what led to it`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(`weir explain --user WHO "`+strings.Join(args, " ")+`"`, "a title of several words must be quoted")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Item = strings.Join(args, "")
			if err := o.checkSession(c.Flags()); err != nil {
				return err
			}
			return o.Run(c.Context(), std)
		},
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), "text", "json")
	o.addVerbose(c)
	c.Flags().BoolVar(&o.Full, "full", false, "text: show every check, however many things match")
	c.Flags().StringVar(&o.At, "at", "", "`time` of the session: RFC 3339, or a date (00:00 in the organisation's zone); default the last capture")
	c.Flags().IntVar(&o.Session, "session", 0, "explain session `N` of the simulation instead of a plan")
	c.Flags().StringVar(&o.From, "from", "", "with --session: `time` of the first session, as in weir simulate")
	c.Flags().DurationVar(&o.Every, "every", 30*time.Minute, "with --session: `time` between sessions, as in weir simulate")
	c.Flags().StringVar(&o.To, "to", "", "with --session: `time` after which no session starts, as in weir simulate")
	c.Flags().BoolVar(&o.Settle, "settle", false, "with --session: sessions that follow the last one, as in weir simulate")
	c.Flags().StringVar(&o.User, "user", "", "the person: address, name or id, or a part of one (`WHO`)")
	c.Flags().BoolVar(&o.ShowPrivate, "show-private", false, showPrivateHelp)
	completeOutput(c, &o.output)
	completeUsers(c, std, &o.inputs)
	return c
}

// checkSession refuses what would be ignored.
func (o *explainOptions) checkSession(flags *pflag.FlagSet) error {
	if flags.Changed("session") {
		if o.Session < 1 {
			return usage("weir explain --session 1", "--session %d: sessions are numbered from 1", o.Session)
		}
		return nil
	}
	for _, name := range []string{"from", "to", "every", "settle"} {
		if flags.Changed(name) {
			return usage("weir explain --session 1 --"+name, "--%s is about the simulation: name the --session that is asked for", name)
		}
	}
	return nil
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
	report := explanationReport{Format: explainFormat, Demo: l.demo, PolicyDigest: l.policyDigest(), RecordingDigest: l.recordingDigest()}
	if err := o.explain(ctx, std, l, &report); err != nil {
		return err
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

// explain asks a plan, or a session of the simulation.
func (o *explainOptions) explain(ctx context.Context, std streams, l *loaded, report *explanationReport) error {
	if o.Session != 0 {
		return o.explainSession(ctx, std, l, report)
	}
	at, err := l.atOrLast(o.At)
	if err != nil {
		return err
	}
	report.At = at.UTC()
	snap, diags := l.rec.At(at)
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return err
	}
	opts := engine.Options{Session: 1, PolicyDigest: report.PolicyDigest, RecordingDigest: report.RecordingDigest, ShowPrivate: o.ShowPrivate, Demo: l.demo}
	report.Explanations, diags, err = engine.Explain(ctx, snap, l.set, o.User, o.Item, opts)
	if err != nil {
		return err
	}
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return err
	}
	if len(report.Explanations) == 0 {
		report.LeftOut, err = engine.LeftOut(snap, l.set, o.User, opts)
	}
	return err
}

func (o *explainOptions) explainSession(ctx context.Context, std streams, l *loaded, report *explanationReport) error {
	if o.At != "" {
		return usage(fmt.Sprintf("weir explain --session %d", o.Session), "--at asks a plan and --session the simulation: name one of them")
	}
	s := simulateOptions{Every: o.Every, From: o.From, To: o.To, Settle: o.Settle, ShowPrivate: o.ShowPrivate}
	opts, err := s.options(l)
	if err != nil {
		return err
	}
	progress := newProgress(std)
	opts.Progress = progress.simulation
	answer, diags, err := simulate.Explain(ctx, l.rec, l.set, opts, simulate.Question{Session: o.Session, User: o.User, Item: o.Item})
	progress.done()
	if err != nil {
		return err
	}
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return err
	}
	report.At, report.Explanations, report.LeftOut = answer.At.UTC(), answer.Explanations, answer.LeftOut
	return nil
}

// explainLine is the corrected command line.
func explainLine(item string) string {
	line := "weir explain --user ann.lee@acme.example"
	if item != "" {
		line += ` "` + item + `"`
	}
	return line
}

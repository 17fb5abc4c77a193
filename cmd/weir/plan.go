package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/internal/render"
	"weir/internal/version"
	"weir/state/zone"
)

// planOptions are weir plan's flags.
type planOptions struct {
	inputs
	output
	textFlags
	reports
	At          string
	User        string
	ShowPrivate bool
	Detailed    bool
}

func newPlan(std streams) *cobra.Command {
	o := &planOptions{}
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show what one sync session would do",
		Long: `Show what one sync session would do for every user: each operation with its
direction, its reason and the policy line that decided it.

The world is taken exactly as recorded up to --at, which is the last capture
unless said otherwise. Nothing is changed anywhere.`,
		Example: `  weir plan                                     # the demo, at its last capture
  weir plan --at 2026-05-12 --user 'ann.*'      # one person, one day
  weir plan -p policy -r recording --format json -o plan.json
  weir plan --skipped                           # also what is not synced, and why`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), withReports("text", "json", "ndjson")...)
	o.addReport(c)
	o.addTitles(c)
	c.Flags().StringVar(&o.At, "at", "", "`time` of the session: RFC 3339, or a date (00:00 in the organisation's zone); default the last capture")
	c.Flags().StringVar(&o.User, "user", "", "show only people whose address matches `GLOB`; everybody is planned")
	c.Flags().BoolVar(&o.ShowPrivate, "show-private", false, showPrivateHelp)
	c.Flags().BoolVar(&o.Detailed, "detailed-exitcode", false, detailedHelp)
	completeOutput(c, &o.output)
	completeUsers(c, std, &o.inputs)
	return c
}

// Run plans one session and writes the plan.
func (o *planOptions) Run(ctx context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	l, err := o.open(std, &o.output)
	if err != nil {
		return err
	}
	plan, err := o.plan(ctx, std, l)
	if err != nil {
		return err
	}
	if err := o.show(std, l, plan); err != nil {
		return err
	}
	return outcome(plan.Verdict, o.Detailed)
}

// plan plans the session and asks the guardrails about it.
func (o *planOptions) plan(ctx context.Context, std streams, l *loaded) (*engine.Plan, error) {
	at, err := l.atOrLast(o.At)
	if err != nil {
		return nil, err
	}
	if err := l.checkGlob(o.User); err != nil {
		return nil, err
	}
	snap, diags := l.rec.At(at)
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return nil, err
	}
	plan, diags, err := engine.MakePlan(ctx, snap, l.set, engine.Options{Session: 1, PolicyDigest: l.policyDigest(),
		RecordingDigest: l.recordingDigest(), ShowPrivate: o.ShowPrivate, Demo: l.demo})
	if err != nil {
		return nil, err
	}
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return nil, err
	}
	plan.WeirVersion, plan.TimeZones = version.Version, zone.Version
	plan.Options = &engine.MadeWith{At: &at, User: o.User, ShowPrivate: o.ShowPrivate, BuiltInPolicy: l.builtIn(), DemoRecording: l.demo}
	plan.OptionsDigest = optionsDigest(plan.Options)
	rails, denied, err := l.guard(ctx, std, &o.output, "plan", plan, o.Strict)
	if err != nil {
		return nil, err
	}
	if plan.Guardrails = rails; denied {
		plan.Verdict = engine.VerdictRejected
	}
	return plan, nil
}

func (o *planOptions) show(std streams, l *loaded, plan *engine.Plan) error {
	tally := render.TallyOf(plan)
	if err := selectUsers(o.User, plan); err != nil {
		return err
	}
	return o.write(std, func(w io.Writer) error {
		switch o.Format {
		case "json":
			return render.JSON(w, plan)
		case "ndjson":
			return render.NDJSON(w, plan)
		}
		brief := func() *render.Brief { return render.PlanBrief(plan, l.header(o.User), tally, o.brief(l.policyDir)) }
		if ok, err := writeBrief(w, o.Format, brief); ok {
			return err
		}
		return render.Plan(w, plan, l.header(o.User), tally, o.options(o.useColor(std)))
	})
}

// selectUsers leaves in the plans only the people the glob matches, if there is one.
func selectUsers(glob string, plans ...*engine.Plan) error {
	if glob == "" {
		return nil
	}
	for _, plan := range plans {
		if err := engine.Select(plan, glob); err != nil {
			return usage("--user 'ann.*'", "--user %q is no valid pattern", glob)
		}
	}
	return nil
}

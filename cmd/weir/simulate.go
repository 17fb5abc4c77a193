package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/internal/render"
	"weir/internal/version"
	"weir/simulate"
	"weir/state/zone"
)

// simulateOptions are weir simulate's flags.
type simulateOptions struct {
	inputs
	output
	textFlags
	reports
	From, To    string
	Every       time.Duration
	Sessions    int
	Settle      bool
	User        string
	ShowPrivate bool
	Detailed    bool
	faults      faultFlags
}

func newSimulate(std streams) *cobra.Command {
	o := &simulateOptions{}
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Replay a recording and show what each sync session would change",
		Long: `Replay a recording and show what each sync session would change, including what
one session's effects cause in the next.

Sessions start at the first capture and follow every 30 minutes up to the last
one, unless said otherwise. Sessions in which nothing changes are left out.

What people did in the recording is done again; what the real sync did is left
out, because the policy decides anew. With --settle the clock then stands still
and sessions repeat until one changes nothing, or until a state comes back: then
what never comes to rest is named, with the policy lines that feed it.

With --faults SEED the simulated sync fails as real ones do: sessions are cut
short (cut), operations rejected (reject), Salesforce takes only so many writes
of a session (budget), people's changes are seen late (delay) or told of twice
(duplicate), and the mailboxes' clock goes wrong (skew). The run is compared
with the same without faults, both settled, and what ends otherwise is named
with the faults that touched it. The same seed gives the same faults.`,
		Example: `  weir simulate                                  # the demo
  weir simulate --summary                        # only the numbers
  weir simulate --settle --summary               # does it come to rest?
  weir simulate --faults 7 --summary             # and when the sync fails?
  weir simulate --faults 7 --fault-kinds cut,reject --fault-rate 5%
  weir simulate --from 2026-05-11 --to 2026-05-15 --every 1h
  weir simulate -p policy -r recording --format json -o simulation.json
  weir simulate --user 'kenji.*' --skipped`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), withReports("text", "json", "ndjson")...)
	o.addReport(c)
	o.addTitles(c)
	o.faults.addFlags(c)
	f := c.Flags()
	f.StringVar(&o.From, "from", "", "`time` of the first session: RFC 3339, or a date (00:00 in the organisation's zone); default the first capture")
	f.StringVar(&o.To, "to", "", "`time` after which no session starts; default the last capture")
	f.DurationVar(&o.Every, "every", 30*time.Minute, "`time` between sessions, a minute or more (30m, 1h)")
	f.IntVar(&o.Sessions, "sessions", 0, "stop after `N` sessions; default no limit")
	f.BoolVar(&o.Settle, "settle", false, "go on after the last session until nothing changes any more, 100 sessions at most")
	f.StringVar(&o.User, "user", "", "show only people whose address matches `GLOB`; everybody is simulated")
	f.BoolVar(&o.ShowPrivate, "show-private", false, showPrivateHelp)
	f.BoolVar(&o.Detailed, "detailed-exitcode", false, detailedHelp)
	completeOutput(c, &o.output)
	completeUsers(c, std, &o.inputs)
	return c
}

func (o *simulateOptions) check() error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.Every < time.Minute {
		return usage("--every 30m", "--every %s is too short: sessions are at least a minute apart", o.Every)
	}
	if o.Sessions < 0 {
		return usage("--sessions 10", "--sessions counts sessions: %d is none", o.Sessions)
	}
	return nil
}

// Run simulates and writes the result.
func (o *simulateOptions) Run(ctx context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	l, err := o.open(std, &o.output)
	if err != nil {
		return err
	}
	opts, err := o.options(l)
	if err != nil {
		return err
	}
	if o.Format == "ndjson" {
		return o.stream(ctx, std, l, opts)
	}
	res, err := o.simulate(ctx, std, l, opts)
	if err != nil {
		return err
	}
	if err := o.show(std, l, res); err != nil {
		return err
	}
	return outcome(res.Verdict, o.Detailed)
}

func (o *simulateOptions) options(l *loaded) (simulate.Options, error) {
	opts := simulate.Options{Every: o.Every, Sessions: o.Sessions, Settle: o.Settle, PolicyDigest: l.policyDigest(),
		RecordingDigest: l.recordingDigest(), ShowPrivate: o.ShowPrivate, Demo: l.demo}
	var err error
	if opts.Faults, err = o.faults.faults(); err != nil {
		return opts, err
	}
	if opts.From, err = l.instant("--from", o.From); err != nil {
		return opts, err
	}
	if opts.To, err = l.instant("--to", o.To); err != nil {
		return opts, err
	}
	if !opts.To.IsZero() && opts.To.Before(opts.From) {
		return opts, usage("--from "+o.To+" --to "+o.From, "--to %s is before --from %s", o.To, o.From)
	}
	return opts, l.checkGlob(o.User)
}

// simulate runs, with progress on a terminal, and says what the run had to say.
func (o *simulateOptions) simulate(ctx context.Context, std streams, l *loaded, opts simulate.Options) (*simulate.Result, error) {
	progress := newProgress(std)
	opts.Progress = progress.simulation
	res, diags, err := simulate.Run(ctx, l.rec, l.set, opts)
	progress.done()
	if opts.Faults != nil && (err != nil && ctx.Err() == nil || res != nil && !res.Faults.Same) {
		fmt.Fprintln(std.Err, "Repeat it with:  "+render.Escape(o.repeating(opts.Faults)))
	}
	if err != nil {
		return nil, err
	}
	if err := l.judge(std, &o.output, diags, o.Strict); err != nil {
		return nil, err
	}
	res.WeirVersion, res.TimeZones = version.Version, zone.Version
	res.Options = o.madeWith(l, opts)
	res.OptionsDigest = optionsDigest(res.Options)
	rails, denied, err := l.guard(ctx, std, &o.output, "simulation", res, o.Strict)
	if res.Guardrails = rails; denied {
		res.Verdict = engine.VerdictRejected
	}
	return res, err
}

// madeWith is what the flags say, for whoever makes the simulation again.
func (o *simulateOptions) madeWith(l *loaded, opts simulate.Options) *engine.MadeWith {
	given := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	return &engine.MadeWith{From: given(opts.From), To: given(opts.To), Every: o.Every.String(), Sessions: o.Sessions, Settle: o.Settle,
		Faults: o.faults.Seed, FaultKinds: o.faults.Kinds, FaultRate: o.faults.Rate,
		User: o.User, ShowPrivate: o.ShowPrivate, BuiltInPolicy: l.builtIn(), DemoRecording: l.demo}
}

func (o *simulateOptions) show(std streams, l *loaded, res *simulate.Result) error {
	tally := render.TallyOf(res.Sessions...)
	if err := selectUsers(o.User, res.Sessions...); err != nil {
		return err
	}
	return o.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, res)
		}
		brief := func() *render.Brief {
			return render.SimulationBrief(res, l.header(o.User), tally, o.brief(l.policyDir))
		}
		if ok, err := writeBrief(w, o.Format, brief); ok {
			return err
		}
		return render.Simulation(w, res, l.header(o.User), tally, o.textFlags.options(o.useColor(std)))
	})
}

// faultsLine follows the plans of an NDJSON stream with faults: how the run ends
// beside the one without.
type faultsLine struct {
	Format string                `json:"format"`
	Faults *simulate.FaultReport `json:"faults"`
}

const faultsFormat = "weir.faults/1"

// guardrailsLine ends an NDJSON stream under a policy with guardrails, which
// speak of the simulation as a whole.
type guardrailsLine struct {
	Format     string             `json:"format"`
	Guardrails []engine.Guardrail `json:"guardrails"`
	Verdict    engine.Verdict     `json:"verdict"`
}

const guardrailsFormat = "weir.guardrails/1"

// stream writes a plan a line as each session is done, and last what is only known
// then: what became of faults, if any were asked for, and what guardrails say, if there
// are any.
func (o *simulateOptions) stream(ctx context.Context, std streams, l *loaded, opts simulate.Options) error {
	var res *simulate.Result
	err := o.write(std, func(w io.Writer) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		// Guardrails are asked about the whole run; without any nothing of it is kept.
		opts.Forget = !l.set.HasGuardrails("simulation")
		opts.OnSession = func(plan *engine.Plan) {
			if err := o.writeLine(w, plan); err != nil {
				cancel(err) // nobody reads any more: stop working
			}
		}
		var err error
		res, err = o.simulate(ctx, std, l, opts)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			return cause
		}
		if err != nil {
			return err
		}
		return writeEnd(w, res)
	})
	if err != nil {
		return err
	}
	return outcome(res.Verdict, o.Detailed)
}

// writeEnd writes the lines after the plans.
func writeEnd(w io.Writer, res *simulate.Result) error {
	if res.Faults != nil {
		if err := render.NDJSON(w, &faultsLine{faultsFormat, res.Faults}); err != nil {
			return err
		}
	}
	if res.Guardrails != nil {
		return render.NDJSON(w, &guardrailsLine{guardrailsFormat, res.Guardrails, res.Verdict})
	}
	return nil
}

// writeLine selects on a copy: the simulation goes on with the plan.
func (o *simulateOptions) writeLine(w io.Writer, plan *engine.Plan) error {
	if o.User != "" {
		selected := *plan
		if err := selectUsers(o.User, &selected); err != nil {
			return err
		}
		plan = &selected
	}
	return render.NDJSON(w, plan)
}

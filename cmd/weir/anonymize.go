package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/internal/parity"
	"weir/internal/render"
	"weir/recording"
	"weir/recording/anonymize"
)

// anonymizeOptions are weir anonymize's flags.
type anonymizeOptions struct {
	inputs
	output
	Dir  string // -o
	Days int
}

func newAnonymize(std streams) *cobra.Command {
	o := &anonymizeOptions{}
	c := &cobra.Command{
		Use:   "anonymize -o DIR",
		Short: "Rewrite a recording so that it can be shared",
		Long: `Rewrite a recording so that it can be shared: names, addresses, texts and ids are
replaced, each always by the same, and all dates are shifted by one offset. What
the policy names stays, and the policy decides the same on both recordings: every
condition is evaluated and every capture planned on both, and if anything differs
nothing is left behind.

The shift of 28 years, the default, keeps weekdays, days of the month and leap
years, so that series and windows mean what they meant. It hides nothing by itself.
Numbers, states and counts stay as they are. Read the result before you share it.`,
		Example: `  weir anonymize -o anonymized                     # the demo
  weir anonymize -r recording -p policy -o shared
  weir anonymize -r recording -o shifted --shift-days 364 --format json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	o.addPolicy(c)
	o.addRecording(c)
	f := c.Flags()
	f.StringVarP(&o.Dir, "output", "o", "", "`directory` to make; it must be new or empty")
	f.IntVar(&o.Days, "shift-days", anonymize.DefaultDays, "move every date by `N` days; 0 leaves them")
	f.StringVar(&o.Format, "format", "text", "`form` of the report: text, json")
	f.StringVar(&o.Color, "color", "auto", "`when` to use colour: auto, always, never (auto obeys NO_COLOR)")
	o.formats = []string{"text", "json"}
	_ = c.MarkFlagDirname("output")
	return c
}

// maxRounds is how often values are put back before the attempt is given up.
const maxRounds = 6

// maxShift keeps dates within what weir reads.
const maxShift = 36525

// Run rewrites the recording, compares, and says what was done.
func (o *anonymizeOptions) Run(ctx context.Context, std streams) error {
	if err := o.checkFlags(); err != nil {
		return err
	}
	out := &output{Format: o.Format, Color: o.Color, formats: o.formats}
	l, err := o.open(std, out)
	if err != nil {
		return err
	}
	report, err := o.rewrite(ctx, l)
	if err != nil {
		return err
	}
	err = out.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, report)
		}
		return render.Anonymize(w, report, render.TextOptions{Color: out.useColor(std)})
	})
	if err == nil && !report.Check.Same() {
		err = fmt.Errorf("the policy would decide something else on the anonymised recording: %s. Nothing was written", report.Check.Changed[0])
	}
	return err
}

func (o *anonymizeOptions) checkFlags() error {
	if err := o.output.check(); err != nil {
		return err
	}
	switch {
	case o.Dir == "":
		return missing("weir anonymize", "a directory to make", "weir anonymize -o DIR")
	case o.Days < -maxShift || o.Days > maxShift:
		return usage("--shift-days 364", "--shift-days takes at most %d days either way", maxShift)
	}
	return emptyDir(o.Dir)
}

// rewrite tries until the policy decides the same; values on whose account it does
// not are kept in the next round.
func (o *anonymizeOptions) rewrite(ctx context.Context, l *loaded) (*render.AnonymizeReport, error) {
	named := parity.NamedBy(l.set, l.rec)
	report := &render.AnonymizeReport{Format: render.AnonymizeFormat, Directory: o.Dir, Policy: "the policy " + l.policyName, Named: len(named.Texts), Kept: []render.AnonymizeKept{}}
	opts := anonymize.Options{Days: o.Days, Named: named.Texts, Keep: named.Whole}
	if named.Dated != "" && o.Days != 0 {
		opts.Days, report.DatesStay = 0, "the policy names one ("+named.Dated+")"
	}
	kept := map[string]map[string]bool{}
	for round := 1; ; round++ {
		report.Rounds = round
		result, done, err := o.round(ctx, l, opts, report)
		if err != nil {
			return nil, err
		}
		report.Check = result
		more := keep(&opts, kept, result, round)
		if done && result.Same() {
			report.Kept = keptFields(kept)
			return report, nil
		}
		if !more || round == maxRounds {
			report.Kept = keptFields(kept)
			return report, nil
		}
	}
}

// keep adds what conditions read where they differ; in later rounds also its words,
// since a value may be made of several fields. It reports whether that is anything new.
func keep(opts *anonymize.Options, kept map[string]map[string]bool, result *parity.Result, round int) bool {
	more := false
	for _, d := range result.Changed {
		for _, v := range d.Values {
			if kept[v.Field] == nil {
				kept[v.Field] = map[string]bool{}
			}
			texts := []string{v.Text}
			if round > 1 {
				texts = append(texts, anonymize.Words(v.Text)...)
			}
			kept[v.Field][v.Text] = true
			for _, t := range texts {
				if t != "" && !slices.Contains(opts.Keep, t) {
					opts.Keep = append(opts.Keep, t)
					more = true
				}
			}
		}
	}
	return more
}

func keptFields(kept map[string]map[string]bool) []render.AnonymizeKept {
	out := []render.AnonymizeKept{}
	for field, values := range kept {
		out = append(out, render.AnonymizeKept{Field: field, Values: len(values)})
	}
	slices.SortFunc(out, func(a, b render.AnonymizeKept) int { return cmp.Compare(a.Field, b.Field) })
	return out
}

// round writes the recording once and compares; unless all is the same, what was
// written is removed.
func (o *anonymizeOptions) round(ctx context.Context, l *loaded, opts anonymize.Options, report *render.AnonymizeReport) (result *parity.Result, same bool, err error) {
	target, err := newTarget(o.Dir)
	if err != nil {
		return nil, false, err
	}
	defer func() {
		if same {
			target.close()
			return
		}
		err = errors.Join(err, target.remove())
	}()
	names, what, err := anonymize.Run(l.recFS, opts, func(name string, r io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return target.put(name, r)
	})
	if err != nil {
		return nil, false, err
	}
	report.Report = *what
	written, diags := recording.Open(target.root.FS(), recording.Options{})
	if diags.HasErrors() {
		return nil, false, fmt.Errorf("the anonymised recording cannot be read: %s", diags[0].Summary)
	}
	pair := &parity.Pair{Old: l.rec, New: written, Days: opts.Days, Names: names, Set: l.set}
	result, err = pair.Compare(ctx)
	return result, err == nil && result.Same(), err
}

// target is the directory being made.
type target struct {
	dir   string
	made  bool // the directory was not there before
	root  *os.Root
	files []string
	dirs  []string        // that were made
	seen  map[string]bool // dirs that were made or there
}

func newTarget(dir string) (*target, error) {
	_, err := os.Stat(dir)
	t := &target{dir: dir, made: err != nil, seen: map[string]bool{}}
	t.root, err = newDir(dir)
	return t, err
}

func (t *target) close() { t.root.Close() }

// put writes one file. Nothing can be written outside the directory, and nothing
// that is there already is touched.
func (t *target) put(name string, r io.Reader) error {
	for at := range name {
		if name[at] != '/' || t.seen[name[:at]] {
			continue
		}
		t.seen[name[:at]] = true
		if _, err := t.root.Lstat(name[:at]); errors.Is(err, fs.ErrNotExist) {
			t.dirs = append(t.dirs, name[:at])
		}
	}
	f, err := newFile(t.root, name)
	if err != nil {
		return err
	}
	t.files = append(t.files, name)
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return fmt.Errorf("cannot write: %w", err)
	}
	return f.Close()
}

// remove takes away what was written, and nothing else.
func (t *target) remove() error {
	defer t.close()
	var problem error
	for _, f := range t.files {
		problem = errors.Join(problem, t.root.Remove(f))
	}
	slices.SortFunc(t.dirs, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	for _, d := range t.dirs {
		if err := t.root.Remove(d); !errors.Is(err, fs.ErrNotExist) {
			problem = errors.Join(problem, err)
		}
	}
	if t.made {
		problem = errors.Join(problem, os.Remove(t.dir))
	}
	return problem
}

package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/policies"
	"weir/recording"
)

// validateOptions are weir validate's flags.
type validateOptions struct {
	inputs
	output
}

const validationFormat = "weir.validation/1"

// validationReport is the JSON form.
type validationReport struct {
	Format       string                 `json:"format"`
	Valid        bool                   `json:"valid"`
	PolicyDigest string                 `json:"policy_digest"`
	Files        []string               `json:"files"`
	Groups       int                    `json:"groups"`
	Users        int                    `json:"users"`
	Views        int                    `json:"views"`
	Rules        int                    `json:"rules"`
	ResolvedFor  int                    `json:"resolved_for"` // people of the recording, 0 without one
	Opaque       []string               `json:"opaque"`
	OpaqueParts  []opaqueRow            `json:"opaque_conditions"`
	OpaqueRules  []opaqueRule           `json:"opaque_rules"`
	Diagnostics  []render.DiagnosticRow `json:"diagnostics"`
}

// opaqueRow is a part of a condition that could not be lowered: right, but slower.
type opaqueRow struct {
	What     string `json:"what"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Language string `json:"language"`
	Source   string `json:"source"`
	Why      string `json:"why"`
}

// opaqueRule is a Rego rule that runs in OPA as a whole.
type opaqueRule struct {
	Name string `json:"name"` // of a sync rule, or the setting's path; "" for forced
	File string `json:"file"`
	Line int    `json:"line"`
	Why  string `json:"why"`
	// At is the place of what could not be lowered.
	At opaquePlace `json:"at"`
}

type opaquePlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func opaqueRuleText(r policies.OpaqueRule) string {
	what := "a rule of forced"
	switch {
	case r.Origin.Layer == policies.LayerRule:
		what = fmt.Sprintf("rule %q", r.Origin.Name)
	case r.Origin.Name != "":
		what = "the setting " + r.Origin.Name
	}
	return fmt.Sprintf("slower than it could be, run by OPA as a whole: %s (%s:%d:%d): %s", what,
		r.Range.Filename, r.Range.Start.Line, r.Range.Start.Column, r.Why)
}

func opaqueText(p policies.OpaquePart) string {
	return fmt.Sprintf("slower than it could be, called back for each item: %s in %s (%s:%d:%d): %s", p.Source, p.What,
		p.Range.Filename, p.Range.Start.Line, p.Range.Start.Column, p.Why)
}

func newValidate(std streams) *cobra.Command {
	o := &validateOptions{}
	c := &cobra.Command{
		Use:   "validate -p POLICY",
		Short: "Check a policy",
		Long: `Check a policy: syntax, names, types, conditions. With a recording, check custom
fields and views against it too and resolve the settings of everybody in it, which
finds groups that disagree and groups that match nobody.

Warnings name what is valid and probably not meant: groups, views and rules whose
conditions hold for nothing, or for everything without saying "true", rules about
what is switched off for everybody, rules that an earlier one covers. Conditions and Rego rules that are evaluated slower than
they could be are named, with the reason.

Exits with 1 if there are errors, with --strict also if there are warnings.`,
		Example: `  weir validate -p policy
  weir validate -p policy -r recording --strict
  weir validate -p policy --format json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), "text", "json")
	completeOutput(c, &o.output)
	return c
}

// Run checks the policy and writes what it found.
func (o *validateOptions) Run(_ context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	o.fromEnvironment(std)
	if o.Policy == "" {
		return missing("weir validate", "a policy directory", "weir validate -p DIR")
	}
	l := &loaded{policyDir: o.Policy}
	diags, people, err := o.load(l)
	if err != nil {
		return err
	}
	if o.Format == "json" {
		err = o.write(std, func(w io.Writer) error { return render.JSON(w, o.report(l, diags, people)) })
	} else {
		err = o.text(std, l, diags, people)
	}
	if err == nil && !o.valid(diags) {
		return exitFailed
	}
	return err
}

// load reads the recording, if one is named, and the policy, and resolves
// everybody.
func (o *validateOptions) load(l *loaded) (diags hcl.Diagnostics, people int, err error) {
	if o.Recording != "" {
		if err := l.openRecording(o.Recording, false); err != nil {
			return nil, 0, err
		}
		rec, found := recording.Open(l.recFS, recording.Options{})
		if found.HasErrors() {
			return found, 0, nil
		}
		l.rec, diags = rec, found
	}
	fsys, err := openDir(o.Policy, "policy", "-p")
	if err != nil {
		return nil, 0, err
	}
	set, found := policies.Load(fsys, l.loadOptions())
	l.set = set
	diags = append(diags, found...)
	if !found.HasErrors() {
		diags = append(diags, set.Review()...)
	}
	if found.HasErrors() || l.rec == nil {
		return diags, 0, nil
	}
	diags = append(diags, l.policyWarnings()...)
	snap, found := l.rec.At(l.rec.Last())
	diags = append(diags, found...)
	if found.HasErrors() {
		return diags, 0, nil
	}
	_, found = set.ResolveAll(snap.Users, snap.Directory)
	found = append(found, set.MatchNobody(snap.Users, snap.Directory)...)
	return append(diags, found...), len(snap.Users), nil
}

func (o *validateOptions) valid(diags hcl.Diagnostics) bool {
	return !diags.HasErrors() && (!o.Strict || len(diags) == 0)
}

func (o *validateOptions) report(l *loaded, diags hcl.Diagnostics, people int) *validationReport {
	r := &validationReport{Format: validationFormat, Valid: o.valid(diags), ResolvedFor: people,
		Diagnostics: render.DiagnosticRows(diags)}
	if l.set == nil {
		return r
	}
	r.PolicyDigest = l.policyDigest()
	for _, d := range l.set.Digests() {
		r.Files = append(r.Files, d.Path)
	}
	r.Groups, r.Users, r.Views, r.Rules = len(l.set.Groups()), len(l.set.Users()), len(l.set.Views()), len(l.set.Rules())
	for _, part := range opaqueConditions(l.set) {
		r.Opaque = append(r.Opaque, part.Source)
		r.OpaqueParts = append(r.OpaqueParts, opaqueRow{part.What, part.Range.Filename, part.Range.Start.Line, part.Range.Start.Column, part.Language, part.Source, part.Why})
	}
	for _, rule := range l.set.RegoOpaque() {
		r.OpaqueRules = append(r.OpaqueRules, opaqueRule{rule.Origin.Name, rule.Origin.File, rule.Origin.Line, rule.Why,
			opaquePlace{rule.Range.Filename, rule.Range.Start.Line, rule.Range.Start.Column}})
	}
	return r
}

func (o *validateOptions) text(std streams, l *loaded, diags hcl.Diagnostics, people int) error {
	if len(diags) > 0 {
		if err := render.Diagnostics(std.Err, diags, l.source, o.errColor(std)); err != nil {
			return err
		}
		std.say("")
	}
	if !o.valid(diags) {
		errs, warnings := split(diags)
		std.say("weir: not valid: %s, %s", countNoun(len(errs), "error"), countNoun(len(warnings), "warning"))
		return nil
	}
	return o.write(std, func(w io.Writer) error {
		line := policyName(o.Policy, l.set) + " is valid"
		if people > 0 {
			line += fmt.Sprintf("; settings resolve for all %d people of %s", people, l.rec.Manifest().Organization.Name)
		}
		if _, err := fmt.Fprintln(w, render.Escape(line)); err != nil {
			return err
		}
		for _, text := range slower(l.set) {
			if _, err := fmt.Fprintln(w, render.Escape(text)); err != nil {
				return err
			}
		}
		return nil
	})
}

// slower are lines about what is evaluated slower than it could be: parts of
// conditions, then whole rules of Rego modules.
func slower(set *policies.Set) []string {
	var lines []string
	for _, part := range opaqueConditions(set) {
		lines = append(lines, opaqueText(part))
	}
	for _, rule := range set.RegoOpaque() {
		lines = append(lines, opaqueRuleText(rule))
	}
	return lines
}

// opaqueConditions are the parts of conditions that are opaque, without the Rego
// rules, which are listed by themselves.
func opaqueConditions(set *policies.Set) []policies.OpaquePart {
	return slices.DeleteFunc(set.OpaqueParts(), func(p policies.OpaquePart) bool { return p.Language == "Rego" })
}

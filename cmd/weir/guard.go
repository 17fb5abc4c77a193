package main

import (
	"bytes"
	"context"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/internal/render"
	"weir/policies"
)

// guard asks the policy's guardrails about a "plan" or a "simulation", in the JSON
// form that is printed, everybody in it. What they say is also written to standard
// error; under --strict a warning ends the command as any other does. The list is
// nil if the policy has no guardrail for it.
func (l *loaded) guard(ctx context.Context, std streams, o *output, kind string, doc any, strict bool) (rails []engine.Guardrail, denied bool, err error) {
	if !l.set.HasGuardrails(kind) {
		return nil, false, nil
	}
	var text bytes.Buffer
	if err := render.JSON(&text, doc); err != nil {
		return nil, false, err
	}
	verdicts, err := l.set.Guardrails(ctx, kind, text.Bytes())
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	if err != nil {
		return nil, false, err
	}
	rails = []engine.Guardrail{}
	var diags hcl.Diagnostics
	warnings := 0
	for _, v := range verdicts {
		rails = append(rails, engine.Guardrail{Deny: v.Deny, Message: v.Message, File: v.File, Line: v.Line})
		denied = denied || v.Deny
		diags = append(diags, railDiagnostic(v))
		if !v.Deny {
			warnings++
		}
	}
	return rails, denied, l.sayRails(std, o, diags, warnings, strict)
}

func (l *loaded) sayRails(std streams, o *output, diags hcl.Diagnostics, warnings int, strict bool) error {
	if len(diags) == 0 {
		return nil
	}
	denied, warned := split(diags)
	diags = append(denied, warned...)
	shown := diags[:min(len(diags), shownWarnings)]
	if err := render.Diagnostics(std.Err, shown, l.source, o.errColor(std)); err != nil {
		return err
	}
	if rest := len(diags) - len(shown); rest > 0 {
		std.say("\n… and %d more of guardrails (--format json lists all).", rest)
	}
	std.say("")
	if strict && warnings > 0 {
		std.say("weir: stopped at %s, because of --strict", countNoun(warnings, "warning"))
		return exitFailed
	}
	return nil
}

// railDiagnostic is one message, on one line whatever it holds: a record's title in
// it must not look like words of weir's own.
func railDiagnostic(v policies.Verdict) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "A guardrail warns", Detail: render.Escape(v.Message), Subject: &v.Range}
	if v.Deny {
		d.Severity, d.Summary = hcl.DiagError, "Denied by a guardrail"
	}
	return d
}

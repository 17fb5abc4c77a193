package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/state"
	"weir/state/zone"
)

var loadZone = zone.Load

// settingsOptions are weir settings' flags.
type settingsOptions struct {
	inputs
	output
	textFlags
	At   string
	User string
	Page string
}

func newSettings(std streams) *cobra.Command {
	o := &settingsOptions{}
	c := &cobra.Command{
		Use:   "settings --user WHO",
		Short: "Show a person's settings, and where each comes from",
		Long: `Show a person's settings: every value with the file and line that decides it, and
what it overruled.

With --page, show what the person's Sync Settings page would show instead, in the
page's own words, and what no page can express.`,
		Example: `  weir settings --user ann
  weir settings --user ann --page new
  weir settings -p policy -r recording --user ann.lee@acme.example --format json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), "text", "json")
	c.Flags().BoolVar(&o.Full, "full", false, "text: list settings that nothing sets, and what the settings ask of a record, too")
	c.Flags().StringVar(&o.At, "at", "", "`time`: the person's own settings page as recorded until then; default the last capture")
	c.Flags().StringVar(&o.User, "user", "", "the person: address, name or id, or a part of one (`WHO`)")
	c.Flags().StringVar(&o.Page, "page", "", "show the settings `page`: new or legacy")
	completeOutput(c, &o.output)
	fixed(c, "page", render.Pages()...)
	completeUsers(c, std, &o.inputs)
	return c
}

func (o *settingsOptions) check() error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.User == "" {
		return missing("weir settings", "a person", "weir settings --user ann.lee@acme.example")
	}
	if o.Page != "" && !slices.Contains(render.Pages(), o.Page) {
		return usage("--page "+closest(o.Page, render.Pages()), "there is no settings page %q; pages are %s", o.Page, strings.Join(render.Pages(), ", "))
	}
	return nil
}

// Run resolves one person's settings and writes them.
func (o *settingsOptions) Run(_ context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
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
	user, err := findUser(snap.Users, o.User)
	if err != nil {
		return err
	}
	settings := l.set.Resolve(user, snap.Directory)
	if err := l.judge(std, &o.output, settings.Problems, o.Strict); err != nil {
		return err
	}
	report := render.NewSettingsReport(settings)
	report.Demo, report.At = l.demo, at.UTC()
	report.PolicyDigest, report.RecordingDigest = l.policyDigest(), l.recordingDigest()
	if o.Page != "" {
		report.WithPage(o.Page)
	}
	return o.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, report)
		}
		return render.Settings(w, report, o.options(o.useColor(std)))
	})
}

// findUser finds a person by address, name or id, or by a part that only one
// person has.
func findUser(users []*state.User, who string) (*state.User, error) {
	var parts []*state.User
	var addresses []string
	for _, u := range users {
		names := []string{u.Address, u.Name(), u.ID}
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, who) }) {
			return u, nil
		}
		if slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), strings.ToLower(who)) }) {
			parts = append(parts, u)
		}
		addresses = append(addresses, u.Address)
	}
	switch len(parts) {
	case 1:
		return parts[0], nil
	case 0:
		hint := ""
		if meant := suggestion(who, addresses); meant != "" {
			hint = "--user " + meant
		}
		return nil, usage(hint, "nobody in the recording is called %q", who)
	}
	var found []string
	for _, u := range parts {
		found = append(found, u.Address)
	}
	return nil, usage("--user "+found[0], "%q could be any of %s", who, strings.Join(found, ", "))
}

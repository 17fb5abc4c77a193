package main

import (
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/internal/render"
)

// reports are the flags of commands that also write the formats for CI.
type reports struct {
	Titles bool
}

func (r *reports) addTitles(c *cobra.Command) {
	c.Flags().BoolVar(&r.Titles, "titles", false, "github, markdown, sarif, junit, html: show titles of records and items (personal data)")
}

// brief are the options for what a command's reports say.
func (r *reports) brief(policyDir string) render.BriefOptions {
	if filepath.IsAbs(policyDir) {
		policyDir = "" // no path of a repository
	}
	return render.BriefOptions{Titles: r.Titles, PolicyDir: filepath.ToSlash(policyDir)}
}

// writeBrief writes in a format for CI; not ok for any other format.
func writeBrief(w io.Writer, format string, brief func() *render.Brief) (ok bool, err error) {
	write, ok := render.Formats()[format]
	if !ok {
		return false, nil
	}
	return true, write(w, brief())
}

// withReports are a command's own formats and those for CI.
func withReports(own ...string) []string { return append(own, render.FormatNames()...) }

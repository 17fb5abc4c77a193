package main

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/hashicorp/hcl/v2"

	"weir/internal/render"
	"weir/policies"
)

const (
	// shownWarnings is how many warnings are written out before the rest is
	// counted: a recording may have thousands.
	shownWarnings = 20
	// maxSnippetFile is the largest recorded file that is read again to show the
	// line a diagnostic is about.
	maxSnippetFile = 16 << 20
)

// judge writes diagnostics to standard error; errors, or under --strict warnings
// too, end the command.
func (l *loaded) judge(s streams, o *output, diags hcl.Diagnostics, strict bool) error {
	if len(diags) == 0 {
		return nil
	}
	errs, warnings := split(diags)
	shown := append(errs[:len(errs):len(errs)], warnings[:min(len(warnings), shownWarnings)]...)
	if err := render.Diagnostics(s.Err, shown, l.source, o.errColor(s)); err != nil {
		return err
	}
	if rest := len(diags) - len(shown); rest > 0 {
		s.say("\n… and %d more warnings (weir validate and weir inspect with --format json list all).", rest)
	}
	s.say("")
	switch {
	case len(errs) > 0:
		return exitFailed
	case strict:
		s.say("weir: stopped at %s, because of --strict", countNoun(len(warnings), "warning"))
		return exitFailed
	}
	return nil
}

// split parts errors from warnings and keeps the order of each.
func split(diags hcl.Diagnostics) (errs, warnings hcl.Diagnostics) {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			errs = append(errs, d)
		} else {
			warnings = append(warnings, d)
		}
	}
	return errs, warnings
}

func countNoun(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// source finds the text behind a file name of a diagnostic, in the policy or else
// in the recording, and the name under which the reader can open it.
func (l *loaded) source(name string) (string, []byte) {
	if name == policies.Everything && l.policyDir != "" {
		return l.policyDir, nil
	}
	if l.set != nil {
		if file := l.set.Files()[name]; file != nil {
			if name == policies.DefaultsFile {
				return name + " (built in)", file.Bytes
			}
			return join(l.policyDir, name), file.Bytes
		}
	}
	return join(l.recDir, name), l.recorded(name)
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return path.Join(dir, name)
}

func (l *loaded) recorded(name string) []byte {
	if l.recFS == nil || !fs.ValidPath(name) {
		return nil
	}
	info, err := fs.Stat(l.recFS, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSnippetFile {
		return nil
	}
	src, err := fs.ReadFile(l.recFS, name)
	if err != nil {
		return nil
	}
	return src
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/policies"
	"weir/policies/hclfile"
	"weir/policies/library"
)

// listLibrary writes the ready-made policies, a line each.
func listLibrary(std streams) error {
	list, width := library.List(), 0
	for _, p := range list {
		width = max(width, len(p.Name))
	}
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "%-*s  %s\n", width, p.Name, p.Purpose)
	}
	if _, err := io.WriteString(std.Out, b.String()); err != nil {
		return err
	}
	std.say("\nTo begin with some of them:  weir init --from-library NAME[,NAME...] [DIR]")
	return nil
}

// fromLibrary writes ready-made policies into the directory.
func (o *initOptions) fromLibrary(std streams) error {
	files, err := libraryFiles(o.FromLibrary)
	if err != nil {
		return err
	}
	names, err := o.writeFiles(files)
	if err != nil {
		return err
	}
	if err := o.judgeWritten(std); err != nil {
		for _, name := range names {
			os.Remove(name)
		}
		return err
	}
	return o.next(std, names, "")
}

// libraryFiles are the files of the named policies. Where several set something
// for everybody, that stands in one file, because a policy has one org block.
func libraryFiles(names []string) ([]hclfile.Part, error) {
	parts := make([]hclfile.Part, 0, len(names))
	for _, name := range unique(names) {
		fsys, ok := library.Open(name)
		if !ok {
			return nil, unknownPolicy(name)
		}
		text, err := fs.ReadFile(fsys, "policy.hcl")
		if err != nil {
			return nil, err
		}
		parts = append(parts, hclfile.Part{Name: name, Text: text})
	}
	if len(parts) == 0 {
		return nil, unknownPolicy("")
	}
	org, rest, err := hclfile.Together(parts, "org")
	var clash *hclfile.Clash
	switch {
	case errors.As(err, &clash):
		return nil, usage("", "%s and %s do not go together: for %s, one says %s and the other %s; nothing was written.\nChoose one of them, or put them into two directories and take from each what you want.",
			clash.First, clash.Second, clash.Path, clash.One, clash.Other)
	case err != nil:
		return nil, err
	}
	var files []hclfile.Part
	if org != nil {
		files = append(files, hclfile.Part{Name: initFile, Text: append(orgHeading(parts, rest), org...)})
	}
	for _, p := range rest {
		files = append(files, hclfile.Part{Name: p.Name + ".hcl", Text: p.Text})
	}
	return files, nil
}

// orgHeading says what an org block was put together from: the purposes of those
// policies that have no file of their own, and the names of the others.
func orgHeading(parts, rest []hclfile.Part) []byte {
	var b strings.Builder
	b.WriteString("# Several ready-made policies, put together.\n")
	for _, p := range parts {
		if slices.ContainsFunc(rest, func(r hclfile.Part) bool { return r.Name == p.Name && len(r.Text) == len(p.Text) }) {
			continue // it stands in its own file, whole
		}
		purpose, _, _ := strings.Cut(string(p.Text), "\n")
		fmt.Fprintf(&b, "#\n# %s: %s\n", p.Name, strings.TrimPrefix(purpose, "# "))
	}
	return []byte(b.String() + "\n")
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func unknownPolicy(name string) error {
	var known []string
	for _, p := range library.List() {
		known = append(known, p.Name)
	}
	if meant := suggestion(name, known); meant != "" {
		return usage("weir init --from-library "+meant, "the library has no policy %q; did you mean %q?", name, meant)
	}
	return usage("weir init --library", "the library has no policy %q", name)
}

// writeFiles writes all files or none; the names are those on disk.
func (o *initOptions) writeFiles(files []hclfile.Part) ([]string, error) {
	var names []string
	for _, f := range files {
		name := filepath.Join(o.Dir, f.Name)
		if _, err := os.Lstat(name); err == nil {
			return nil, usage("weir init --from-library "+strings.Join(o.FromLibrary, ",")+" DIR",
				"%s is there already; nothing was written. Write into another directory and compare", name)
		}
		names = append(names, name)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the directory: %w", err)
	}
	for i, f := range files {
		if err := writeNew(names[i], f.Text); err != nil {
			for _, written := range names[:i] {
				os.Remove(written)
			}
			return nil, err
		}
	}
	return names, nil
}

// judgeWritten checks the directory as a whole: what was written, and what was
// there before. Errors and warnings are reported, and errors end it.
func (o *initOptions) judgeWritten(std streams) error {
	fsys, err := openDir(o.Dir, "policy", "DIR")
	if err != nil {
		return err
	}
	l := &loaded{policyDir: o.Dir}
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	l.set = set
	if !diags.HasErrors() {
		diags = append(diags, set.Review()...)
	}
	if len(diags) == 0 {
		return nil
	}
	if err := render.Diagnostics(std.Err, diags, l.source, (&output{Color: "auto"}).errColor(std)); err != nil {
		return err
	}
	std.say("")
	if !diags.HasErrors() {
		return nil
	}
	std.say("weir: with these the policy would not be valid; nothing was written")
	return exitFailed
}

// completeLibrary completes the last of the names, without those named already.
func completeLibrary(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndex(typed, ",")+1]
	var out []string
	for _, p := range library.List() {
		if !slices.Contains(strings.Split(before, ","), p.Name) {
			out = append(out, before+p.Name+"\t"+p.Purpose)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

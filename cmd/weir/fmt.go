package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/policies/hclfile"
	"weir/policies/regomod"
)

// formatter lays out one source file. Broken files are not touched: the text is
// nil and the diagnostics say why.
type formatter func(src []byte, name string) ([]byte, hcl.Diagnostics)

// formatters are the languages weir fmt lays out, by file extension.
var formatters = map[string]formatter{
	".hcl":  hclfile.Format,
	".rego": regomod.Format,
}

// maxFormatted is the largest file that is formatted, in bytes.
const maxFormatted = 4 << 20

// fmtOptions are weir fmt's flags.
type fmtOptions struct {
	Paths    []string
	Check    bool
	Diff     bool
	Language string // of standard input; "" to tell by its text
	Color    string
}

func newFmt(std streams) *cobra.Command {
	o := &fmtOptions{}
	c := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Lay policy files out in the standard style",
		Long: `Lay policy files out in the standard style, tests included, and name those that
changed. A PATH is a file or a directory with everything below it; without one it
is the policy ($WEIR_POLICY), else the current directory. "-" formats standard
input to standard output.

HCL files change in white space only; Rego modules are laid out by OPA's formatter.
A file with syntax errors is left as it is. Standard input is Rego if it begins with
a package clause, else HCL; --language says it outright.

Exits with 1 if a file could not be formatted, and with --check with 3 if a file
is not in the standard style.`,
		Example: `  weir fmt policy
  weir fmt --check --diff policy     # in CI: change nothing, say what would
  weir fmt -                         # standard input to standard output`,
		RunE: func(c *cobra.Command, args []string) error {
			o.Paths = args
			return o.Run(c.Context(), c.InOrStdin(), std)
		},
	}
	c.Flags().BoolVar(&o.Check, "check", false, "write nothing; exit with 3 if something would change")
	c.Flags().BoolVar(&o.Diff, "diff", false, "write nothing; show what would change")
	c.Flags().StringVar(&o.Language, "language", "", "the `language` of standard input: "+strings.Join(languages(), ", "))
	c.Flags().StringVar(&o.Color, "color", "auto", "`when` to use colour: auto, always, never (auto obeys NO_COLOR)")
	fixed(c, "color", "auto", "always", "never")
	fixed(c, "language", languages()...)
	return c
}

// Run formats every file and says what it did.
func (o *fmtOptions) Run(ctx context.Context, in io.Reader, std streams) error {
	if err := (&output{Format: "text", Color: o.Color, formats: []string{"text"}}).check(); err != nil {
		return err
	}
	if o.Language != "" && !slices.Contains(languages(), o.Language) {
		return usage("--language "+closest(o.Language, languages()), "there is no language %q; languages are %s", o.Language, strings.Join(languages(), ", "))
	}
	switch {
	case slices.Equal(o.Paths, []string{"-"}):
		return o.standardInput(in, std)
	case slices.Contains(o.Paths, "-"):
		return usage("weir fmt -", "standard input (-) is formatted by itself, not beside files")
	case o.Language != "":
		return usage("weir fmt --language "+o.Language+" -", "--language is for standard input (-); files tell theirs by their names")
	}
	files, err := o.files(std)
	if err != nil {
		return err
	}
	failed, changed := false, false
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		did, err := o.file(name, std)
		var code exitCode
		if err != nil && !errors.As(err, &code) {
			return err
		}
		failed, changed = failed || err != nil, changed || did
	}
	switch {
	case failed:
		return exitFailed
	case changed && o.Check:
		return exitRejected
	}
	return nil
}

// files lists the files that the paths name, each once, in order.
func (o *fmtOptions) files(std streams) ([]string, error) {
	paths := o.Paths
	if len(paths) == 0 {
		paths = []string{"."}
		if dir := std.Getenv(policyVariable); dir != "" {
			paths = []string{dir}
		}
	}
	var files []string
	for _, p := range paths {
		found, err := formattable(p)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// formattable lists the files of a path. A file that is named must be one that
// can be formatted; in a directory, others are passed over, and so are hidden
// names and symbolic links.
func formattable(p string) ([]string, error) {
	info, err := os.Stat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file or directory %s", p)
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", p, err)
	case info.IsDir():
		return formattableBelow(p)
	case formatters[filepath.Ext(p)] == nil:
		return nil, fmt.Errorf("weir fmt does not format %s: it formats %s", p, strings.Join(extensions(), ", "))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("weir fmt formats regular files only, and %s is none", p)
	}
	return []string{filepath.Clean(p)}, nil
}

func extensions() []string {
	var out []string
	for _, l := range languages() {
		out = append(out, "*."+l)
	}
	return out
}

// languages are the names of what can be formatted, which are also the extensions.
func languages() []string {
	var out []string
	for ext := range formatters {
		out = append(out, strings.TrimPrefix(ext, "."))
	}
	slices.Sort(out)
	return out
}

func formattableBelow(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular() && formatters[filepath.Ext(name)] != nil:
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the directory: %w", err)
	}
	return files, nil
}

// file formats one file; it reports whether the text differs. An exit code as
// error means that the file cannot be formatted, which has been said.
func (o *fmtOptions) file(name string, std streams) (changed bool, err error) {
	src, err := readSource(name)
	if err != nil {
		return false, err
	}
	out, err := o.format(formatters[filepath.Ext(name)], src, name, std)
	if err != nil || bytes.Equal(src, out) {
		return false, err
	}
	if o.Diff {
		return true, render.Diff(std.Out, name, string(src), string(out), o.color(std))
	}
	if !o.Check {
		if err := replaceFile(name, out); err != nil {
			return false, err
		}
	}
	_, err = fmt.Fprintln(std.Out, render.Escape(name))
	return true, err
}

func (o *fmtOptions) color(std streams) bool {
	return (&output{Color: o.Color}).useColor(std)
}

func readSource(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	defer f.Close()
	return readAll(f, name)
}

func readAll(r io.Reader, name string) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, maxFormatted+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	case len(src) > maxFormatted:
		return nil, fmt.Errorf("%s is too large to format (at most %d MiB)", name, maxFormatted>>20)
	}
	return src, nil
}

// format lays a text out; what is wrong with it is written to standard error.
func (o *fmtOptions) format(lay formatter, src []byte, name string, std streams) ([]byte, error) {
	out, diags := lay(src, name)
	if !diags.HasErrors() {
		return out, nil
	}
	source := func(file string) (string, []byte) { return file, src }
	if err := render.Diagnostics(std.Err, diags, source, (&output{Color: o.Color}).errColor(std)); err != nil {
		return nil, err
	}
	std.say("")
	return nil, exitFailed
}

// packageClause is what a Rego module begins with, after comments. No HCL file
// does: package would be a block or an attribute there.
var packageClause = regexp.MustCompile(`^(?:\s|#[^\n]*\n)*package[ \t]+[A-Za-z_][^\n={]*(?:\n|$)`)

// languageOf tells a text's language by how it begins.
func languageOf(src []byte) string {
	if packageClause.Match(src) {
		return "rego"
	}
	return "hcl"
}

// standardInput formats standard input to standard output.
func (o *fmtOptions) standardInput(in io.Reader, std streams) error {
	const name = "(standard input)"
	src, err := readAll(in, name)
	if err != nil {
		return err
	}
	language := o.Language
	if language == "" {
		language = languageOf(src)
	}
	out, err := o.format(formatters["."+language], src, name, std)
	switch {
	case err != nil:
		return err
	case o.Diff:
		err = render.Diff(std.Out, name, string(src), string(out), o.color(std))
	case !o.Check:
		_, err = std.Out.Write(out)
	}
	if err == nil && o.Check && !bytes.Equal(src, out) {
		return exitRejected
	}
	return err
}

// replaceFile writes a file anew in one step and keeps its permissions.
func replaceFile(name string, text []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".weir-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	err = fill(f, func(w io.Writer) error { _, err := w.Write(text); return err })
	if err == nil {
		err = os.Chmod(f.Name(), info.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"weir/internal/render"
)

// streams is the world outside a command: where it writes, what it may know of
// the terminal and of the environment.
type streams struct {
	Out, Err                 io.Writer
	OutTerminal, ErrTerminal bool
	Getenv                   func(string) string
}

func standardStreams() streams {
	return streams{
		Out: os.Stdout, Err: forJobLog(os.Stderr, os.Getenv),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())), ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Getenv: os.Getenv,
	}
}

// forJobLog keeps text from becoming commands of GitHub's runner, which reads them from the
// log of a job, whoever wrote them.
func forJobLog(w io.Writer, getenv func(string) string) io.Writer {
	if getenv("GITHUB_ACTIONS") == "true" {
		return render.JobLog(w)
	}
	return w
}

func (s streams) say(format string, args ...any) { fmt.Fprintf(s.Err, format+"\n", args...) }

// colorful reports whether colour was left to us and may be used.
func (s streams) colorful(terminal bool) bool {
	return terminal && s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb"
}

// output are the flags every command that prints data has.
type output struct {
	Format  string
	File    string // -o; "" or "-" for standard output
	Color   string
	formats []string
}

// addFlags declares the flags; the formats are the ones the command knows, the
// first being the default.
func (o *output) addFlags(f *pflag.FlagSet, formats ...string) {
	o.formats = formats
	f.StringVar(&o.Format, "format", formats[0], "`form` of the output: "+strings.Join(formats, ", "))
	f.StringVarP(&o.File, "output", "o", "", "write to `FILE` (private to you, replaced in one step) instead of standard output")
	f.StringVar(&o.Color, "color", "auto", "`when` to use colour: auto, always, never (auto obeys NO_COLOR)")
}

func (o *output) check() error {
	if !slices.Contains(o.formats, o.Format) {
		return usage("--format "+closest(o.Format, o.formats), "there is no format %q; formats are %s", o.Format, strings.Join(o.formats, ", "))
	}
	if when := []string{"auto", "always", "never"}; !slices.Contains(when, o.Color) {
		return usage("--color "+closest(o.Color, when), "--color is auto, always or never, not %q", o.Color)
	}
	return nil
}

// useColor decides for the data; diagnostics follow the terminal they go to.
func (o *output) useColor(s streams) bool {
	if o.Color != "auto" {
		return o.Color == "always"
	}
	return o.toStdout() && s.colorful(s.OutTerminal)
}

func (o *output) errColor(s streams) bool {
	if o.Color != "auto" {
		return o.Color == "always"
	}
	return s.colorful(s.ErrTerminal)
}

func (o *output) toStdout() bool { return o.File == "" || o.File == "-" }

// write hands write the place the data belongs. A file appears whole or not at
// all, and only its owner may read it: it holds personal data.
func (o *output) write(s streams, write func(io.Writer) error) error {
	if o.toStdout() {
		out := s.Out
		if o.Format == "text" {
			out = forJobLog(out, s.Getenv)
		}
		w := bufio.NewWriterSize(out, 1<<16)
		if err := write(w); err != nil {
			return err
		}
		return w.Flush()
	}
	return writeReport(o.File, write)
}

// writeReport writes a report to a file, which must not be one of a policy.
func writeReport(name string, write func(io.Writer) error) error {
	if _, _, err := outputTarget(name); err != nil {
		return err
	}
	if ext := strings.ToLower(filepath.Ext(name)); ext == ".hcl" || ext == ".rego" {
		return usage("-o report.txt", "%s is called as a file of a policy, which a report must not replace", name)
	}
	return writeFile(name, write)
}

func writeFile(name string, write func(io.Writer) error) error {
	target, special, err := outputTarget(name)
	if err != nil {
		return err
	}
	if special {
		return writeSpecial(target, write)
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".weir-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	err = fill(f, write)
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// fill writes the data and closes the file. CreateTemp has made it mode 0600.
func fill(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// outputTarget follows a symbolic link, so that the link stays, and tells files
// from devices and pipes, which cannot be replaced. What is named below the working directory
// is not written elsewhere.
func outputTarget(name string) (target string, special bool, err error) {
	if leadsOut(name) || leadsOut(filepath.Dir(name)) {
		return "", false, fmt.Errorf("cannot write %s: it leads out of the working directory by a symbolic link; name the place itself", name)
	}
	target = name
	if resolved, err := filepath.EvalSymlinks(name); err == nil {
		target = resolved
	}
	info, err := os.Stat(target)
	switch {
	case os.IsNotExist(err):
		return target, false, nil
	case err != nil:
		return "", false, fmt.Errorf("cannot write %s: %w", name, err)
	case info.IsDir():
		return "", false, fmt.Errorf("cannot write %s: it is a directory", name)
	}
	return target, !info.Mode().IsRegular(), nil
}

func writeSpecial(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	w := bufio.NewWriter(f)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// escapeLines escapes each line of a message and keeps the lines.
func escapeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = render.Escape(strings.ReplaceAll(line, "\t", "  "))
	}
	return strings.Join(lines, "\n")
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/policies"
	"weir/recording"
	"weir/state"
)

// initOptions are weir init's flags and argument.
type initOptions struct {
	Dir          string
	FromSettings string   // a file or a recording; "" for the starter policy
	FromLibrary  []string // names of ready-made policies, to be written instead
	Library      bool     // list the ready-made policies
}

const (
	initDir  = "policy"
	initFile = "org.hcl"
)

func newInit(std streams) *cobra.Command {
	o := &initOptions{}
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a policy to begin with",
		Long: `Write a commented policy to begin with into DIR (default "policy"). A directory
that already holds a policy is left as it is.

--from-settings writes a policy that reproduces what people have set on their own
pages today: of a recording, or of a JSON file.

--from-library writes ready-made policies, also beside a policy that is there
already: a file each, what they set for everybody put together in one org block.
Nothing is overwritten, and nothing is written if they do not go together or the
policy would not be valid. --library lists them.`,
		Example: `  weir init
  weir init policy
  weir init --from-settings recording
  weir init --library                # the ready-made policies
  weir init --from-library no-private-events,legal-hold`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Dir = initDir
			if len(args) > 0 {
				o.Dir = args[0]
			}
			return o.Run(c.Context(), std)
		},
	}
	c.Flags().StringVar(&o.FromSettings, "from-settings", "", "reproduce the settings pages in a JSON `file or recording`")
	c.Flags().StringSliceVar(&o.FromLibrary, "from-library", nil, "write ready-made policies, by `name`, with commas between several")
	c.Flags().BoolVar(&o.Library, "library", false, "list the ready-made policies and write nothing")
	c.MarkFlagsMutuallyExclusive("from-settings", "from-library", "library")
	_ = c.RegisterFlagCompletionFunc("from-library", completeLibrary)
	return c
}

// Run writes a policy and says what to do next.
func (o *initOptions) Run(_ context.Context, std streams) error {
	switch {
	case o.Library:
		return listLibrary(std)
	case o.FromLibrary != nil:
		return o.fromLibrary(std)
	}
	existing, err := policyIn(o.Dir)
	if err != nil {
		return err
	}
	if existing != "" {
		return usage("weir validate -p "+o.Dir, "%s already holds a policy (%s); nothing was written", o.Dir, existing)
	}
	text, about := policies.Starter(), ""
	if o.FromSettings != "" {
		adopted, err := o.adopt(std)
		if err != nil {
			return err
		}
		text, about = adopted.Text, adoptedText(adopted)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the directory: %w", err)
	}
	name := filepath.Join(o.Dir, initFile)
	if err := writeNew(name, text); err != nil {
		return err
	}
	return o.next(std, []string{name}, about)
}

// adopt reads existing settings and writes a policy that reproduces them.
func (o *initOptions) adopt(std streams) (policies.Adopted, error) {
	users, l, err := o.settings(std)
	if err != nil {
		return policies.Adopted{}, err
	}
	adopted := policies.FromSettings(users, filepath.Base(o.FromSettings))
	return adopted, l.judge(std, &output{Color: "auto"}, adopted.Problems, false)
}

// settings are the people of a recording, as of its last capture, or of a file.
func (o *initOptions) settings(std streams) ([]*state.User, *loaded, error) {
	info, err := os.Stat(o.FromSettings)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("there is no file or recording %s", o.FromSettings)
	case err != nil:
		return nil, nil, fmt.Errorf("cannot read the settings: %w", err)
	}
	out := &output{Color: "auto"}
	if info.IsDir() {
		l := &loaded{}
		if err := l.openRecording(o.FromSettings, false); err != nil {
			return nil, nil, err
		}
		if err := l.readRecording(std, out, false); err != nil {
			return nil, nil, err
		}
		snap, diags := l.rec.At(l.rec.Last())
		return snap.Users, l, l.judge(std, out, diags, false)
	}
	l := &loaded{recDir: filepath.Dir(o.FromSettings)}
	if l.recFS, err = openDir(l.recDir, "settings", "--from-settings"); err != nil {
		return nil, nil, err
	}
	f, err := os.Open(o.FromSettings)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the settings: %w", err)
	}
	defer f.Close()
	users, diags := recording.ReadSettings(f, filepath.Base(o.FromSettings))
	return users, l, l.judge(std, out, diags, false)
}

// adoptedText says what was found.
func adoptedText(a policies.Adopted) string {
	return fmt.Sprintf("The settings of %s: common values for all, %s, %s, %s.\n", peopleNoun(a.People),
		countNoun(a.Groups, "group"), peopleNoun(a.Users)+" of their own", countNoun(a.Views, "list view"))
}

// next says what was written and what to do with it.
func (o *initOptions) next(std streams, names []string, about string) error {
	steps := [][2]string{
		{"weir validate -p " + o.Dir, "check it, after every change"},
		{"weir settings -p " + o.Dir + " --user ann", "what it means for one person of the demo"},
		{"weir simulate -p " + o.Dir, "what it would do to the demo, session by session"},
		{"weir simulate -p " + o.Dir + " -r DIR", "the same on your own recording"},
	}
	text := ""
	for _, name := range names {
		text += "Wrote " + render.Escape(name) + ".\n"
	}
	text += about + "\nNext:\n"
	for _, s := range steps {
		text += fmt.Sprintf("  %-*s  %s\n", len(steps[1][0]), render.Escape(s[0]), s[1])
	}
	_, err := io.WriteString(std.Out, text)
	return err
}

// policyIn finds a policy file in the directory, or "".
func policyIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("cannot use the directory: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".hcl") || strings.HasSuffix(e.Name(), ".rego") {
			return e.Name(), nil
		}
	}
	return "", nil
}

// writeNew never overwrites.
func writeNew(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("cannot write the policy: %w", err)
	}
	_, err = f.Write(text)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

func peopleNoun(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

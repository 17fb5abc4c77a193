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

	"weir/policies"
)

// initOptions are weir init's argument.
type initOptions struct {
	Dir string
}

const (
	initDir  = "policy"
	initFile = "org.hcl"
)

func newInit(std streams) *cobra.Command {
	o := &initOptions{}
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a commented policy to begin with",
		Long: `Write a commented policy to begin with into DIR (default "policy"). A directory
that already holds a policy is left as it is.`,
		Example: `  weir init
  weir init policy`,
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
}

// Run writes the starter policy and says what to do next.
func (o *initOptions) Run(_ context.Context, std streams) error {
	existing, err := policyIn(o.Dir)
	if err != nil {
		return err
	}
	if existing != "" {
		return usage("weir validate -p "+o.Dir, "%s already holds a policy (%s); nothing was written", o.Dir, existing)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the directory: %w", err)
	}
	name := filepath.Join(o.Dir, initFile)
	if err := writeNew(name, policies.Starter()); err != nil {
		return err
	}
	return o.next(std, name)
}

// next says what to do with the policy.
func (o *initOptions) next(std streams, name string) error {
	steps := [][2]string{
		{"weir validate -p " + o.Dir, "check it, after every change"},
		{"weir settings -p " + o.Dir + " --user ann", "what it means for one person of the demo"},
		{"weir simulate -p " + o.Dir, "what it would do to the demo, session by session"},
		{"weir simulate -p " + o.Dir + " -r DIR", "the same on your own recording"},
	}
	text := "Wrote " + name + ".\n\nNext:\n"
	for _, s := range steps {
		text += fmt.Sprintf("  %-*s  %s\n", len(steps[1][0]), s[0], s[1])
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

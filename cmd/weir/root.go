package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"weir/internal/render"
)

const rootLong = `weir decides which Salesforce records go down into people's mailboxes, says why,
and shows what would happen before anything does.

A policy is a directory of *.hcl files; a recording is a directory of what
Salesforce and the mailboxes held. weir never talks to a live system. Without -p
and -r, simulate, plan, explain and settings use the built-in default policy and
the built-in demo recording.

Exit codes: 0 done; 1 could not (usage, unreadable input, policy errors);
2 changes and 3 rejected, with --detailed-exitcode; 4 a resource limit stopped it.`

const rootExample = `  weir simulate                      # the demo, session by session
  weir plan --at 2026-05-12          # one session, exactly as recorded until then
  weir init policy                   # a commented policy to begin with
  weir simulate -p policy            # what it changes`

// newRoot builds the command tree over the given streams.
func newRoot(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "weir",
		Short:         "Decide and predict what is synced between Salesforce and mailboxes",
		Long:          rootLong,
		Example:       rootExample,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(std.Out)
	root.SetErr(std.Err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newSimulate(std), newPlan(std), newExplain(std), newSettings(std), newValidate(std), newTest(std), newCheck(std), newDiff(std), newVerify(std),
		newInspect(std), newImport(std), newAnonymize(std), newGenerate(std), newInit(std), newFmt(std), newVersion(std))
	return root
}

// flagError points at the help that lists the flags, and at a flag that was
// probably meant.
func flagError(c *cobra.Command, err error) error {
	hint := c.CommandPath() + " --help"
	if name, found := strings.CutPrefix(err.Error(), "unknown flag: --"); found {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if meant := suggestion(name, names); meant != "" {
			hint = c.CommandPath() + " --" + meant
		}
	}
	return usage(hint, "%s", err)
}

// noArguments refuses arguments and answers with the line that was meant: a
// directory belongs behind -p or -r.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := c.CommandPath() + " --help"
	if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
		hint = c.CommandPath() + " " + directoryFlag(c, args[0]) + " " + args[0]
	}
	return usage(hint, "%s takes no arguments, but got %q", c.CommandPath(), strings.Join(args, " "))
}

// directoryFlag guesses which directory it is.
func directoryFlag(c *cobra.Command, dir string) string {
	_, err := os.Stat(filepath.Join(dir, "recording.json"))
	if (err == nil || c.Flags().Lookup("policy") == nil) && c.Flags().Lookup("recording") != nil {
		return "-r"
	}
	return "-p"
}

// textFlags are the flags that shape text for people; JSON always holds all.
type textFlags struct {
	Verbose, Full, Skipped, Summary bool
}

func (t *textFlags) options(color bool) render.TextOptions {
	return render.TextOptions{Color: color, Verbose: t.Verbose, Full: t.Full, Skipped: t.Skipped, Summary: t.Summary, Zone: loadZone}
}

func (t *textFlags) addVerbose(c *cobra.Command) {
	c.Flags().BoolVarP(&t.Verbose, "verbose", "v", false, "text: show ids beside names")
}

func (t *textFlags) addReport(c *cobra.Command) {
	t.addVerbose(c)
	c.Flags().BoolVar(&t.Full, "full", false, "text: list large groups of like operations instead of counting them")
	c.Flags().BoolVar(&t.Skipped, "skipped", false, "text: list what is not synced, and why")
	c.Flags().BoolVar(&t.Summary, "summary", false, "text: stop after the headline and the counts per person")
	c.MarkFlagsMutuallyExclusive("summary", "full")
	c.MarkFlagsMutuallyExclusive("summary", "skipped")
}

const showPrivateHelp = "name private events and show the text of bodies (personal data)"

const detailedHelp = "exit with 2 if there are changes or held operations, 3 if a limit tripped"

// fixed completes a flag from a fixed list.
func fixed(c *cobra.Command, flag string, values ...string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// completeUsers completes --user from the recording the flags name so far.
func completeUsers(c *cobra.Command, std streams, in *inputs) {
	_ = c.RegisterFlagCompletionFunc("user", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		in.fromEnvironment(std)
		l := &loaded{}
		if err := l.openRecording(in.Recording, true); err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return l.addresses(), cobra.ShellCompDirectiveNoFileComp
	})
}

func completeOutput(c *cobra.Command, o *output) {
	fixed(c, "format", o.formats...)
	fixed(c, "color", "auto", "always", "never")
}

// missing is the error for something a command cannot do without, with the
// corrected command line.
func missing(c, what, line string) error {
	return usage(line, "%s needs %s", c, what)
}

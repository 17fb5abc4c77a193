package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"weir/simulate"
)

// faultFlags are the flags that let the simulated sync fail.
type faultFlags struct {
	Seed  string // "" for no faults
	Kinds []string
	Rate  string

	flags *pflag.FlagSet // nil where there are none
}

func (o *faultFlags) addFlags(c *cobra.Command) {
	f := c.Flags()
	o.flags = f
	f.StringVar(&o.Seed, "faults", "", "let the sync fail, as drawn from the number `SEED`, and compare how that ends (settles both)")
	f.StringSliceVar(&o.Kinds, "fault-kinds", nil, "which `kinds` of faults: "+strings.Join(faultNames(), ", ")+"; default all")
	f.StringVar(&o.Rate, "fault-rate", "", fmt.Sprintf("`share` of operations, changes and sessions that a fault strikes; default %g%%", simulate.DefaultFaultRate*100))
	_ = c.RegisterFlagCompletionFunc("fault-kinds", cobra.FixedCompletions(faultNames(), cobra.ShellCompDirectiveNoFileComp))
}

func faultNames() []string {
	var out []string
	for _, k := range simulate.FaultKinds() {
		out = append(out, string(k))
	}
	return out
}

// faults are the faults asked for; nil for none.
func (o *faultFlags) faults() (*simulate.Faults, error) {
	if o.Seed == "" && o.flags != nil && o.flags.Changed("faults") {
		return nil, usage("--faults 1", "--faults takes a number from 0 to 4294967295, and none was given")
	}
	if o.Seed == "" {
		if len(o.Kinds) > 0 || o.Rate != "" {
			return nil, usage("--faults 1", "--fault-kinds and --fault-rate say which faults, but --faults gives no seed")
		}
		return nil, nil
	}
	seed, err := strconv.ParseUint(o.Seed, 10, 32)
	if err != nil {
		return nil, usage("--faults 1", "--faults takes a number from 0 to 4294967295, not %q", o.Seed)
	}
	f := &simulate.Faults{Seed: uint32(seed)}
	for _, name := range o.Kinds {
		if !slices.Contains(faultNames(), name) {
			return nil, usage("--fault-kinds "+closest(name, faultNames()), "there is no kind of fault %q; kinds are %s", name, strings.Join(faultNames(), ", "))
		}
		f.Kinds = append(f.Kinds, simulate.FaultKind(name))
	}
	if o.Rate != "" {
		percent, err := strconv.ParseFloat(strings.TrimSuffix(o.Rate, "%"), 64)
		if err != nil || !strings.HasSuffix(o.Rate, "%") || !(percent > 0 && percent <= 100) {
			return nil, usage("--fault-rate 5%", "--fault-rate is a share over 0%% and up to 100%%, not %q", o.Rate)
		}
		f.Rate = percent / 100
	}
	return f, nil
}

// repeating is the command that runs the same simulation with the same faults.
func (o *simulateOptions) repeating(f *simulate.Faults) string {
	out := "weir simulate"
	for _, flag := range [...]struct{ name, value string }{{"policy", o.Policy}, {"recording", o.Recording}, {"from", o.From}, {"to", o.To}} {
		if flag.value != "" {
			out += " --" + flag.name + " " + quoted(flag.value)
		}
	}
	if o.Every != simulate.DefaultEvery {
		out += " --every " + o.Every.String()
	}
	if o.Sessions > 0 {
		out += " --sessions " + strconv.Itoa(o.Sessions)
	}
	return out + " " + f.Flags()
}

// quoted is a text as a shell takes it for one word.
func quoted(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-:+", r)
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

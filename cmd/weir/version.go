package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/internal/version"
	"weir/policies"
	"weir/state/zone"
)

// versionOptions are weir version's flags.
type versionOptions struct{ output }

// versionReport is the JSON form.
type versionReport struct {
	Format   string `json:"format"`
	Version  string `json:"version"`
	Language string `json:"policy_language"`
	Go       string `json:"go"`
	Zones    string `json:"time_zones"`
}

func newVersion(std streams) *cobra.Command {
	o := &versionOptions{}
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of weir, of Go and of the time zone data",
		Example: `  weir version
  weir version --format json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	o.output.addFlags(c.Flags(), "text", "json")
	completeOutput(c, &o.output)
	return c
}

// Run writes the versions.
func (o *versionOptions) Run(_ context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	r := versionReport{"weir.version/1", version.Version, policies.Version, runtime.Version(), zone.Version}
	return o.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, &r)
		}
		_, err := fmt.Fprintf(w, "weir %s (policy language %s, %s, time zones %s)\n", r.Version, r.Language, r.Go, r.Zones)
		return err
	})
}

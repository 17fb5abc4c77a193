package archtest

// Weir are this module's rules.
func Weir() Rules {
	return Rules{
		Module:   "weir",
		Arrows:   arrows(),
		Confined: confined(),
		Pure:     []string{"state/...", "policies/...", "engine/...", "simulate/...", "recording/...", "policytest/...", "compare/...", "check/..."},
		Impure: []string{
			"os/...", "net/...", "math/rand/...", "crypto/rand", "syscall", "runtime/debug", "plugin",
			"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick",
			"time.NewTimer", "time.NewTicker", "path/filepath.Walk", "path/filepath.WalkDir", "path/filepath.Glob",
			"log/...",
		},
		Harmless: []string{"net/url", "net/mail", "net/netip"},
		// weir carries its own time zone database; the machine's must not count.
		Nowhere: []string{"time.LoadLocation", "time.Local", "time/tzdata", "C", "unsafe"},
	}
}

func arrows() []Arrow {
	all := []string{"state/...", "policies/...", "recording/...", "engine/...", "simulate/...", "fixtures",
		"policytest", "compare", "check", "internal/digest", "internal/gitfs", "internal/parity", "internal/render", "internal/version"}
	return []Arrow{
		{From: "state/recur", To: []string{"state", "state/zone"}, StdOnly: true, External: []string{"github.com/teambition/rrule-go"}},
		{From: "state/zone", StdOnly: true},
		{From: "state", StdOnly: true},
		{From: "policies/cond", To: []string{"state/..."}},
		{From: "policies/hclfile", To: []string{"state/..."}},
		{From: "policies/celexpr", To: []string{"state/...", "policies/cond"}},
		{From: "policies/listview", To: []string{"state/...", "policies/cond"}},
		{From: "policies/regomod", To: []string{"state/...", "policies/cond"}},
		{From: "policies/prove", To: []string{"state/...", "policies/cond", "internal/sat"}},
		{From: "internal/sat", StdOnly: true},
		{From: "policies/library", StdOnly: true},
		{From: "policies/cover", To: []string{"state", "policies", "policies/cond", "policies/regomod"}},
		{From: "policies/mutate", To: []string{"policies", "policies/hclfile", "policies/regomod"}},
		{From: "policies", To: []string{"state/...", "policies/..."}},
		{From: "recording/zonedef", To: []string{"state/zone"}, StdOnly: true},
		{From: "recording/...", To: []string{"state/...", "recording/..."}},
		{From: "engine/...", To: []string{"state/...", "policies", "policies/cond", "policies/listview", "engine/..."}},
		{From: "simulate/...", To: []string{"state/...", "policies", "recording", "engine", "simulate/..."}},
		{From: "policytest", To: []string{"state/...", "policies/...", "recording", "engine", "simulate"}},
		{From: "compare", To: []string{"state/...", "policies/...", "engine", "simulate", "policytest"}},
		{From: "check", To: []string{"state/...", "policies/...", "recording", "engine", "simulate", "policytest", "compare"}},
		{From: "fixtures", StdOnly: true},
		{From: "fixtures/...", To: []string{"fixtures/...", "state/...", "recording/..."}},
		{From: "internal/docgen/...", To: []string{"state/...", "policies/...", "engine", "recording/...", "policytest", "check", "internal/docgen"}},
		{From: "internal/render", To: []string{"state/...", "policies", "policies/cover", "policies/mutate", "recording", "recording/intake", "recording/anonymize", "internal/parity", "internal/version", "engine", "simulate", "policytest", "compare", "check"}},
		{From: "internal/parity", To: []string{"state/...", "policies", "policies/cond", "recording", "engine"}},
		{From: "internal/archtest", StdOnly: true},
		{From: "internal/digest", StdOnly: true},
		{From: "internal/gitfs", StdOnly: true},
		{From: "internal/drawn", To: []string{"state"}, StdOnly: true, External: []string{"pgregory.net/rapid"}},
		{From: "internal/effort", StdOnly: true},
		{From: "internal/golden", StdOnly: true, External: []string{"github.com/stretchr/testify/..."}},
		{From: "internal/hostile", StdOnly: true},
		{From: "internal/needs", StdOnly: true},
		{From: "internal/refmodel", To: []string{"state"}, StdOnly: true},
		{From: "internal/refmodel/worlds", To: []string{"state/...", "policies", "engine", "internal/refmodel"}},
		{From: "internal/version", StdOnly: true},
		{From: "cmd/weir", To: all},
	}
}

func confined() []Confined {
	helpers := []string{"internal/golden", "internal/drawn", "internal/effort", "internal/needs", "internal/refmodel/worlds"} // only tests import them
	terminal := []string{"cmd/...", "internal/render"}
	return []Confined{
		{Path: "github.com/hashicorp/hcl/v2/hclsyntax", Only: []string{"policies/hclfile"}},
		{Path: "github.com/hashicorp/hcl/v2/hclparse", Only: []string{"policies/hclfile"}},
		{Path: "github.com/hashicorp/hcl/v2/hclwrite", Only: []string{"policies/hclfile"}},
		{Path: "github.com/hashicorp/hcl/v2/gohcl"}, // it coerces values
		{Path: "github.com/google/cel-go/...", Only: []string{"policies/celexpr"}},
		{Path: "cel.dev/...", Only: []string{"policies/celexpr"}},
		{Path: "github.com/open-policy-agent/opa/...", Only: []string{"policies/regomod"}},
		{Path: "github.com/teambition/rrule-go/...", Only: []string{"state/recur"}},
		{Path: "github.com/go-json-experiment/json/...", Only: []string{"recording/..."}},
		{Path: "github.com/emersion/..."}, // what the readers of calendars and cards are compared with
		{Path: "github.com/chromedp/..."}, // what the formats are read back with
		{Path: "github.com/santhosh-tekuri/jsonschema/..."},
		{Path: "github.com/yuin/goldmark/..."},
		{Path: "golang.org/x/net/..."},
		{Path: "github.com/spf13/...", Only: []string{"cmd/..."}},
		{Path: "golang.org/x/term", Only: terminal},
		{Path: "github.com/fatih/color", Only: terminal},
		{Path: "github.com/rivo/uniseg", Only: terminal},
		{Path: "github.com/stretchr/testify/...", Only: []string{"internal/golden"}},
		{Path: "github.com/rogpeppe/go-internal/..."},
		{Path: "pgregory.net/rapid", Only: []string{"internal/drawn", "internal/refmodel/worlds"}},
		{Path: "testing/...", Only: helpers},
	}
}

package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/simulate"
	"weir/state/zone"
)

// update writes the expected files anew: go test ./internal/render -update.
var update = flag.Bool("update", false, "write the expected texts of testdata anew")

// Every archive in testdata/plans holds a plan, simulation or list of
// explanations in its JSON form and the text it must give. Its comment says what
// it shows; a line "options:" in it names the options.
func TestText(t *testing.T) {
	eachArchive(t, "testdata/plans/*.txtar", func(t *testing.T, ar *txtar.Archive) []byte {
		opts, header := options(string(ar.Comment))
		var out bytes.Buffer
		for _, f := range ar.Files {
			switch f.Name {
			case "plan.json":
				plan := decode[engine.Plan](t, f.Data)
				require.NoError(t, Plan(&out, plan, header, TallyOf(plan), opts))
			case "simulation.json":
				res := decode[simulate.Result](t, f.Data)
				require.NoError(t, Simulation(&out, res, header, TallyOf(res.Sessions...), opts))
			case "explanations.json":
				list := decode[[]engine.Explanation](t, f.Data)
				require.NoError(t, Explanations(&out, *list, false, opts))
			}
		}
		return out.Bytes()
	})
}

// Every archive in testdata/diagnostics holds a broken policy and the text of its
// diagnostics.
func TestDiagnostics(t *testing.T) {
	eachArchive(t, "testdata/diagnostics/*.txtar", func(t *testing.T, ar *txtar.Archive) []byte {
		files := fstest.MapFS{}
		for _, f := range ar.Files {
			if f.Name != "want.txt" {
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
		}
		set, diags := policies.Load(files, policies.LoadOptions{})
		var out bytes.Buffer
		require.NoError(t, Diagnostics(&out, diags, func(name string) (string, []byte) {
			if f := set.Files()[name]; f != nil {
				return "policy/" + name, f.Bytes
			}
			return name, nil
		}, false))
		return out.Bytes()
	})
}

// TestGuardrailsInJSON: the JSON forms carry every message whole, and nothing that
// acts upon a terminal.
func TestGuardrailsInJSON(t *testing.T) {
	rails := []engine.Guardrail{
		{Deny: true, Message: "too \x1b[2Jmany\n\u202e" + strings.Repeat("ä", 1000), File: "guardrails.rego", Line: 3},
		{Message: "mind this", File: "guardrails.rego", Line: 9},
	}
	for name, doc := range map[string]any{
		"plan":       &engine.Plan{Guardrails: rails, Verdict: engine.VerdictRejected},
		"simulation": &simulate.Result{Guardrails: rails, Verdict: engine.VerdictRejected},
	} {
		var out bytes.Buffer
		require.NoError(t, JSON(&out, doc))
		text := out.String()
		assert.Equal(t, -1, strings.IndexFunc(strings.ReplaceAll(text, "\n", ""), isHostile), name)
		var got struct {
			Guardrails []map[string]any `json:"guardrails"`
			Verdict    string           `json:"verdict"`
		}
		require.NoError(t, json.Unmarshal(out.Bytes(), &got))
		assert.Equal(t, "rejected", got.Verdict, name)
		assert.Equal(t, []map[string]any{
			{"deny": true, "message": rails[0].Message, "file": "guardrails.rego", "line": 3.0},
			{"deny": false, "message": "mind this", "file": "guardrails.rego", "line": 9.0},
		}, got.Guardrails, name)
		var none bytes.Buffer
		require.NoError(t, JSON(&none, &engine.Plan{}))
		assert.NotContains(t, none.String(), "guardrails", "none was asked")
	}
}

// eachArchive runs render over the archives and compares with their want.txt.
func eachArchive(t *testing.T, glob string, render func(*testing.T, *txtar.Archive) []byte) {
	names, err := filepath.Glob(glob)
	require.NoError(t, err)
	require.NotEmpty(t, names, "no archive matches %s", glob)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			require.NoError(t, err)
			got := render(t, ar)
			i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == "want.txt" })
			if *update {
				if i < 0 {
					i, ar.Files = len(ar.Files), append(ar.Files, txtar.File{Name: "want.txt"})
				}
				ar.Files[i].Data = got
				require.NoError(t, os.WriteFile(name, txtar.Format(ar), 0o644))
				return
			}
			require.GreaterOrEqual(t, i, 0, "the archive has no want.txt; run with -update")
			assert.Equal(t, string(ar.Files[i].Data), string(got))
		})
	}
}

func decode[T any](t *testing.T, data []byte) *T {
	t.Helper()
	v := new(T)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(v))
	return v
}

func options(comment string) (TextOptions, Header) {
	opts := TextOptions{Zone: zone.Load}
	header := Header{Organization: "Acme", Policy: "acme-policy (org, 2 groups)"}
	for line := range strings.SplitSeq(comment, "\n") {
		words, found := strings.CutPrefix(line, "options:")
		if !found {
			continue
		}
		for _, w := range strings.Fields(words) {
			switch w {
			case "color":
				opts.Color = true
			case "verbose":
				opts.Verbose = true
			case "full":
				opts.Full = true
			case "skipped":
				opts.Skipped = true
			case "summary":
				opts.Summary = true
			default:
				header.Only = w
			}
		}
	}
	return opts, header
}

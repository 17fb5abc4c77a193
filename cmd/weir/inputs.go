package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"weir/engine"
	"weir/fixtures"
	"weir/internal/digest"
	"weir/internal/render"
	"weir/internal/version"
	"weir/policies"
	"weir/policies/celexpr"
	"weir/recording"
	"weir/state"
	"weir/state/zone"
)

const (
	policyVariable    = "WEIR_POLICY"
	recordingVariable = "WEIR_RECORDING"
)

// inputs are the flags that name a policy and a recording.
type inputs struct {
	Policy    string
	Recording string
	Strict    bool
}

func (in *inputs) addPolicy(c *cobra.Command) {
	c.Flags().StringVarP(&in.Policy, "policy", "p", "", "policy `directory` (else $"+policyVariable+")")
	_ = c.MarkFlagDirname("policy")
	in.addStrict(c)
}

func (in *inputs) addRecording(c *cobra.Command) {
	c.Flags().StringVarP(&in.Recording, "recording", "r", "", "recording `directory` (else $"+recordingVariable+")")
	_ = c.MarkFlagDirname("recording")
	in.addStrict(c)
}

func (in *inputs) addStrict(c *cobra.Command) {
	if c.Flags().Lookup("strict") == nil {
		c.Flags().BoolVar(&in.Strict, "strict", false, "treat warnings as errors")
	}
}

// fromEnvironment lets the variables stand in for flags that were not given.
func (in *inputs) fromEnvironment(s streams) {
	if in.Policy == "" {
		in.Policy = s.Getenv(policyVariable)
	}
	if in.Recording == "" {
		in.Recording = s.Getenv(recordingVariable)
	}
}

// loaded is what the inputs name, read and checked.
type loaded struct {
	set        *policies.Set
	policyName string // for the headline
	policyDir  string // before file names, "" for the built-in policy
	rec        *recording.Recording
	recDir     string
	recFS      fs.FS
	demo       bool
}

// open reads recording and policy, with the built-in ones for those not named,
// and says so.
func (in *inputs) open(s streams, o *output) (*loaded, error) {
	in.fromEnvironment(s)
	l := &loaded{}
	if err := l.openRecording(in.Recording, true); err != nil {
		return nil, err
	}
	sayBuiltIn(s, in.Policy == "", in.Recording == "")
	if err := l.readRecording(s, o, in.Strict); err != nil {
		return nil, err
	}
	if err := l.readPolicy(s, o, in.Policy, in.Strict); err != nil {
		return nil, err
	}
	return l, nil
}

func sayBuiltIn(s streams, policy, rec bool) {
	switch {
	case policy && rec:
		s.say("Using the built-in default policy and the built-in demo recording; name your own with -p DIR and -r DIR.")
	case policy:
		s.say("Using the built-in default policy; name your own with -p DIR.")
	case rec:
		s.say("Using the built-in demo recording; name your own with -r DIR.")
	}
}

// openRecording finds the directory; the demo's stands in where allowed.
func (l *loaded) openRecording(dir string, orDemo bool) error {
	if dir == "" && orDemo {
		l.recFS, l.demo = fixtures.Acme(), true
		return nil
	}
	fsys, err := openDir(dir, "recording", "-r")
	l.recFS, l.recDir = fsys, dir
	return err
}

// openDir opens a directory from which nothing outside it can be reached, not by
// symbolic links either. One that is named below the working directory must lie there:
// in CI that is somebody's change, which must not choose what else is read.
func openDir(dir, what, flag string) (fs.FS, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no %s directory %s", what, dir)
	case err != nil:
		return nil, fmt.Errorf("cannot read the %s: %w", what, err)
	case !info.IsDir():
		return nil, usage(flag+" "+filepath.Dir(dir), "a %s is a directory, and %s is a file", what, dir)
	}
	if leadsOut(dir) {
		return nil, fmt.Errorf("the %s directory %s leads out of the working directory by a symbolic link; name the directory that it leads to", what, dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the %s: %w", what, err)
	}
	return root.FS(), nil
}

// leadsOut reports that a name below the working directory is, by a symbolic link, a
// place outside of it.
func leadsOut(name string) bool {
	if !filepath.IsLocal(name) {
		return false
	}
	here, err := os.Getwd()
	if err != nil {
		return false
	}
	there, err := filepath.EvalSymlinks(filepath.Join(here, name))
	if err != nil {
		return false // not there, which using it says
	}
	if here, err = filepath.EvalSymlinks(here); err != nil {
		return true
	}
	rel, err := filepath.Rel(here, there)
	return err != nil || !filepath.IsLocal(rel)
}

func (l *loaded) readRecording(s streams, o *output, strict bool) error {
	rec, diags := recording.Open(l.recFS, recording.Options{})
	l.rec = rec
	return l.judge(s, o, diags, strict)
}

func (l *loaded) readPolicy(s streams, o *output, dir string, strict bool) error {
	if dir == "" {
		l.set, l.policyName = policies.Default(), "built-in default"
		return nil
	}
	fsys, err := openDir(dir, "policy", "-p")
	if err != nil {
		return err
	}
	l.policyDir = dir
	set, diags := policies.Load(fsys, l.loadOptions())
	l.set = set
	if !diags.HasErrors() {
		diags = append(diags, l.policyWarnings()...)
	}
	if err := l.judge(s, o, diags, strict); err != nil {
		return err
	}
	l.policyName = policyName(dir, set)
	return nil
}

func (l *loaded) loadOptions() policies.LoadOptions {
	if l.rec == nil {
		return policies.LoadOptions{Dir: l.policyDir}
	}
	custom := l.rec.CustomFields()
	// A kind without custom fields has none, which is not the same as not knowing.
	known := &celexpr.CustomFields{Item: map[state.Kind]map[string]state.Type{}, User: map[string]state.Type{}}
	for _, k := range state.Kinds() {
		known.Item[k] = map[string]state.Type{}
		maps.Copy(known.Item[k], custom.Items[k])
	}
	maps.Copy(known.User, custom.User)
	return policies.LoadOptions{Dir: l.policyDir, Custom: known}
}

// policyWarnings are about the policy and the recording together: what has
// expired by its end, and user blocks that name nobody.
func (l *loaded) policyWarnings() hcl.Diagnostics {
	if l.rec == nil {
		return nil
	}
	var users []*state.User
	for _, u := range l.rec.Manifest().Users {
		users = append(users, &state.User{Address: u.Mailbox})
	}
	diags := l.set.Unmatched(users)
	if last := l.rec.Last(); !last.IsZero() {
		diags = append(diags, l.set.Expired(last)...)
	}
	return diags
}

// policyName is the directory's name and what is in it: "acme-policy (org, 2 groups)".
func policyName(dir string, set *policies.Set) string {
	name := filepath.Base(dir)
	if abs, err := filepath.Abs(dir); err == nil {
		name = filepath.Base(abs)
	}
	return name + " (" + contents(set) + ")"
}

func contents(set *policies.Set) string {
	var parts []string
	if set.HasOrg() {
		parts = append(parts, "org")
	}
	for _, c := range []struct {
		n    int
		noun string
	}{{len(set.Groups()), "group"}, {len(set.Users()), "user"}, {len(set.Views()), "view"}, {len(set.Rules()), "rule"}} {
		switch c.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+c.noun)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", c.n, c.noun))
		}
	}
	if set.HasRegoSettings() {
		parts = append(parts, "settings in Rego")
	}
	if set.HasGuardrails("plan") || set.HasGuardrails("simulation") {
		parts = append(parts, "guardrails")
	}
	if len(parts) == 0 {
		return "sets nothing"
	}
	return strings.Join(parts, ", ")
}

// policyDigest covers the policy's files, the embedded defaults, the time zone
// database and weir itself.
func (l *loaded) policyDigest() string { return l.policyDigestBy(version.Version, zone.Version) }

// policyDigestBy is the digest as a weir of another version, or with other time
// zones, would give it.
func (l *loaded) policyDigestBy(weir, zones string) string {
	files := []digest.File{digest.Text("embedded:zones", zones), digest.Text("embedded:weir", weir)}
	for _, d := range l.set.Digests() {
		files = append(files, digest.File(d))
	}
	return digest.Of(files)
}

// builtIn reports that no policy was named.
func (l *loaded) builtIn() bool { return l.policyDir == "" }

// optionsDigest binds the options of a plan or simulation.
func optionsDigest(o *engine.MadeWith) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // plain data
	}
	return digest.Of([]digest.File{digest.Text("options", string(text))})
}

func (l *loaded) recordingDigest() string {
	var files []digest.File
	for _, f := range l.rec.Files() {
		files = append(files, digest.File(f))
	}
	return digest.Of(files)
}

// zone is the organisation's, in which bare dates begin.
func (l *loaded) zone() *time.Location {
	loc, err := zone.Load(l.rec.Manifest().Organization.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

func (l *loaded) header(only string) render.Header {
	return render.Header{Organization: l.rec.Manifest().Organization.Name, Policy: l.policyName, Only: only}
}

// closest is the candidate most like what was typed, else the first.
func closest(typed string, candidates []string) string {
	if best := suggestion(typed, candidates); best != "" {
		return best
	}
	return candidates[0]
}

// suggestion is the candidate typed was probably meant to be, or "".
func suggestion(typed string, candidates []string) string {
	best, distance := "", max(2, len(typed)/3)+1
	for _, c := range candidates {
		if d := levenshtein.Distance(strings.ToLower(typed), strings.ToLower(c), nil); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// addresses lists the recording's people, for completion.
func (l *loaded) addresses() []string {
	rec, diags := recording.Open(l.recFS, recording.Options{CountsOnly: true})
	if diags.HasErrors() {
		return nil
	}
	var list []string
	for _, u := range rec.Manifest().Users {
		list = append(list, u.Mailbox)
	}
	return list
}

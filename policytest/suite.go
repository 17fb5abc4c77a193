package policytest

import (
	"context"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/policies/regomod"
	"weir/recording"
)

// Suite is the tests of a policy, read and checked.
type Suite struct {
	fsys    fs.FS
	sources map[string][]byte
	files   []*testFile
	rego    []regomod.Source
	broken  hcl.Diagnostics
	read    int // files, broken ones included

	mu         sync.Mutex
	recordings map[string]*opened
}

// opened is a recording that tests share.
type opened struct {
	once  sync.Once
	rec   *recording.Recording
	diags hcl.Diagnostics
}

// Load finds and reads the *_test.hcl and *_test.rego files of a policy directory.
// Files that are broken are among the diagnostics, which name file and line; the
// others run all the same.
func Load(fsys fs.FS) *Suite { return LoadOver(fsys, fsys) }

// LoadOver is Load with the recordings that tests name taken from another directory.
func LoadOver(fsys, recordings fs.FS) *Suite {
	s := &Suite{fsys: recordings, sources: map[string][]byte{}, recordings: map[string]*opened{}}
	found, diags := policies.TestFiles(fsys)
	s.broken = diags
	s.read = len(diags) // each a file that cannot be read
	for _, f := range found {
		s.add(f.Path, f.Bytes)
	}
	return s
}

// Parse reads one *_test.hcl file whose tests use no recording.
func Parse(name string, text []byte) *Suite {
	s := &Suite{sources: map[string][]byte{}, recordings: map[string]*opened{}}
	s.add(name, text)
	return s
}

func (s *Suite) add(name string, text []byte) {
	s.sources[name] = text
	s.read++
	if path.Ext(name) == ".rego" {
		s.rego = append(s.rego, regomod.Source{Path: name, Text: text})
		return
	}
	file, diags := readFile(name, text)
	s.broken = append(s.broken, diags...)
	s.files = append(s.files, file)
}

// Files is the number of test files, broken ones included.
func (s *Suite) Files() int { return s.read }

// Source is the text of a test file, nil for any other name.
func (s *Suite) Source(name string) []byte { return s.sources[name] }

// Options say which tests run, and how.
type Options struct {
	// Run selects tests by name; nil for all.
	Run *regexp.Regexp
	// Files selects tests by file, relative to the policy's root; nil for all.
	Files []string
	// Workers is how many tests run at once; 0 for one.
	Workers      int
	PolicyDigest string
	// Brief leaves explanations out: whether tests pass is all that matters.
	Brief bool
	// Observer is told what the decisions of HCL tests look at, from several workers
	// at once; nil for nobody.
	Observer engine.Observer
	// Rego is told what the tests in Rego evaluate; nil for nobody.
	Rego *regomod.Coverage
}

func (o *Options) wants(file, name string) bool {
	return (o.Run == nil || o.Run.MatchString(name)) && o.wantsFile(file)
}

func (o *Options) wantsFile(file string) bool {
	return o.Files == nil || slices.Contains(o.Files, file)
}

// Run runs the tests that the options select over a policy. The report's cases are
// in the order of their files and lines, whatever the number of workers.
// Diagnostics are of test files that are broken, those that the options leave out
// too: a broken file must not pass for one without the test. An error is a
// cancelled context or an I/O failure.
func (s *Suite) Run(ctx context.Context, set *policies.Set, opts Options) (*Report, hcl.Diagnostics, error) {
	report := &Report{Format: Format, PolicyDigest: opts.PolicyDigest, Cases: []Case{}, Problems: []Problem{}}
	var jobs []*job
	for _, f := range s.files {
		for _, t := range f.tests {
			if opts.wants(f.name, t.name) {
				jobs = append(jobs, &job{suite: s, test: t, file: f.name, set: set, brief: opts.Brief, watch: opts.Observer})
			}
		}
	}
	diags := slices.Clone(s.broken)
	if err := runAll(ctx, jobs, max(1, opts.Workers)); err != nil {
		return nil, diags, err
	}
	for _, j := range jobs {
		diags = append(diags, j.diags...)
		if !j.diags.HasErrors() {
			report.add(j.result)
		}
	}
	cases, more, err := s.runRego(ctx, set, &opts)
	if err != nil {
		return nil, diags, err
	}
	diags = append(diags, more...)
	for _, c := range cases {
		report.add(c)
	}
	slices.SortStableFunc(report.Cases, compareCases)
	report.conclude(diags)
	return report, diags, nil
}

func compareCases(a, b Case) int {
	if c := strings.Compare(a.File, b.File); c != 0 {
		return c
	}
	return a.Line - b.Line
}

func (r *Report) add(c Case) {
	if c.Failures == nil {
		c.Failures = []Failure{}
	}
	r.Cases = append(r.Cases, c)
	if c.Passed {
		r.Passed++
	} else {
		r.Failed++
	}
}

// conclude counts files and words the verdict.
func (r *Report) conclude(diags hcl.Diagnostics) {
	files := map[string]bool{}
	for _, c := range r.Cases {
		files[c.File] = true
	}
	for _, d := range diags {
		p := Problem{Severity: "error", Summary: d.Summary, Detail: d.Detail, Found: d}
		if d.Severity != hcl.DiagError {
			p.Severity = "warning"
		}
		if d.Subject != nil {
			p.File, p.Line, p.Column = d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column
			files[p.File] = true
		}
		r.Problems = append(r.Problems, p)
	}
	r.Files = len(files)
	switch {
	case diags.HasErrors():
		r.Verdict = Broken
	case r.Failed > 0:
		r.Verdict = Rejected
	default:
		r.Verdict = Passed
	}
}

// runAll runs jobs, so many at once. The first error ends it.
func runAll(ctx context.Context, jobs []*job, workers int) error {
	next := make(chan *job)
	errs := make(chan error, workers)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for j := range next {
				if err := j.run(ctx); err != nil {
					errs <- err
					cancel()
					return
				}
			}
		})
	}
feed:
	for _, j := range jobs {
		select {
		case next <- j:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return ctx.Err()
	}
}

// recording opens a recording inside the policy's directory, once for all tests.
func (s *Suite) recording(dir string) (*recording.Recording, hcl.Diagnostics) {
	s.mu.Lock()
	o := s.recordings[dir]
	if o == nil {
		o = &opened{}
		s.recordings[dir] = o
	}
	s.mu.Unlock()
	o.once.Do(func() {
		sub, err := fs.Sub(s.fsys, dir)
		if err != nil {
			o.diags = hcl.Diagnostics{problem(wholeFile(dir), "Unreadable recording", "%v.", err)}
			return
		}
		o.rec, o.diags = recording.Open(sub, recording.Options{})
	})
	return o.rec, o.diags
}

package check

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"weir/engine"
	"weir/policytest"
	"weir/recording"
)

// removed finds the tests and recordings that the base's directory has and the change's
// has not: a change that would fail a test could remove it.
func (c *checker) removed(ctx context.Context) error {
	if c.Files == nil || c.BaseFiles == nil {
		return nil
	}
	if err := c.removedTests(ctx); err != nil {
		return err
	}
	now := map[string]bool{}
	for _, dir := range recordingsIn(c.Files) {
		now[dir] = true
	}
	for _, dir := range recordingsIn(c.BaseFiles) {
		if !now[dir] {
			c.find(Finding{Rule: ruleRecordingRemoved, Part: PartDiff, Severity: engine.SeverityWarning,
				Text: "The base has a recording in " + dir + ", and the change has none there.", Remedy: "Put it back, or say in the review why nothing is tried on it any more."})
		}
	}
	return nil
}

// removedTests goes by names: a test that moved to another file is still there.
func (c *checker) removedTests(ctx context.Context) error {
	was, err := policytest.Load(c.BaseFiles).Names(ctx, c.Base.Set)
	if err != nil {
		return err
	}
	is, err := policytest.Load(c.Files).Names(ctx, c.Policy.Set)
	if err != nil {
		return err
	}
	now := map[string]int{}
	for _, t := range is {
		now[t.Name]++
	}
	for _, t := range was {
		if now[t.Name]--; now[t.Name] < 0 {
			c.find(Finding{Rule: ruleTestRemoved, Part: PartDiff, Severity: engine.SeverityWarning,
				Text: "The base has the test " + t.Name + " in " + t.File + ", and the change does not.", Remedy: "Put it back, or say in the review why nothing needs it any more."})
		}
	}
	return nil
}

// recordingsIn lists the directories that hold a recording, in the order of a walk. A
// part that cannot be read is passed over, as hidden ones are.
func recordingsIn(fsys fs.FS) []string {
	var out []string
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type().IsRegular() && d.Name() == recording.ManifestFile:
			out = append(out, path.Dir(name))
		}
		return nil
	})
	return out
}

package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// Files in testdata/explain ask what would make something sync: world and policy as
// in a scenario, "ask" names the person and the thing, "want" lists the answers.
// Every answer is tried on the scenario itself, and so is what lies just short of
// it. `go test ./engine -run NearestChanges -update` rewrites what is wanted.
func TestNearestChanges(t *testing.T) {
	files, err := filepath.Glob("testdata/explain/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	tried := 0
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a := readAsked(t, file)
			world := a.scenario()
			before := world.plan()
			x := world.explain(a.user, a.item)
			world.rulesApplyAsSaid(a, x.Rules)
			assert.Equal(t, x, world.explain(a.user, a.item), "asking changed the answer")
			assert.Equal(t, before, world.plan(), "asking changed the world")
			var got strings.Builder
			for _, n := range x.Nearest {
				changes, err := json.Marshal(n.Changes)
				require.NoError(t, err)
				fmt.Fprintf(&got, "%s -> %s\n  %s\n", n.Text, n.Row, changes)
			}
			if *update {
				a.rewrite(got.String())
				return
			}
			assert.Equal(t, a.want, got.String())
			for _, n := range x.Nearest {
				s := a.scenario()
				if !s.apply(a, n.Changes) {
					continue
				}
				tried++
				assert.Equal(t, n.Row, s.rowOf(a), n.Text)
				for i := range n.Changes {
					if short, ok := justShort(n.Changes, i); ok {
						s := a.scenario()
						require.True(t, s.apply(a, short))
						assert.NotEqual(t, n.Row, s.rowOf(a), "just short of: "+n.Text)
					}
				}
			}
		})
	}
	if !*update {
		assert.Greater(t, tried, 40)
	}
}

// asked is a file of testdata/explain.
type asked struct {
	t                *testing.T
	file             string
	archive          *txtar.Archive
	user, item, want string
}

func readAsked(t *testing.T, file string) *asked {
	archive, err := txtar.ParseFile(file)
	require.NoError(t, err)
	require.NotEmpty(t, strings.TrimSpace(string(archive.Comment)), "a file says its idea first")
	a := &asked{t: t, file: file, archive: archive}
	for _, f := range archive.Files {
		switch f.Name {
		case "ask":
			_, err := fmt.Sscan(string(f.Data), &a.user, &a.item)
			require.NoError(t, err)
		case "want":
			a.want = string(f.Data)
		}
	}
	return a
}

// scenario is the file's world anew.
func (a *asked) scenario() *scenario {
	part := &txtar.Archive{}
	for _, f := range a.archive.Files {
		if f.Name != "ask" && f.Name != "want" {
			part.Files = append(part.Files, f)
		}
	}
	return newScenario(a.t, part)
}

func (a *asked) rewrite(want string) {
	var files []txtar.File
	for _, f := range a.archive.Files {
		if f.Name != "want" {
			files = append(files, f)
		}
	}
	a.archive.Files = append(files, txtar.File{Name: "want", Data: []byte(want)})
	require.NoError(a.t, os.WriteFile(a.file, txtar.Format(a.archive), 0o644))
}

func (s *scenario) explain(user, item string) engine.Explanation {
	list, diags, err := engine.Explain(context.Background(), s.snap, s.loadPolicy(), user+"@acme.example", item, s.opts)
	require.NoError(s.t, err)
	require.False(s.t, diags.HasErrors(), diags)
	require.Len(s.t, list, 1)
	return list[0]
}

// rowOf is the row that decides the thing asked about in a plan of the scenario, ""
// where it is held, skipped or not mentioned.
// rulesApplyAsSaid asks of each rule line whether the rule applies, and wants what the line says.
func (s *scenario) rulesApplyAsSaid(a *asked, lines []engine.RuleLine) {
	for _, r := range lines {
		direction := map[string]policies.Direction{"down": policies.Down, "up": policies.Up}[r.Direction]
		for word, effect := range map[string]policies.Effect{"exclude": policies.Exclude, "hold": policies.Hold} {
			asked := engine.RuleQuestion{User: a.user + "@acme.example", Item: a.item, Rule: r.Name, Direction: direction, Effect: effect}
			applies, err := engine.RuleApplies(context.Background(), s.snap, s.loadPolicy(), asked, s.opts)
			require.NoError(s.t, err)
			assert.Equal(s.t, r.Result == state.True.String() && r.Effect == word, applies, "%s %s %s", r.Name, r.Direction, word)
		}
	}
}

func (s *scenario) rowOf(a *asked) string {
	plan, diags := s.makePlan()
	require.False(s.t, diags.HasErrors(), diags)
	for _, u := range plan.Users {
		if u.User != a.user+"@acme.example" {
			continue
		}
		for _, k := range u.Skipped {
			if k.RecordID == a.item || k.ItemID == a.item {
				return ""
			}
		}
		row := ""
		for _, op := range u.Operations {
			switch {
			case op.RecordID != a.item && op.ItemID != a.item:
			case op.Held:
				return ""
			case row == "":
				row = op.Row
			}
		}
		if row == "" && u.Summary.Unchanged == 1 {
			row = "settled"
		}
		return row
	}
	return ""
}

// apply makes the changes in the scenario: those of settings by a block for the
// person. It reports false where a change cannot be written down so.
func (s *scenario) apply(a *asked, changes []engine.NearestChange) bool {
	settings := map[string]string{} // by path
	for _, c := range changes {
		switch {
		case c.What == engine.ChangeSetting:
			settings[c.Path] = settingText(c.To.(string))
		case c.What == engine.ChangeRule && c.To == nil:
			rule := regexp.MustCompile(`(?ms)^rule "` + c.Path + `" \{.*?^\}\n`)
			require.Regexp(s.t, rule, s.policy)
			s.policy = rule.ReplaceAllString(s.policy, "")
		case strings.HasPrefix(c.Field, "access."):
			key := state.AccessKey{UserID: a.user, RecordID: a.item}
			access := s.snap.Access[key]
			*map[string]*state.Truth{"access.read": &access.Read, "access.edit": &access.Edit}[c.Field] = state.True
			s.snap.Access[key] = access
		case c.Field == "mailbox":
			for _, k := range state.Kinds() {
				s.box(a.user).Items[k].Coverage.Complete = true
			}
		case c.Field == "" || !s.applyItem(a, c):
			return false
		}
	}
	if len(settings) > 0 {
		s.policy += fmt.Sprintf("user %q {\n%s}\n", a.user+"@acme.example", blocks(settings))
	}
	return true
}

// settingText writes a value as a policy does.
func settingText(to string) string {
	if view, ok := strings.CutPrefix(to, "view:"); ok {
		return "view." + view
	}
	if to == "true" || to == "false" {
		return to
	}
	return fmt.Sprintf("%q", to)
}

// blocks writes settings by path as nested blocks.
func blocks(settings map[string]string) string {
	var b strings.Builder
	inside := map[string]map[string]string{}
	for path, value := range settings {
		name, rest, nested := strings.Cut(path, ".")
		if !nested {
			fmt.Fprintf(&b, "%s = %s\n", path, value)
			continue
		}
		if inside[name] == nil {
			inside[name] = map[string]string{}
		}
		inside[name][rest] = value
	}
	for name, part := range inside {
		fmt.Fprintf(&b, "%s {\n%s}\n", name, blocks(part))
	}
	return b.String()
}

// applyItem changes the record asked about, or the mailbox item where the change is
// of what only mailboxes have.
func (s *scenario) applyItem(a *asked, c engine.NearestChange) bool {
	mailboxes := c.Field == "categories" || c.Field == "folder"
	for _, k := range state.Kinds() {
		for _, table := range []*state.Table{s.snap.Records[k], s.box(a.user).Items[k]} {
			for _, o := range table.All() {
				if o.ID == a.item && !mailboxes || mailboxes && table.Side == state.Mailbox {
					table.Put(s.changed(a, o, c))
					return true
				}
			}
		}
	}
	return false
}

func (s *scenario) changed(a *asked, o *state.Object, c engine.NearestChange) *state.Object {
	last := o.Now()
	it := last.Item.Clone()
	attr, known := state.ParseAttr(c.Field)
	switch {
	case c.Field == "participants":
		it.Invitees = append(it.Invitees, state.Invitee{UserID: a.user})
	case c.Field == "response" && it.Side == state.Salesforce:
		it.Invitees = []state.Invitee{{UserID: a.user, Response: fmt.Sprint(c.To)}}
	case c.Field == "folder":
		it.Folder, it.FolderKnown = c.To.(string), true
	default:
		require.Truef(s.t, known, "unknown field %s", c.Field)
		require.True(s.t, it.Set(attr, value(s.t, attr.Describe().Type, fmt.Sprint(c.To))), c.Field)
	}
	if c.Field == "modified" {
		it.BySync = state.False
	}
	if link := s.box(a.user).Links.OfItem(o.Kind, o.ID); link != nil && link.State == state.LinkRetired {
		marked := *link
		marked.MarkerOff = true
		s.box(a.user).Links.Put(&marked)
	}
	changed := *o
	last.Item = it
	changed.Versions = append(append([]state.Version(nil), o.Versions[:len(o.Versions)-1]...), last)
	return &changed
}

// justShort is the changes with one of them a day or a second short of what is
// needed; not ok for one without a scale.
func justShort(changes []engine.NearestChange, i int) ([]engine.NearestChange, bool) {
	c := changes[i]
	text, _ := c.To.(string)
	var days int
	out := append([]engine.NearestChange(nil), changes...)
	switch {
	case c.What == engine.ChangeSetting && strings.HasSuffix(text, "d"):
		if n, err := fmt.Sscanf(text, "%dd", &days); n != 1 || err != nil {
			return nil, false
		}
		out[i].To = fmt.Sprintf("%dd", days-1)
	case c.Field == "due":
		day, err := state.ParseDate(text)
		if err != nil {
			return nil, false
		}
		out[i].To = (day - 1).String()
	case c.Field == "modified":
		out[i].To = shifted(text, -time.Second)
	case c.Field == "start" || c.Field == "end":
		by := time.Second
		if was, _ := c.From.(string); was < text {
			by = -by
		}
		for j := range out {
			if out[j].Field == "start" || out[j].Field == "end" {
				out[j].To = shifted(out[j].To.(string), by)
			}
		}
	case c.Field == "start_date" && len(changes) == 2:
		by := state.Date(1)
		if was, _ := c.From.(string); was < text {
			by = -1
		}
		for j := range out {
			day, err := state.ParseDate(out[j].To.(string))
			if err != nil {
				return nil, false
			}
			out[j].To = (day + by).String()
		}
	default:
		return nil, false
	}
	return out, true
}

func shifted(text string, by time.Duration) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return at.Add(by).UTC().Format(time.RFC3339)
}

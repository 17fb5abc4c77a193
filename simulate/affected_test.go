package simulate

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies"
	"weir/recording"
	"weir/state"
)

// This file holds that drafting only whom a change can concern gives the answer
// that drafting everybody gives: random worlds in which people act at random, while
// days pass and captures show other people, views, access rows and coverage.

// randomSource is a random world as a recording that never shows more than its
// start, but a context that may change.
type randomSource struct {
	start    *state.Snapshot
	boxes    boxes
	contexts []contextAt // in order
}

// contextAt changes the context, and a mailbox's coverage, from an instant on.
type contextAt struct {
	at     time.Time
	source string
	change func(*state.Snapshot)
	lacks  bool // the source's mailbox is no longer complete
}

func (s *randomSource) First() time.Time { return s.start.At }
func (s *randomSource) Last() time.Time  { return s.start.At.Add(96 * time.Hour) }

func (s *randomSource) Captures() []recording.Capture {
	out := []recording.Capture{{At: s.start.At}}
	for _, c := range s.contexts {
		out = append(out, recording.Capture{At: c.at, Source: c.source})
	}
	return out
}

func (s *randomSource) At(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	snap, diags := s.Context(t)
	for _, k := range state.Kinds() {
		covered := snap.Records[k].Coverage
		snap.Records[k] = s.start.Records[k].Clone()
		snap.Records[k].Coverage = covered
	}
	snap.Mailboxes = s.boxes
	return snap, diags
}

func (s *randomSource) Context(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	snap := *s.start
	snap.At, snap.Access, snap.Directory = t, state.Accesses{}, state.NewDirectory()
	snap.Users = nil
	for _, u := range s.start.Users {
		own := *u
		snap.Users = append(snap.Users, &own)
		snap.Directory.Add(state.Person{ID: u.ID, Email: u.Address})
	}
	for _, k := range state.Kinds() {
		snap.Records[k] = state.NewTable(k, state.Salesforce)
		snap.Records[k].Coverage = s.start.Records[k].Coverage
	}
	for _, c := range s.contexts {
		if !c.at.After(t) {
			c.change(&snap)
		}
	}
	return &snap, nil
}

func (s *randomSource) Coverage(address string, t time.Time) (out [4]state.Coverage) {
	for _, k := range state.Kinds() {
		out[k] = s.boxes[address].Items[k].Coverage
		for _, c := range s.contexts {
			if c.source == address && c.lacks && !c.at.After(t) {
				out[k].Complete = false
			}
		}
	}
	return out
}

// doers do prepared things, each once its instant has come.
type doers struct {
	todo []incident
	next int
}

type incident struct {
	at time.Time
	do func(*world) bool
}

func (d *doers) until(w *world, at time.Time) (h happenings) {
	for d.next < len(d.todo) && !d.todo[d.next].at.After(at) {
		if d.todo[d.next].do(w) {
			h.did++
		}
		d.next++
	}
	return h
}

// history draws what people do, in order.
func (r *randomWorld) history() []incident {
	var out []incident
	at := r.snap.At
	for range rapid.IntRange(1, 8).Draw(r.t, "incidents") {
		at = at.Add(time.Duration(rapid.IntRange(0, 15*60).Draw(r.t, "minutes")) * time.Minute)
		out = append(out, incident{at, r.incident(at)})
	}
	return out
}

func (r *randomWorld) incident(at time.Time) func(*world) bool {
	kinds := state.Kinds()
	k := rapid.SampledFrom(kinds[:]).Draw(r.t, "kind")
	user, side, ids := "", state.Salesforce, []string{"R0", "R1", "R2", "R7"}
	if r.chance("in a mailbox", 60) {
		user = rapid.SampledFrom(r.snap.Users).Draw(r.t, "whose").Address
		side, ids = state.Mailbox, []string{"I0", "I1", "I2", "I7", "sim:" + user + ":" + k.String() + ":1"}
	}
	id := r.pick("what", ids...)
	next := r.item(k, side, id, at)
	became := state.Live
	if r.chance("removed", 30) {
		became = state.Deleted
		if side == state.Salesforce {
			became = rapid.SampledFrom([]state.Liveness{state.Deleted, state.Gone, state.Merged}).Draw(r.t, "became")
		}
	}
	winner := r.pick("winner", "R0", "R1", "R2")
	return func(w *world) bool {
		table, shown := w.table(user, k), next
		o := table.Get(id)
		switch {
		case o == nil && became != state.Live:
			return false
		case o == nil:
			o = &state.Object{ID: id, Kind: k}
		case became != state.Live:
			shown = o.Item()
		}
		o = o.With(state.Version{From: at, SeenAt: at, State: became, Item: shown})
		if became == state.Merged {
			o.MergedInto = winner
		}
		w.touch(user, k, id)
		table.Put(o)
		return true
	}
}

// contexts draws what later captures show of people, access and coverage.
func (r *randomWorld) contexts() []contextAt {
	var out []contextAt
	at := r.snap.At
	for range rapid.IntRange(0, 4).Draw(r.t, "captures") {
		at = at.Add(time.Duration(rapid.IntRange(1, 24*60).Draw(r.t, "minutes")) * time.Minute)
		c := contextAt{at: at, change: func(*state.Snapshot) {}}
		who := rapid.IntRange(0, len(r.snap.Users)-1).Draw(r.t, "whom")
		record := r.pick("record", "R0", "R1", "R2")
		switch r.pick("shows", "nothing new", "a preference", "inactive", "access", "an address", "less of records", "less of a mailbox", "a view") {
		case "a preference":
			c.source = r.snap.Users[who].Address
			c.change = func(s *state.Snapshot) {
				s.Users[who].Preference = &state.Preference{Page: "new", Values: []state.PreferenceValue{{Key: "contacts.scope", Text: "All available Contacts"}}}
			}
		case "inactive":
			c.change = func(s *state.Snapshot) { s.Users[who].Values[state.UserActive] = state.BoolValue(false) }
		case "access":
			c.change = func(s *state.Snapshot) {
				s.Access[state.AccessKey{UserID: s.Users[who].ID, RecordID: record}] = state.Access{Read: state.False, Edit: state.False, Delete: state.False}
			}
		case "an address":
			c.change = func(s *state.Snapshot) { s.Directory.AddAddress("stranger@nowhere.example") }
		case "less of records":
			c.change = func(s *state.Snapshot) { s.Records[state.Task].Coverage.Complete = false }
		case "less of a mailbox":
			c.source, c.lacks = r.snap.Users[who].Address, true
		case "a view":
			c.change = func(s *state.Snapshot) {
				s.Views = []*state.View{{DeveloperName: "Key", Kind: state.Contact, Members: map[string]bool{record: true}, Complete: true}}
			}
		}
		out = append(out, c)
	}
	return out
}

// affectedPolicies are those of the other random worlds and some under which a
// draft depends on more: views, the instant, single people's scopes, limits.
func affectedPolicies(t *testing.T) map[string]*policies.Set {
	out := randomPolicies(t)
	for name, text := range map[string]string{
		"list view":  "org {\n contacts {\n scope = view.key\n }\n}\nview \"key\" {\n list_view = \"Key\"\n}\n",
		"filter":     "org {\n contacts {\n scope = view.some\n }\n}\nview \"some\" {\n filter = \"item.last_name == 'A' && item.modified > now - duration('500h')\"\n}\n",
		"one's all":  "user \"dan@acme.example\" {\n contacts {\n scope = \"all\"\n when_out = \"remove\"\n }\n}\n",
		"fresh only": "org {\n events {\n removal = \"keep\"\n }\n}\n" + rule("both", "hold", "item.modified > now - duration('30h')"),
		"promises":   "invariant \"fresh\" {\n when = \"item.modified > now - duration('30h')\"\n never = [\"create\", \"update\", \"delete\"]\n}\n",
		"limits":     "org {\n limits {\n mailbox_creates {\n percent = 10\n floor = 1\n }\n salesforce_deletes {\n percent = 5\n floor = 0\n max = 1\n }\n mailbox_updates {\n max = 1\n }\n }\n contacts {\n scope = \"all\"\n }\n}\n",
		"windows":    "org {\n tasks {\n window {\n completed = \"1d\"\n }\n }\n events {\n window {\n past = \"0d\"\n future = \"3d\"\n }\n when_out = \"remove\"\n }\n}\n",
	} {
		set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(text)}}, policies.LoadOptions{})
		require.False(t, diags.HasErrors(), "%s: %v", name, diags)
		out[name] = set
	}
	return out
}

func TestDraftingOnlyWhomItConcernsChangesNothing(t *testing.T) {
	zones := []*time.Location{time.UTC, time.FixedZone("east", 9*3600), time.FixedZone("west", -7*3600)}
	saved := 0
	for name, set := range affectedPolicies(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := &randomWorld{t: t, more: []string{"dan", "eve", "fay"}}
				r.build()
				for i, u := range r.snap.Users {
					u.Zone = zones[i%len(zones)]
				}
				src := &randomSource{start: r.snap, boxes: r.w.boxes, contexts: r.contexts()}
				incidents := r.history()
				every := time.Duration(rapid.SampledFrom([]int{1, 4, 11}).Draw(t, "every")) * time.Hour
				run := func(all bool) (*Result, []byte) {
					res, diags, err := Run(context.Background(), src, set, Options{Every: every, Sessions: 12, Settle: true,
						PlanAll: all, people: &doers{todo: incidents}})
					require.NoError(t, err)
					require.False(t, diags.HasErrors(), diags)
					out, err := json.MarshalIndent(res, "", " ")
					require.NoError(t, err)
					return res, out
				}
				lazy, got := run(false)
				eager, want := run(true)
				saved += eager.SessionsPlanned - lazy.SessionsPlanned
				require.Equal(t, string(want), string(got))
			})
		})
	}
	assert.Positive(t, saved, "sessions that were not planned")
}

// TestEveryLookUpIsNoted: engine reaches records through reads.go alone.
func TestEveryLookUpIsNoted(t *testing.T) {
	files, err := filepath.Glob("../engine/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	direct := regexp.MustCompile(`(?m)\bRecords\[[^]]*\](\.(Get|Find|Has|All|Len)\b|$)`)
	for _, name := range files {
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		found := direct.Find(src) != nil
		switch base := filepath.Base(name); {
		case base == "reads.go":
			assert.True(t, found, "the pattern finds what it should")
		case base == "whatif.go": // it answers questions, on copies; no draft is kept
		case filepath.Ext(base) == ".go" && !regexp.MustCompile(`_test\.go$`).MatchString(base):
			assert.False(t, found, "%s reaches for records by itself: %s", name, direct.Find(src))
		}
	}
}

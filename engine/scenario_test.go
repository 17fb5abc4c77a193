package engine_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/policies/celexpr"
	"weir/state"
	"weir/state/zone"
)

// A scenario is one idea: a policy, a world and the plan they must give. Files
// lie in testdata/scenarios; adding one adds a test. `go test ./engine -run
// Scenarios -update` rewrites the expected plans: read what changed.
//
// A file is a txtar archive. Its comment says the idea. Sections:
//
//	policy.hcl  the policy, the built-in default without it
//	NAME.rego   a module of it
//	world       one thing a line, see scenario.line
//	want        the plan: operations, skipped rows, counts, findings, verdict
//
// Names stand for ids: user "ann" has the id "ann" and the address
// ann@acme.example.
var update = flag.Bool("update", false, "rewrite the expected plans of the scenarios")

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	rows := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			require.NotEmpty(t, strings.TrimSpace(string(archive.Comment)), "a scenario says its idea first")
			s := newScenario(t, archive)
			got := s.plan()
			if *update {
				s.rewrite(file, archive, got)
				return
			}
			assert.Equal(t, s.want, got)
			for _, row := range engine.Table {
				if strings.Contains(got, "row="+row.Name+" ") {
					rows[row.Name] = true
				}
			}
		})
	}
	for _, row := range engine.Table {
		quiet := map[string]bool{"settled": true, "personal": true, "diverged": true, "rest": true, "retired": true}
		if !quiet[row.Name] && !*update {
			assert.Truef(t, rows[row.Name], "no scenario shows row %s", row.Name)
		}
	}
}

// TestQuietRowsHaveScenarios: rows that give no operation are shown by scenarios
// named after them.
func TestQuietRowsHaveScenarios(t *testing.T) {
	for _, row := range []string{"settled", "personal", "diverged", "rest", "retired"} {
		files, err := filepath.Glob("testdata/scenarios/" + row + "*.txtar")
		require.NoError(t, err)
		assert.NotEmptyf(t, files, "no scenario named after row %s", row)
	}
}

// scenarioNamed reads one scenario.
func scenarioNamed(t *testing.T, name string) *scenario {
	archive, err := txtar.ParseFile("testdata/scenarios/" + name + ".txtar")
	require.NoError(t, err)
	return newScenario(t, archive)
}

type scenario struct {
	t      *testing.T
	snap   *state.Snapshot
	boxes  map[string]*state.MailboxState
	policy string
	rego   fstest.MapFS
	want   string
	opts   engine.Options
	titles bool // show titles and changes
	ids    bool // show the ids of operations
	origin bool // show the policy line behind every reason
	causes bool // show in words why operations are held
}

func newScenario(t *testing.T, archive *txtar.Archive) *scenario {
	s := &scenario{t: t, boxes: map[string]*state.MailboxState{}, rego: fstest.MapFS{}}
	s.snap = &state.Snapshot{Directory: state.NewDirectory(), Access: state.Accesses{}, Markers: state.DefaultMarkers(), Mailboxes: s, InviteesRecorded: true,
		Organization: state.Organization{Name: "Acme", EmailDomains: []string{"acme.example"}}}
	for _, k := range state.Kinds() {
		s.snap.Records[k] = state.NewTable(k, state.Salesforce)
	}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".rego") {
			s.rego[f.Name] = &fstest.MapFile{Data: f.Data}
			continue
		}
		switch f.Name {
		case "policy.hcl":
			s.policy = string(f.Data)
		case "world":
			for n, line := range strings.Split(string(f.Data), "\n") {
				if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
					s.line(n+1, words(line))
				}
			}
		case "want":
			s.want = string(f.Data)
		default:
			t.Fatalf("unknown section %s", f.Name)
		}
	}
	state.SortUsers(s.snap.Users)
	return s
}

func (s *scenario) Mailbox(u *state.User) (*state.MailboxState, error) {
	return s.boxes[u.Address], nil
}

// words splits a line at blanks; double quotes keep blanks together.
func words(line string) []string {
	var out []string
	quoted, word := false, ""
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ' ' && !quoted:
			if word != "" {
				out = append(out, word)
			}
			word = ""
		default:
			word += string(r)
		}
	}
	if word != "" {
		out = append(out, word)
	}
	return out
}

// fields are a line's key=value words.
type fields map[string]string

func split(w []string) (plain []string, f fields) {
	f = fields{}
	for _, word := range w {
		if key, value, ok := strings.Cut(word, "="); ok {
			f[key] = value
		} else {
			plain = append(plain, word)
		}
	}
	return plain, f
}

// line reads one line of the world:
//
//	at 2026-05-04T08:00:00Z                       the session's instant; first
//	captured 2026-05-03T08:00:00Z                 the last capture, if not the session's instant
//	show private | show titles                    options of the plan
//	show ids | show policy                        ids of operations, policy lines
//	show causes                                   why operations are held, in words
//	user ann zone=Europe/Berlin profile=Sales groups=a,b active=false locale=de_DE
//	pref ann page=new contacts.forbid_to_remove=true "contacts.scope=Only my Contacts"
//	record task T1 owner=ann title="Call Globex" due=2026-05-06 by=sync at=INSTANT
//	item ann task I1 title="Call Globex" categories=Salesforce folder="Salesforce Tasks" carries=T1
//	change record task T1 at=INSTANT due=2026-05-08    a later state; what is not named stays
//	change item ann task I1 at=INSTANT title=…
//	deleted|gone|unseen|moved record task T1 at=INSTANT seen=INSTANT
//	deleted item ann task I1 at=INSTANT seen=INSTANT   without seen: known to be the person's
//	merged record contact C1 into=C2
//	link ann task T1 I1 born=salesforce state=frozen adopted
//	incomplete salesforce task | incomplete ann event  a capture that is not complete
//	uncaptured salesforce task | uncaptured ann task   no capture at all
//	bounds ann event from=INSTANT to=INSTANT
//	access ann T1 read=true edit=false delete=false
//	view Key_Accounts members=C1,C2 incomplete truncated
//	define Key_Accounts mine Rating__c:equals:Hot,Warm or CreatedDate:lessThan:LAST_WEEK    its definition, with or
//	                                             without a result; mine, everything or another scope; fields joined by and, else by or
//	address guest@other.example                   somebody Salesforce knows
//	no invitees                                   no source of invitees was captured
//
// Attributes have the names of the language reference; "?" means not recorded
// and "-" recorded as null. People are "a@x,b@y", invitees "bob:accepted".
func (s *scenario) line(n int, w []string) {
	plain, f := split(w)
	arg := func(i int) string {
		require.Lessf(s.t, i, len(plain), "world line %d: too short", n)
		return plain[i]
	}
	switch arg(0) {
	case "captured":
		s.snap.LastCapture = s.instant(arg(1))
	case "at":
		s.snap.At = s.instant(arg(1))
		s.snap.LastCapture = s.snap.At
		for _, k := range state.Kinds() {
			s.snap.Records[k].Coverage = s.full()
		}
	case "show":
		s.opts.ShowPrivate = s.opts.ShowPrivate || arg(1) == "private"
		s.titles = s.titles || arg(1) == "private" || arg(1) == "titles"
		s.ids = s.ids || arg(1) == "ids"
		s.origin = s.origin || arg(1) == "policy"
		s.causes = s.causes || arg(1) == "causes"
	case "user":
		s.user(arg(1), f)
	case "pref":
		s.preference(arg(1), f)
	case "record":
		s.put(s.snap.Records[s.kind(arg(1))], state.Salesforce, arg(2), f)
	case "item":
		s.put(s.box(arg(1)).Items[s.kind(arg(2))], state.Mailbox, arg(3), f)
	case "change", "deleted", "gone", "unseen", "moved", "merged":
		s.later(arg(0), plain, f)
	case "link":
		s.link(plain, f)
	case "incomplete":
		s.table(arg(1), s.kind(arg(2))).Coverage.Complete = false
	case "uncaptured":
		s.table(arg(1), s.kind(arg(2))).Coverage = state.Coverage{}
	case "bounds":
		s.table(arg(1), s.kind(arg(2))).Coverage.Bounds = &state.Bounds{From: s.instant(f["from"]), To: s.instant(f["to"])}
	case "access":
		s.snap.Access[state.AccessKey{UserID: arg(1), RecordID: arg(2)}] = state.Access{Read: truth(f["read"]), Edit: truth(f["edit"]), Delete: truth(f["delete"])}
	case "view":
		s.view(plain, f)
	case "define":
		s.define(plain)
	case "address":
		s.snap.Directory.AddAddress(arg(1))
	case "no":
		s.snap.InviteesRecorded = false
	default:
		s.t.Fatalf("world line %d: unknown word %q", n, plain[0])
	}
}

func truth(text string) state.Truth {
	return map[string]state.Truth{"true": state.True, "false": state.False}[text]
}

func (s *scenario) instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(s.t, err)
	return at
}

func (s *scenario) kind(name string) state.Kind {
	k, ok := state.ParseKind(name)
	require.Truef(s.t, ok, "unknown kind %s", name)
	return k
}

// full is the coverage of a complete capture long ago and now.
func (s *scenario) full() state.Coverage {
	return state.Coverage{First: s.snap.At.AddDate(0, 0, -90), Last: s.snap.At, Complete: true}
}

func (s *scenario) box(user string) *state.MailboxState {
	box := s.boxes[user+"@acme.example"]
	require.NotNilf(s.t, box, "no user %s before", user)
	return box
}

func (s *scenario) table(where string, k state.Kind) *state.Table {
	if where == "salesforce" {
		return s.snap.Records[k]
	}
	return s.box(where).Items[k]
}

func (s *scenario) user(name string, f fields) {
	u := &state.User{ID: name, Address: name + "@acme.example", Zone: time.UTC, ZoneFrom: "manifest", Recorded: true}
	u.Values[state.UserID] = state.TextValue(name)
	u.Values[state.UserEmail] = state.TextValue(u.Address)
	u.Values[state.UserName] = state.TextValue(strings.ToUpper(name[:1]) + name[1:])
	u.Values[state.UserProvider] = state.TextValue(cmp.Or(f["provider"], "office365"))
	u.Values[state.UserActive] = state.BoolValue(f["active"] != "false")
	u.Values[state.UserGroups] = state.TextsValue(list(f["groups"]))
	if locale := f["locale"]; locale != "" {
		u.Custom = map[string]state.Value{"LocaleSidKey": state.TextValue(locale)}
	}
	if p, ok := f["profile"]; ok {
		u.Values[state.UserProfile] = value(s.t, state.Text, p)
	}
	if z := f["zone"]; z != "" {
		loc, err := zone.Load(z)
		require.NoError(s.t, err)
		u.Zone = loc
	}
	s.snap.Users = append(s.snap.Users, u)
	s.snap.Directory.Add(state.Person{ID: name, Name: u.Name(), Email: u.Address})
	box := state.NewMailboxState()
	for _, k := range state.Kinds() {
		box.Items[k].Coverage = s.full()
	}
	s.boxes[u.Address] = box
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func (s *scenario) preference(user string, f fields) {
	p := &state.Preference{Page: f["page"], File: "mailboxes/" + user + "/settings.json"}
	for _, key := range sortedFields(f) {
		if key == "page" {
			continue
		}
		v := state.PreferenceValue{Key: key, Text: f[key], Line: 1, Column: 1}
		if b, err := strconv.ParseBool(f[key]); err == nil {
			v.Bool, v.IsBool, v.Text = b, true, ""
		}
		p.Values = append(p.Values, v)
	}
	for _, u := range s.snap.Users {
		if u.ID == user {
			u.Preference = p
		}
	}
}

func sortedFields(f fields) []string {
	var keys []string
	for k := range f {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// put adds a first state, thirty days before the session unless at says when.
func (s *scenario) put(t *state.Table, side state.Side, id string, f fields) {
	it := state.NewItem(t.Kind, side, id)
	at := s.snap.At.AddDate(0, 0, -30)
	if text, ok := f["at"]; ok {
		at = s.instant(text)
	}
	s.defaults(it, at)
	s.set(it, f)
	t.Put(&state.Object{ID: id, Kind: t.Kind, Versions: []state.Version{{From: at, SeenAt: at, State: state.Live, Item: it}}})
}

// defaults records every attribute as a service would that has nothing to say.
func (s *scenario) defaults(it *state.Item, at time.Time) {
	for _, row := range state.Schema() {
		if !row.Has(it.Kind) || row.On(it.Side) != state.Stored || row.Attr == state.AttrStartDate || row.Attr == state.AttrEndDate {
			continue
		}
		switch row.Type {
		case state.Bool:
			it.Set(row.Attr, state.BoolValue(false))
		case state.Texts:
			it.Set(row.Attr, state.TextsValue(nil))
		case state.People:
			it.Set(row.Attr, state.PeopleValue(nil))
		default:
			it.Set(row.Attr, state.EmptyValue())
		}
	}
	it.Set(state.AttrCreated, state.InstantValue(at))
	it.Set(state.AttrModified, state.InstantValue(at))
	it.BySync, it.InviteesKnown, it.FolderKnown, it.Folder = state.False, state.True, true, "Default"
	if it.Kind == state.Task {
		it.Set(state.AttrStatus, state.TextValue(map[state.Side]string{state.Salesforce: "Not Started", state.Mailbox: "notStarted"}[it.Side]))
		it.Set(state.AttrPriority, state.TextValue("Normal"))
	}
}

// set writes the attributes a line names.
func (s *scenario) set(it *state.Item, f fields) {
	for key, text := range f {
		switch key {
		case "at", "seen":
		case "by":
			it.BySync = map[string]state.Truth{"sync": state.True, "?": state.Unknown}[text]
			if it.BySync == state.Unknown && text != "?" {
				it.BySync = state.False
			}
			it.Set(state.AttrModifiedBy, value(s.t, state.Text, text))
		case "folder":
			it.Folder, it.FolderKnown = text, text != "?"
		case "carries":
			it.Carries = text
		case "uid":
			it.ICalUID = text
		case "organizer":
			it.Organizer = truth(text)
		case "free_or_busy":
			it.FreeOrBusy = true
		case "truncated":
			it.AttendeesTruncated = true
		case "invitees":
			s.invitees(it, text)
		case "rule":
			it.Series = &state.Series{Rule: text, Zone: "UTC"}
			it.Set(state.AttrRecurring, state.BoolValue(true))
		case "lightning":
			it.Series = &state.Series{Lightning: true, Rule: text}
		default:
			s.attribute(it, key, text)
		}
	}
	if it.AllDay() {
		it.Set(state.AttrStart, state.Value{})
		it.Set(state.AttrEnd, state.Value{})
	}
}

func (s *scenario) attribute(it *state.Item, key, text string) {
	if name, ok := strings.CutPrefix(key, "custom."); ok {
		custom := map[string]state.Value{name: value(s.t, state.Text, text)}
		for k, v := range it.Custom {
			if k != name {
				custom[k] = v
			}
		}
		it.Custom = custom
		return
	}
	a, ok := state.ParseAttr(key)
	require.Truef(s.t, ok, "unknown attribute %s", key)
	require.Truef(s.t, it.Set(a, value(s.t, a.Describe().Type, text)), "a %s stores no %s", it.Kind, key)
	if key == "closed" && text == "true" {
		it.Set(state.AttrStatus, state.TextValue(map[state.Side]string{state.Salesforce: "Completed", state.Mailbox: "completed"}[it.Side]))
	}
}

func (s *scenario) invitees(it *state.Item, text string) {
	it.Invitees = nil
	switch text {
	case "none":
		it.InviteesKnown = state.False
		return
	case "?":
		it.InviteesKnown = state.Unknown
		return
	}
	for _, word := range list(text) {
		who, response, _ := strings.Cut(word, ":")
		it.Invitees = append(it.Invitees, state.Invitee{UserID: who, Response: response})
	}
}

func value(t *testing.T, typ state.Type, text string) state.Value {
	switch text {
	case "?":
		return state.Value{}
	case "-":
		return state.EmptyValue()
	}
	switch typ {
	case state.Bool:
		return state.BoolValue(text == "true")
	case state.Texts:
		return state.TextsValue(list(text))
	case state.Day:
		d, err := state.ParseDate(text)
		require.NoError(t, err)
		return state.DayValue(d)
	case state.Instant:
		at, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return state.InstantValue(at)
	case state.People:
		people := []state.Attendee{}
		for _, email := range list(text) {
			people = append(people, state.Attendee{Email: email})
		}
		return state.PeopleValue(people)
	}
	return state.TextValue(text)
}

// later adds a version: a change, or what became of the thing.
func (s *scenario) later(what string, plain []string, f fields) {
	var t *state.Table
	var rest []string
	if plain[1] == "item" {
		t, rest = s.box(plain[2]).Items[s.kind(plain[3])], plain[4:]
	} else {
		t, rest = s.snap.Records[s.kind(plain[2])], plain[3:]
	}
	o := t.Get(rest[0])
	at := s.snap.At.Add(-time.Hour)
	if o == nil && what == "deleted" { // all that was ever recorded of it
		t.Put(&state.Object{ID: rest[0], Kind: t.Kind, Versions: []state.Version{{From: at, SeenAt: at, State: state.Deleted}}})
		return
	}
	require.NotNilf(s.t, o, "nothing called %s before", rest[0])
	if text, ok := f["at"]; ok {
		at = s.instant(text)
	}
	v := state.Version{From: at, State: state.Live, Item: o.Item()}
	if text, ok := f["seen"]; ok {
		v.SeenAt = s.instant(text)
	}
	switch what {
	case "change":
		it := o.Item().Clone()
		it.Set(state.AttrModified, state.InstantValue(at))
		it.BySync = state.False
		s.set(it, f)
		v.Item, v.SeenAt = it, at
	case "merged":
		v.State = state.Merged
	default:
		v.State = map[string]state.Liveness{"deleted": state.Deleted, "gone": state.Gone, "unseen": state.Unseen, "moved": state.Moved}[what]
	}
	next := o.With(v)
	next.MergedInto = f["into"]
	t.Put(next)
}

func (s *scenario) link(plain []string, f fields) {
	require.GreaterOrEqual(s.t, len(plain), 5)
	link := &state.Link{Kind: s.kind(plain[2]), RecordID: plain[3], ItemID: plain[4], State: state.LinkActive, Born: state.Mailbox, File: "links.json", Line: 1}
	if f["born"] == "salesforce" {
		link.Born = state.Salesforce
	}
	if text, ok := f["state"]; ok {
		link.State, ok = state.ParseLinkState(text)
		require.Truef(s.t, ok, "unknown link state %s", text)
	}
	for _, word := range plain[5:] {
		switch word {
		case "adopted":
			link.Adopted = s.box(plain[1]).Items[link.Kind].Get(link.ItemID).Versions[0].Item
		case "unmarked-since":
			link.MarkerOff = true
		default:
			s.t.Fatalf("unknown word %q of a link", word)
		}
	}
	s.box(plain[1]).Links.Put(link)
}

func (s *scenario) view(plain []string, f fields) {
	v := &state.View{DeveloperName: plain[1], Label: plain[1], Kind: state.Contact, Members: map[string]bool{}, Complete: true}
	for _, id := range list(f["members"]) {
		v.Members[id] = true
	}
	for _, word := range plain[2:] {
		v.Complete = false
		v.MaybeTruncated = v.MaybeTruncated || word == "truncated"
		v.Why = word
	}
	s.snap.Views = append(s.snap.Views, v)
}

// define gives a view its definition.
func (s *scenario) define(plain []string) {
	require.GreaterOrEqual(s.t, len(plain), 3)
	filter := &state.ViewFilter{ScopeName: plain[2], File: "listviews/" + plain[1] + ".json", Line: 1}
	filter.Scope = map[string]state.ViewScope{"mine": state.ScopeMine, "everything": state.ScopeEverything}[plain[2]]
	if filter.Scope == state.ScopeNotKnown {
		filter.Scope = state.ScopeElse
	}
	all := &state.ViewCondition{Join: state.JoinAll}
	for _, word := range plain[3:] {
		parts := strings.SplitN(word, ":", 3)
		if word == "or" {
			all.Join = state.JoinAny
			continue
		}
		require.Len(s.t, parts, 3, "a condition is FIELD:OPERATOR:VALUES")
		op, ok := state.ParseViewOperator(parts[1])
		require.Truef(s.t, ok, "unknown operator %s", parts[1])
		c := &state.ViewCondition{Join: state.JoinField, Field: parts[0], Operator: op, Type: state.Text, Line: 1}
		for _, v := range strings.Split(parts[2], ",") {
			c.Values = append(c.Values, state.ViewValue{Text: v, Null: v == ""})
		}
		all.Parts = append(all.Parts, c)
	}
	filter.Condition = all
	for _, v := range s.snap.Views {
		if v.DeveloperName == plain[1] {
			v.Filter = filter
			return
		}
	}
	s.snap.Views = append(s.snap.Views, &state.View{DeveloperName: plain[1], Kind: state.Contact, Why: "its result was not recorded", Filter: filter})
}

// loadPolicy loads the scenario's policy.
func (s *scenario) loadPolicy() *policies.Set {
	if s.policy == "" && len(s.rego) == 0 {
		return policies.Default()
	}
	custom := &celexpr.CustomFields{Item: map[state.Kind]map[string]state.Type{}, User: map[string]state.Type{}}
	for _, k := range state.Kinds() {
		custom.Item[k] = map[string]state.Type{"Rating__c": state.Text, "Legal_Hold__c": state.Text}
	}
	files := maps.Clone(s.rego)
	files["org.hcl"] = &fstest.MapFile{Data: []byte(s.policy)}
	loaded, diags := policies.Load(files, policies.LoadOptions{Custom: custom})
	require.False(s.t, diags.HasErrors(), diags)
	return loaded
}

// makePlan makes the plan; the diagnostics say why there is none.
func (s *scenario) makePlan() (*engine.Plan, hcl.Diagnostics) {
	p, diags, err := engine.MakePlan(context.Background(), s.snap, s.loadPolicy(), s.opts)
	require.NoError(s.t, err)
	return p, diags
}

// plan makes the plan and writes it down in lines.
func (s *scenario) plan() string {
	p, diags := s.makePlan()
	if diags.HasErrors() {
		return "error " + diags[0].Summary + "\n"
	}
	var b strings.Builder
	for i := range p.Users {
		s.writeUser(&b, &p.Users[i])
	}
	for _, f := range p.Findings {
		fmt.Fprintf(&b, "finding %s %s users=%s items=%s\n", f.Code, f.Severity, strings.ReplaceAll(strings.Join(f.Users, ","), "@acme.example", ""), strings.Join(f.Items, ","))
	}
	fmt.Fprintf(&b, "verdict %s\n", p.Verdict)
	return b.String()
}

func (s *scenario) writeUser(b *strings.Builder, u *engine.UserPlan) {
	who := strings.TrimSuffix(u.User, "@acme.example")
	if u.SkippedWhole != nil {
		fmt.Fprintf(b, "%s left-out %s\n", who, u.SkippedWhole.Code)
	}
	for i := range u.Operations {
		s.writeOperation(b, who, &u.Operations[i])
	}
	for _, k := range u.Skipped {
		fmt.Fprintf(b, "%s skipped %s %s %s row=%s code=%s", who, k.Kind, orDash(k.RecordID), orDash(k.ItemID), k.Row, k.Reason.Code)
		s.writeOrigin(b, &k.Reason)
		if s.titles {
			fmt.Fprintf(b, " title=%q", k.Title)
		}
		b.WriteString("\n")
	}
	for _, c := range []struct {
		name string
		n    int
	}{{"unchanged", u.Summary.Unchanged}, {"unseen", u.Summary.Unseen}, {"others", u.Summary.Others}, {"personal", u.Summary.Personal}} {
		if c.n > 0 {
			fmt.Fprintf(b, "%s %s %d\n", who, c.name, c.n)
		}
	}
}

func (s *scenario) writeOperation(b *strings.Builder, who string, op *engine.Operation) {
	fmt.Fprintf(b, "%s %s %s %s %s %s row=%s code=%s", who, op.Op, op.On, op.Kind, orDash(op.RecordID), orDash(op.ItemID), op.Row, op.Reason.Code)
	s.writeOrigin(b, &op.Reason)
	if op.Held {
		fmt.Fprintf(b, " held=%s", op.HeldBy.Code)
		s.writeOrigin(b, op.HeldBy)
		if s.causes {
			fmt.Fprintf(b, " (%s)", op.HeldBy.Text)
		}
	}
	if op.Link != "" {
		fmt.Fprintf(b, " link=%s", op.Link)
	}
	if op.Op == engine.OpUpdate {
		var names []string
		for _, c := range op.Changes {
			names = append(names, c.Field)
		}
		fmt.Fprintf(b, " fields=%s", strings.Join(names, ","))
	}
	if len(op.Lost) > 0 {
		fmt.Fprintf(b, " lost=%s", strings.Join(op.Lost, ","))
	}
	if op.Notifies > 0 {
		fmt.Fprintf(b, " notifies=%d", op.Notifies)
	}
	if op.Occurrences > 0 {
		fmt.Fprintf(b, " occurrences=%d", op.Occurrences)
	}
	if s.titles {
		fmt.Fprintf(b, " title=%q", op.Title)
		for _, c := range op.Changes {
			fmt.Fprintf(b, " %s:%v>%v", c.Field, c.From, c.To)
		}
	}
	if s.ids {
		fmt.Fprintf(b, " id=%s", op.ID)
	}
	b.WriteString("\n")
}

func (s *scenario) writeOrigin(b *strings.Builder, r *engine.Reason) {
	if p := r.Policy; s.origin && p != nil {
		fmt.Fprintf(b, " by=%s:%s:%s:%d", p.Layer, p.Name, p.File, p.Line)
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (s *scenario) rewrite(file string, archive *txtar.Archive, got string) {
	found := false
	for i := range archive.Files {
		if archive.Files[i].Name == "want" {
			archive.Files[i].Data, found = []byte(got), true
		}
	}
	if !found {
		archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	}
	require.NoError(s.t, os.WriteFile(file, txtar.Format(archive), 0o644))
}

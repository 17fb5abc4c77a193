package policytest

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/policies/hclfile"
	"weir/state"
)

// operationNames are the operations, as expectations name them.
var operationNames = []string{string(engine.OpCreate), string(engine.OpUpdate), string(engine.OpDelete), string(engine.OpRestore), string(engine.OpDecline),
	string(engine.OpLink), string(engine.OpUnlink), string(engine.OpFreeze), string(engine.OpReactivate)}

// count is one number of a summary by the name expectations give it.
type count struct {
	name string
	of   func(*engine.Summary) int
	doc  string
}

var counts = []count{
	{"mailbox_creates", func(s *engine.Summary) int { return s.Operations.Mailbox.Create }, "creations in mailboxes"},
	{"mailbox_updates", func(s *engine.Summary) int { return s.Operations.Mailbox.Update }, "updates in mailboxes"},
	{"mailbox_deletes", func(s *engine.Summary) int { return s.Operations.Mailbox.Delete }, "deletions in mailboxes"},
	{"mailbox_restores", func(s *engine.Summary) int { return s.Operations.Mailbox.Restore }, "items created again"},
	{"salesforce_creates", func(s *engine.Summary) int { return s.Operations.Salesforce.Create }, "creations in Salesforce"},
	{"salesforce_updates", func(s *engine.Summary) int { return s.Operations.Salesforce.Update }, "updates in Salesforce"},
	{"salesforce_deletes", func(s *engine.Summary) int { return s.Operations.Salesforce.Delete }, "deletions in Salesforce"},
	{"declines", func(s *engine.Summary) int { return s.Operations.Salesforce.Decline }, "meetings declined"},
	{"links", func(s *engine.Summary) int { return s.Operations.Link.Link }, "links made"},
	{"unlinks", func(s *engine.Summary) int { return s.Operations.Link.Unlink }, "links ended"},
	{"freezes", func(s *engine.Summary) int { return s.Operations.Link.Freeze }, "links frozen"},
	{"reactivations", func(s *engine.Summary) int { return s.Operations.Link.Reactivate }, "links active again"},
	{"held", func(s *engine.Summary) int { return s.Held }, "operations held"},
	{"skipped", func(s *engine.Summary) int { return s.Skipped }, "things of people's own that are not synced"},
	{"unchanged", func(s *engine.Summary) int { return s.Unchanged }, "linked things with nothing to do"},
	{"unseen", func(s *engine.Summary) int { return s.Unseen }, "linked things of which one side cannot be seen"},
	{"others", func(s *engine.Summary) int { return s.Others }, "other people's records"},
	{"personal", func(s *engine.Summary) int { return s.Personal }, "items that are nobody's business"},
}

func countFields() []Field {
	var out []Field
	for _, c := range counts {
		out = append(out, Field{c.name, typeNumber, c.doc})
	}
	return out
}

// knownValues are those of fields of expectations; nil where any text may stand.
var knownValues = map[string][]string{
	"on":       {string(engine.OnMailbox), string(engine.OnSalesforce), string(engine.OnLink)},
	"op":       operationNames,
	"link":     {"active", "frozen", "retired", "none"},
	"row":      rowNames(),
	"layer":    {string(policies.LayerDefaults), string(policies.LayerOrg), string(policies.LayerGroup), string(policies.LayerRego), string(policies.LayerUser), string(policies.LayerPreference)},
	"severity": {string(engine.SeverityError), string(engine.SeverityWarning), string(engine.SeverityNotice)},
	"verdict":  {string(engine.VerdictNoChanges), string(engine.VerdictChanges), string(engine.VerdictHeld), string(engine.VerdictRejected)},
	"code":     findingCodes(),
}

func rowNames() []string {
	var out []string
	for _, row := range engine.Table {
		out = append(out, row.Name)
	}
	return out
}

func findingCodes() []string {
	var out []string
	for _, f := range engine.FindingKinds() {
		out = append(out, f.Code)
	}
	return out
}

// expectation reads one expect block; nil if it is wrong.
func (b *builder) expectation(x *hcl.Block) *expected {
	what := x.Labels[0]
	sort := expectation(what)
	if sort == nil {
		b.report(problem(x.LabelRanges[0], "Unknown expectation", "Nothing of the kind %s can be expected; there is %s.%s", quoted(what), oneOf(expectationNames()), policies.DidYouMean(what, expectationNames())))
		return nil
	}
	before := len(b.diags)
	f, _ := b.fieldsOf(x.Body, "expect "+quoted(what), sort.Fields, nil)
	e := &expected{what: what, rng: x.DefRange, session: 0, texts: map[string]string{}, lists: map[string][]string{}, numbers: map[string]int64{}, bools: map[string]bool{}}
	for _, name := range sortedKeys(f.named) {
		b.expectField(e, name, f.named[name])
	}
	b.aboutWhom(e, f)
	if slices.ContainsFunc(sort.Fields, func(f Field) bool { return f.Name == "task" }) {
		b.aboutWhat(e, f)
	}
	if len(b.diags) == before {
		b.needs(e)
	}
	if len(b.diags) > before {
		return nil
	}
	return e
}

func (b *builder) expectField(e *expected, name string, v literal) {
	if values := knownValues[name]; values != nil && !slices.Contains(values, v.Text) {
		b.report(oneOfThese(v.Value, name, values))
		return
	}
	switch name {
	case "session":
		e.session = int(v.Int)
		b.sessions = max(b.sessions, e.session)
	case "value":
		value := v.Value
		e.value = &value
	case "fields":
		e.lists[name] = append([]string{}, literals{named: map[string]literal{"": v}}.texts("")...)
	default:
		switch v.Kind {
		case hclfile.Bool:
			e.bools[name] = v.Bool
		case hclfile.Number:
			e.numbers[name] = v.Int
		default:
			e.texts[name] = v.Text
		}
	}
}

// aboutWhom finds the person an expectation is about.
func (b *builder) aboutWhom(e *expected, f literals) {
	v, named := f.named["user"]
	if b.world.recording != "" {
		return // asked of the recording
	}
	switch {
	case named:
		if e.user = b.users[v.Text]; e.user == nil {
			b.report(unknownUser(v.Range, v.Text, b.names))
		}
	case e.what == "summary" || e.what == "finding":
	case len(b.names) == 1:
		e.user = b.users[b.names[0]]
	case len(b.names) > 1:
		b.report(whoseIsIt(e.rng, "user", b.names))
	}
}

// aboutWhat finds the thing an expectation is about.
func (b *builder) aboutWhat(e *expected, f literals) {
	for _, k := range state.Kinds() {
		v, ok := f.named[k.String()]
		if !ok {
			continue
		}
		if e.thing != "" {
			b.report(twoThings(e.rng))
		}
		e.kind, e.thing = k, v.Text
		if b.world.recording != "" {
			continue
		}
		if e.made = b.made[thing{k, v.Text}]; e.made == nil {
			b.report(unknownThing(v.Range, k.String(), v.Text, b.thingNames(k)))
		}
	}
	if e.thing == "" {
		b.report(noThing(e.rng, e.what))
	}
}

// needs reports what an expectation cannot do without.
func (b *builder) needs(e *expected) {
	switch e.what {
	case "setting":
		b.settingNeeds(e)
	case "finding":
		if e.texts["code"] == "" {
			b.report(missingField(e.rng, e.what, "code"))
		}
	case "summary":
		if len(e.numbers) == 0 && e.texts["verdict"] == "" {
			b.report(missingField(e.rng, e.what, "a count, such as mailbox_creates"))
		}
	}
}

func (b *builder) settingNeeds(e *expected) {
	path := e.texts["setting"]
	if path == "" {
		b.report(missingField(e.rng, e.what, "setting"))
		return
	}
	id, ok := policies.ParseSetting(path)
	if !ok {
		var known []string
		for _, entry := range policies.Catalogue() {
			known = append(known, entry.Path)
		}
		b.report(unknownSetting(hclfile.Value{Text: path, Range: e.rng}, known))
		return
	}
	if e.value == nil {
		if e.texts["layer"] == "" && e.texts["group"] == "" {
			b.report(missingField(e.rng, e.what, "value"))
		}
		return
	}
	entry := id.Entry()
	want := map[policies.ValueType]hclfile.Kind{policies.ValueBool: hclfile.Bool, policies.ValueNumber: hclfile.Number}[entry.Type]
	if want == hclfile.Invalid {
		want = hclfile.String
	}
	switch {
	case e.value.Kind != want:
		b.report(wrongType(*e.value, Field{Name: path}, map[hclfile.Kind]string{hclfile.Bool: "true or false", hclfile.Number: "a whole number", hclfile.String: "a text in quotes"}[want]))
	case entry.Type == policies.ValueEnum && !slices.Contains(entry.Enum, e.value.Text):
		b.report(oneOfThese(*e.value, path, entry.Enum))
	case entry.Type == policies.ValueNumber || entry.Type == policies.ValueWindow:
		if d := policies.CheckValue(entry, *e.value); d != nil {
			b.report(d) // what no policy sets cannot come of one
		}
	case entry.Type == policies.ValueScope && e.value.Text != "all" && e.value.Text != "mine" && !strings.HasPrefix(e.value.Text, "view:"):
		b.report(oneOfThese(*e.value, path, []string{"all", "mine", "view:NAME"}))
	}
}

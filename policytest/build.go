package policytest

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/policies/hclfile"
	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

// builder makes a world of blocks.
type builder struct {
	*reader
	world  *world
	people map[string]string // Salesforce id by the name in the test
	users  map[string]*state.User
	taken  map[string]bool     // addresses
	names  []string            // of users, as written
	made   map[thing][]string  // the ids that stand for a thing
	known  map[thing]hcl.Range // where it is described
	// sessions is the last session anything is about.
	sessions int
	winners  []hclfile.Value // of merges
	blocks   hcl.Blocks      // of the world and the test
}

// thing is a record or an item by the name the test gives it.
type thing struct {
	kind state.Kind
	name string
}

func (b *builder) build(bodies []hcl.Body) {
	b.people, b.users = map[string]string{}, map[string]*state.User{}
	b.taken = map[string]bool{}
	b.made, b.known = map[thing][]string{}, map[thing]hcl.Range{}
	b.world.at, _ = parseInstant(defaultAt)
	org := &b.world.snap.Organization
	org.Name, org.TimeZone, org.EmailDomains = "Acme", "UTC", []string{defaultDomain}
	var blocks hcl.Blocks
	var all []literals
	for i, body := range bodies {
		where := "the world"
		if i == len(bodies)-1 {
			where = "a test"
		}
		fields, inner := b.fieldsOf(body, where, worldFields, blocksIn(map[bool]string{true: "test", false: "world"}[where == "a test"]))
		all, blocks = append(all, fields), append(blocks, inner...)
	}
	b.blocks = blocks
	for _, fields := range all {
		b.basics(fields)
	}
	if b.world.recording != "" {
		b.onlyRecording(blocks)
		return
	}
	for _, f := range all {
		b.coverage(f)
	}
	b.each(blocks, "user", b.user)
	if len(b.users) == 0 {
		b.implicitUser()
	}
	b.each(blocks, "person", b.person)
	state.SortUsers(b.world.snap.Users)
	for _, kind := range records {
		b.each(blocks, kind, b.record)
	}
	b.each(blocks, "mailbox", b.mailbox)
	b.each(blocks, "view", b.view)
	for _, v := range b.winners {
		if !b.full && b.made[thing{state.Contact, v.Text}] == nil {
			b.report(unknownThing(v.Range, "contact", v.Text, b.thingNames(state.Contact)))
		}
	}
}

func (b *builder) each(blocks hcl.Blocks, name string, f func(*hcl.Block)) {
	for _, x := range blocks {
		if x.Type == name && !b.full && len(b.diags) <= maxDiagnostics {
			f(x)
		}
	}
}

// basics reads what is true of the whole world.
func (b *builder) basics(f literals) {
	w := b.world
	w.at = f.instant("at", w.at)
	if v, ok := f.named["at"]; ok {
		w.atRng = v.Range
	}
	w.every = f.duration("every", w.every)
	if v, ok := f.named["recording"]; ok {
		if !fs.ValidPath(v.Text) || v.Text == "." {
			b.report(badPath(v.Value))
		}
		w.recording, w.recordingRng = v.Text, v.Range
	}
	if w.recording != "" && !f.has("at") {
		w.at = time.Time{}
	}
	if v, ok := f.named["time_zone"]; ok {
		if _, err := zone.Load(v.Text); err != nil {
			b.report(badZone(v.Value, err))
		}
		w.snap.Organization.TimeZone = v.Text
	}
	if f.has("email_domains") {
		w.snap.Organization.EmailDomains = f.texts("email_domains")
	}
}

// onlyRecording reports what a test with a recording cannot say.
func (b *builder) onlyRecording(blocks hcl.Blocks) {
	for _, x := range blocks {
		if x.Type != "expect" {
			b.report(alone(x.DefRange, x.Type))
		}
	}
}

func (b *builder) coverage(f literals) {
	for _, k := range state.Kinds() {
		b.world.snap.Records[k].Coverage = b.covered(b.world.snap.Records[k].Coverage, f, k)
	}
}

func (b *builder) covered(c state.Coverage, f literals, k state.Kind) state.Coverage {
	if !c.Captured() {
		c = state.Coverage{First: b.world.at, Last: b.world.at, Complete: true}
	}
	if slices.Contains(f.kinds("incomplete"), k) {
		c.Complete = false
	}
	if slices.Contains(f.kinds("uncaptured"), k) {
		return state.Coverage{}
	}
	return c
}

// implicitUser is the one person of a world that names nobody.
func (b *builder) implicitUser() {
	b.addUser(defaultUser, literals{b.reader, map[string]literal{}}, nil, hcl.Range{})
}

// crowd counts people; false if they are more than a file may have.
func (b *builder) crowd(x *hcl.Block) bool {
	if b.reader.people++; b.reader.people > maxPeople {
		b.fill(tooManyPeople(x.DefRange))
	}
	return !b.full
}

func (b *builder) user(x *hcl.Block) {
	if !b.crowd(x) {
		return
	}
	fields, inner := b.fieldsOf(x.Body, "a user", userFields(), blocksIn("user"))
	b.addUser(x.Labels[0], fields, inner, x.DefRange)
}

func (b *builder) addUser(name string, f literals, inner hcl.Blocks, rng hcl.Range) {
	if _, taken := b.people[name]; taken {
		b.report(twice(rng, "user or person "+quoted(name), "names stand for one each"))
		return
	}
	local, _, whole := strings.Cut(name, "@")
	address := strings.ToLower(name)
	if !whole {
		address += "@" + cmp.Or(append(b.world.snap.Organization.EmailDomains, defaultDomain)...)
	}
	if b.taken[address] {
		b.report(twice(rng, "user with the address "+quoted(address), "a mailbox belongs to one user"))
		return
	}
	b.taken[address] = true
	u := &state.User{ID: f.text("id", name), Address: address, Zone: time.UTC, ZoneFrom: "manifest", Recorded: true, Custom: map[string]state.Value{}}
	for _, row := range state.UserSchema() {
		u.Values[row.Attr] = b.userValue(row, f)
	}
	u.Values[state.UserID] = state.TextValue(u.ID)
	u.Values[state.UserEmail] = state.TextValue(strings.ToLower(f.text("email", address)))
	u.Values[state.UserName] = state.TextValue(f.text("name", titled(local)))
	u.Values[state.UserProvider] = state.TextValue(f.enum("provider", "office365", []string{"office365", "exchange", "gmail"}))
	u.Values[state.UserActive] = state.BoolValue(f.bool("active", true))
	b.zone(u, f)
	for _, x := range inner {
		if x.Type == "custom" {
			b.custom(x, u.Custom)
			continue
		}
		b.preference(u, x)
	}
	b.people[name], b.users[name] = u.ID, u
	b.names = append(b.names, name)
	b.world.snap.Users = append(b.world.snap.Users, u)
	b.world.snap.Directory.Add(state.Person{ID: u.ID, Name: u.Name(), Email: u.Values[state.UserEmail].Text()})
	box := state.NewMailboxState()
	for _, k := range state.Kinds() {
		box.Items[k].Coverage = state.Coverage{First: b.world.at, Last: b.world.at, Complete: true}
	}
	b.world.boxes[address] = box
}

// userValue is an attribute as written; what a test does not mention is empty.
func (b *builder) userValue(row state.UserAttribute, f literals) state.Value {
	switch row.Type {
	case state.Texts:
		return state.TextsValue(f.texts(row.Name))
	case state.Bool:
		return state.BoolValue(f.bool(row.Name, false))
	}
	return state.TextValue(f.text(row.Name, ""))
}

func (b *builder) zone(u *state.User, f literals) {
	name := b.world.snap.Organization.TimeZone
	v, given := f.named["time_zone"]
	if given {
		name = v.Text
	}
	loc, err := zone.Load(name)
	if err != nil {
		if given {
			b.report(badZone(v.Value, err))
		}
		return
	}
	u.Zone = loc
	u.Values[state.UserTimeZone] = state.TextValue(name)
}

func titled(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// preference reads a settings page: blocks and switches in the page's words.
func (b *builder) preference(u *state.User, x *hcl.Block) {
	page := x.Labels[0]
	keys := map[string]bool{}
	for _, e := range policies.Catalogue() {
		key := map[string]string{"new": e.NewPage, "legacy": e.LegacyPage}[page]
		if key != "" {
			keys[key] = true
		}
	}
	if len(keys) == 0 {
		b.report(oneOfThese(hclfile.Value{Text: page, Range: x.LabelRanges[0]}, "page", []string{"new", "legacy"}))
		return
	}
	keys[map[string]string{"new": "contacts.view", "legacy": "filters.contacts_view"}[page]] = true
	known := sortedKeys(keys)
	var parts []Block
	for _, key := range known {
		part, _, _ := strings.Cut(key, ".")
		if !slices.ContainsFunc(parts, func(p Block) bool { return p.Name == part }) {
			parts = append(parts, Block{Name: part})
		}
	}
	u.Preference = &state.Preference{Page: page, File: b.file.Name, SeenAt: b.world.at}
	content, unknown, diags := hclfile.Content(x.Body, bodySchema(nil, parts))
	b.diags = append(b.diags, diags...)
	for _, n := range unknown {
		b.report(wrongSwitch(n.Range, page, n.Name, known))
	}
	for _, part := range content.Blocks {
		b.switches(u.Preference, part, known)
	}
}

func (b *builder) switches(p *state.Preference, part *hcl.Block, known []string) {
	attrs, diags := part.Body.JustAttributes()
	b.diags = append(b.diags, diags...)
	for _, name := range sortedKeys(attrs) {
		a, key := attrs[name], part.Type+"."+name
		v := hclfile.Read(a.Expr)
		switch {
		case !slices.Contains(known, key):
			b.report(wrongSwitch(a.NameRange, p.Page, key, known))
		case v.Kind != hclfile.Bool && v.Kind != hclfile.String:
			b.report(wrongType(v, Field{Name: key}, "true, false or a text"))
		default:
			p.Values = append(p.Values, state.PreferenceValue{Key: key, Text: v.Text, Bool: v.Bool, IsBool: v.Kind == hclfile.Bool,
				Line: a.NameRange.Start.Line, Column: a.NameRange.Start.Column})
		}
	}
}

// custom reads fields beyond the schema: texts, truths, numbers and null.
func (b *builder) custom(x *hcl.Block, into map[string]state.Value) {
	attrs, diags := x.Body.JustAttributes()
	b.diags = append(b.diags, diags...)
	for _, name := range sortedKeys(attrs) {
		switch v := hclfile.Read(attrs[name].Expr); {
		case v.Kind == hclfile.String:
			into[name] = state.TextValue(v.Text)
		case v.Kind == hclfile.Bool:
			into[name] = state.BoolValue(v.Bool)
		case v.Kind == hclfile.Number && v.IsInt:
			into[name] = state.NumberValue(float64(v.Int))
		case v.Kind == hclfile.Null:
			into[name] = state.EmptyValue()
		default:
			b.report(wrongType(v, Field{Name: name}, "a text, true, false, a whole number or null"))
		}
	}
}

func (b *builder) person(x *hcl.Block) {
	if !b.crowd(x) {
		return
	}
	fields, _ := b.fieldsOf(x.Body, "a person", blockNamed("person").Fields, nil)
	name := x.Labels[0]
	if _, taken := b.people[name]; taken {
		b.report(twice(x.DefRange, "user or person "+quoted(name), "names stand for one each"))
		return
	}
	b.people[name] = fields.text("id", name)
	b.world.snap.Directory.Add(state.Person{ID: b.people[name], Name: fields.text("name", titled(name)), Email: fields.text("email", "")})
}

// personID finds somebody's id by name.
func (b *builder) personID(v hclfile.Value) string {
	if id, ok := b.people[v.Text]; ok {
		return id
	}
	b.report(unknownPerson(v.Range, v.Text, sortedKeys(b.people)))
	return ""
}

// userNamed finds a synced user by the label of a block.
func (b *builder) userNamed(x *hcl.Block) *state.User {
	u := b.users[x.Labels[0]]
	if u == nil {
		b.report(unknownUser(x.LabelRanges[0], x.Labels[0], b.names))
	}
	return u
}

// claim notes a thing's name; it is taken by one thing of a kind.
func (b *builder) claim(kind state.Kind, x *hcl.Block) bool {
	t := thing{kind, x.Labels[0]}
	if first, ok := b.known[t]; ok {
		b.report(twice(x.DefRange, x.Type+" "+quoted(t.name), "it is described in line %d", first.Start.Line))
		return false
	}
	if b.things++; b.things > maxThings {
		b.fill(tooManyThings(x.DefRange))
		return false
	}
	b.known[t] = x.DefRange
	b.made[t] = append(b.made[t], t.name)
	return true
}

// record reads a Salesforce record with its copies.
func (b *builder) record(x *hcl.Block) {
	kind, _ := state.ParseKind(x.Type)
	fields := append(storedFields(kind, state.Salesforce), recordFieldsOf(kind)...)
	f, inner := b.fieldsOf(x.Body, "a "+x.Type, fields, blocksIn(x.Type))
	if !b.claim(kind, x) {
		return
	}
	name := x.Labels[0]
	it := state.NewItem(kind, state.Salesforce, name)
	b.blank(it, f)
	b.defaults(it, f, name)
	b.owner(it, f, x.DefRange)
	b.set(it, f)
	b.invite(it, f, inner)
	b.inside(it, inner)
	o := &state.Object{ID: name, Kind: kind, Versions: []state.Version{b.begun(it)}}
	for _, c := range inner {
		if c.Type == "copy" {
			b.copy(o, it, c)
		}
		if c.Type == "access" {
			b.access(name, c)
		}
	}
	b.later(o, fields, inner)
	b.world.snap.Records[kind].Put(o)
}

// recordFieldsOf are the fields of records that make sense for the kind.
func recordFieldsOf(k state.Kind) []Field {
	return slices.DeleteFunc(slices.Clone(recordFields), func(f Field) bool {
		switch f.Name {
		case "participants", "recurrence", "ical_uid":
			return k != state.Event
		case "folder", "organizer":
			return true
		}
		return false
	})
}

// itemFieldsOf are those of mailbox items.
func itemFieldsOf(k state.Kind) []Field {
	return slices.DeleteFunc(slices.Clone(itemFields), func(f Field) bool {
		switch f.Name {
		case "organizer", "recurrence", "ical_uid":
			return k != state.Event
		case "folder":
			return k == state.Event
		}
		return false
	})
}

// begun is a thing's first version.
func (b *builder) begun(it *state.Item) state.Version {
	at := b.world.at.AddDate(0, 0, -30)
	if v := it.Value(state.AttrCreated); v.IsKnown() {
		at = v.Instant()
	}
	return state.Version{From: at, SeenAt: at, State: state.Live, Item: it}
}

// blank records every attribute as a service would that has nothing to say.
func (b *builder) blank(it *state.Item, f literals) {
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
	at := f.instant("created", b.world.at.AddDate(0, 0, -30))
	it.Set(state.AttrCreated, state.InstantValue(at))
	it.Set(state.AttrModified, state.InstantValue(at))
	it.BySync, it.InviteesKnown, it.FolderKnown = state.False, state.True, true
	it.File, it.Line = b.file.Name, 0
}

// defaults gives what a person would not think of: a title, a time inside every
// window, the words of services.
func (b *builder) defaults(it *state.Item, f literals, name string) {
	words := map[state.Side][2]string{state.Salesforce: {"Not Started", "Normal"}, state.Mailbox: {"notStarted", "normal"}}[it.Side]
	switch it.Kind {
	case state.Contact:
		if !f.has("first_name") && !f.has("last_name") {
			it.Set(state.AttrLastName, state.TextValue(name))
		}
	case state.Task:
		it.Set(state.AttrTitle, state.TextValue(name))
		it.Set(state.AttrStatus, state.TextValue(words[0]))
		it.Set(state.AttrPriority, state.TextValue(words[1]))
		if f.bool("closed", false) {
			it.Set(state.AttrStatus, state.TextValue(map[state.Side]string{state.Salesforce: "Completed", state.Mailbox: "completed"}[it.Side]))
		}
		if it.Side == state.Salesforce {
			it.Set(state.AttrSubtype, state.TextValue("Task"))
		}
	case state.Event:
		it.Set(state.AttrTitle, state.TextValue(name))
		b.eventTime(it, f)
	}
}

// eventTime is the day after the test's instant, for an hour or all day.
func (b *builder) eventTime(it *state.Item, f literals) {
	tomorrow := b.world.at.AddDate(0, 0, 1)
	if f.bool("all_day", false) {
		first := state.DateOf(tomorrow, time.UTC)
		if v, ok := f.named["start_date"]; ok {
			first, _ = state.ParseDate(v.Text)
		}
		it.Set(state.AttrStart, state.Value{})
		it.Set(state.AttrEnd, state.Value{})
		it.Set(state.AttrStartDate, state.DayValue(first))
		it.Set(state.AttrEndDate, state.DayValue(first))
		return
	}
	start := f.instant("start", tomorrow)
	it.Set(state.AttrStart, state.InstantValue(start))
	it.Set(state.AttrEnd, state.InstantValue(start.Add(time.Hour)))
}

// owner is the person named, or the only one.
func (b *builder) owner(it *state.Item, f literals, rng hcl.Range) {
	if f.has("owner") {
		return
	}
	if len(b.names) != 1 {
		b.report(whoseIsIt(rng, "owner", b.names))
		return
	}
	it.Set(state.AttrOwner, state.TextValue(b.people[b.names[0]]))
}

// set writes the attributes that a block names.
func (b *builder) set(it *state.Item, f literals) {
	for _, name := range sortedKeys(f.named) {
		v := f.named[name]
		a, ok := state.ParseAttr(name)
		if !ok || a == state.AttrParticipants {
			b.setOther(it, name, v)
			continue
		}
		it.Set(a, b.value(a, v))
	}
	if f.has("closed") && !f.has("status") && it.Kind == state.Task {
		word := map[bool]map[state.Side]string{true: {state.Salesforce: "Completed", state.Mailbox: "completed"}, false: {state.Salesforce: "Not Started", state.Mailbox: "notStarted"}}
		it.Set(state.AttrStatus, state.TextValue(word[it.Value(state.AttrClosed).Bool()][it.Side]))
	}
}

func (b *builder) value(a state.Attr, v literal) state.Value {
	if v.Kind == hclfile.Null {
		return state.EmptyValue()
	}
	switch a.Describe().Type {
	case state.Bool:
		return state.BoolValue(v.Bool)
	case state.Texts:
		return state.TextsValue(literals{named: map[string]literal{"": v}}.texts(""))
	case state.Day:
		d, _ := state.ParseDate(v.Text)
		return state.DayValue(d)
	case state.Instant:
		at, _ := parseInstant(v.Text)
		return state.InstantValue(at)
	case state.People:
		people := []state.Attendee{}
		for _, m := range v.List {
			people = append(people, state.Attendee{Email: strings.ToLower(m.Text)})
		}
		return state.PeopleValue(people)
	}
	if a == state.AttrOwner || a == state.AttrModifiedBy {
		return state.TextValue(b.personID(v.Value))
	}
	return state.TextValue(v.Text)
}

// setOther writes what is no attribute of the schema.
func (b *builder) setOther(it *state.Item, name string, v literal) {
	switch name {
	case "unrecorded":
		for _, m := range v.List {
			a, ok := state.ParseAttr(m.Text)
			if !ok || !it.Set(a, state.Value{}) {
				var known []string
				for _, f := range storedFields(it.Kind, it.Side) {
					known = append(known, f.Name)
				}
				b.report(oneOfThese(m, "attribute", known))
			}
		}
	case "folder":
		it.Folder = v.Text
	case "organizer":
		it.Organizer = state.TruthOf(v.Bool)
	case "ical_uid":
		it.ICalUID = v.Text
	case "recurrence":
		rule, err := recur.FromRRule(v.Text)
		if err != nil {
			b.report(badRecurrence(v.Value, err))
			return
		}
		it.Series = &state.Series{Rule: rule, Zone: "UTC"}
		it.Set(state.AttrRecurring, state.BoolValue(true))
	}
}

// invite lists the users invited to an event.
func (b *builder) invite(it *state.Item, f literals, inner hcl.Blocks) {
	add := func(id, response string) {
		if id != "" && id != it.Owner() && !slices.ContainsFunc(it.Invitees, func(i state.Invitee) bool { return i.UserID == id }) {
			it.Invitees = append(it.Invitees, state.Invitee{UserID: id, Response: response})
		}
	}
	for _, x := range inner {
		if x.Type != "invitee" {
			continue
		}
		fields, _ := b.fieldsOf(x.Body, "an invitee", blockNamed("invitee").Fields, nil)
		add(b.personID(hclfile.Value{Text: x.Labels[0], Range: x.LabelRanges[0]}), fields.enum("response", "none", responses))
	}
	for _, m := range f.named["participants"].List {
		add(b.personID(m), "none")
	}
}

var responses = []string{"none", "accepted", "tentative", "declined"}

// inside reads attendees and custom fields.
func (b *builder) inside(it *state.Item, inner hcl.Blocks) {
	people := slices.Clone(it.Value(state.AttrAttendees).People())
	for _, x := range inner {
		switch x.Type {
		case "attendee":
			f, _ := b.fieldsOf(x.Body, "an attendee", blockNamed("attendee").Fields, nil)
			people = append(people, state.Attendee{Email: strings.ToLower(x.Labels[0]), Name: f.text("name", ""), Response: f.enum("response", "none", responses)})
		case "custom":
			custom := map[string]state.Value{}
			for k, v := range it.Custom {
				custom[k] = v
			}
			b.custom(x, custom)
			it.Custom = custom
		}
	}
	if len(people) > 0 {
		it.Set(state.AttrAttendees, state.PeopleValue(people))
	}
}

func (b *builder) access(record string, x *hcl.Block) {
	f, _ := b.fieldsOf(x.Body, "access", blockNamed("access").Fields, nil)
	if u := b.userNamed(x); u != nil {
		truth := func(name string) state.Truth { return state.TruthOf(f.bool(name, name == "read")) }
		b.world.snap.Access[state.AccessKey{UserID: u.ID, RecordID: record}] = state.Access{Read: truth("read"), Edit: truth("edit"), Delete: truth("delete")}
	}
}

// copy reads the linked copy of a record in a mailbox.
func (b *builder) copy(record *state.Object, from *state.Item, x *hcl.Block) {
	fields := append(storedFields(from.Kind, state.Mailbox), itemFieldsOf(from.Kind)...)
	own := blockNamed("copy").Fields[:2]
	f, inner := b.fieldsOf(x.Body, "a copy", append(slices.Clone(own), fields...), blocksIn("copy"))
	u := b.userNamed(x)
	if u == nil {
		return
	}
	it := engine.CopyOf(from, u, b.world.snap.Directory, b.world.snap.Markers)
	it.ID = record.ID + " (" + x.Labels[0] + ")"
	for _, a := range []state.Attr{state.AttrCreated, state.AttrModified} {
		it.Set(a, from.Value(state.AttrCreated))
	}
	it.File = b.file.Name
	if f.has("born") && f.text("born", "") == "mailbox" {
		it.BySync = state.False
	}
	b.set(it, f)
	b.inside(it, inner)
	link := &state.Link{Kind: from.Kind, RecordID: record.ID, ItemID: it.ID, File: b.file.Name, Line: x.DefRange.Start.Line, Born: state.Salesforce}
	if f.enum("born", "salesforce", []string{"salesforce", "mailbox"}) == "mailbox" {
		link.Born = state.Mailbox
	}
	link.State, _ = state.ParseLinkState(f.enum("link", "active", []string{"active", "frozen", "retired"}))
	box := b.world.boxes[u.Address]
	if box.Links.OfRecord(link.Kind, link.RecordID) != nil {
		b.report(twice(x.DefRange, "copy for "+quoted(x.Labels[0]), "a mailbox has one copy of a record"))
		return
	}
	box.Links.Put(link)
	b.put(box, it, fields, inner)
	t := thing{it.Kind, record.ID}
	b.made[t] = append(b.made[t], it.ID)
}

func (b *builder) put(box *state.MailboxState, it *state.Item, fields []Field, inner hcl.Blocks) {
	o := &state.Object{ID: it.ID, Kind: it.Kind, Versions: []state.Version{b.begun(it)}}
	b.later(o, fields, inner)
	box.Items[it.Kind].Put(o)
}

// mailbox reads what only a mailbox has.
func (b *builder) mailbox(x *hcl.Block) {
	f, inner := b.fieldsOf(x.Body, "a mailbox", blockNamed("mailbox").Fields, blocksIn("mailbox"))
	u := b.userNamed(x)
	if u == nil {
		return
	}
	box := b.world.boxes[u.Address]
	for _, k := range state.Kinds() {
		box.Items[k].Coverage = b.covered(box.Items[k].Coverage, f, k)
	}
	for _, item := range inner {
		if b.full {
			break
		}
		b.item(box, u, item)
	}
}

func (b *builder) item(box *state.MailboxState, u *state.User, x *hcl.Block) {
	kind, _ := state.ParseKind(x.Type)
	fields := append(storedFields(kind, state.Mailbox), itemFieldsOf(kind)...)
	f, inner := b.fieldsOf(x.Body, "a "+x.Type+" in a mailbox", fields, blocksIn("copy"))
	if !b.claim(kind, x) {
		return
	}
	it := state.NewItem(kind, state.Mailbox, x.Labels[0])
	b.blank(it, f)
	b.defaults(it, f, x.Labels[0])
	if kind == state.Event {
		it.Organizer = state.True
		it.Set(state.AttrResponse, state.TextValue("organizer"))
		it.Set(state.AttrOrganizerEmail, u.Values[state.UserEmail])
	}
	it.Folder = "Default"
	b.set(it, f)
	b.inside(it, inner)
	b.put(box, it, fields, inner)
}

func (b *builder) view(x *hcl.Block) {
	f, _ := b.fieldsOf(x.Body, "a view", blockNamed("view").Fields, nil)
	v := &state.View{DeveloperName: x.Labels[0], Label: x.Labels[0], Kind: state.Contact, Members: map[string]bool{}, Complete: f.bool("complete", true), File: b.file.Name}
	if !v.Complete {
		v.Why = "its result is not complete"
	}
	for _, m := range f.named["members"].List {
		if b.made[thing{state.Contact, m.Text}] == nil {
			b.report(unknownThing(m.Range, "contact", m.Text, b.thingNames(state.Contact)))
		}
		v.Members[m.Text] = true
	}
	b.world.snap.Views = append(b.world.snap.Views, v)
}

func (b *builder) thingNames(k state.Kind) []string {
	var out []string
	for t := range b.known {
		if t.kind == k {
			out = append(out, t.name)
		}
	}
	slices.Sort(out)
	return out
}

// fates are the blocks that say what became of a thing.
var fates = map[string]state.Liveness{"changed": state.Live, "deleted": state.Deleted, "gone": state.Gone, "merged": state.Merged, "moved": state.Moved, "unseen": state.Unseen}

// later adds what happened to a thing after its first version.
func (b *builder) later(o *state.Object, fields []Field, inner hcl.Blocks) {
	for _, x := range inner {
		fate, ok := fates[x.Type]
		if !ok {
			continue
		}
		own := blockNamed(x.Type).Fields
		var more []Block
		if x.Type == "changed" {
			own, more = append(slices.Clone(own), fields...), blocksIn("changed")
		}
		f, within := b.fieldsOf(x.Body, "what happened", own, more)
		at := b.happened(f, x)
		if state := o.State(); state != fates["changed"] {
			b.report(afterTheEnd(x.DefRange, state.String()))
			return
		}
		if at.Before(o.Now().From) {
			b.report(outOfOrder(x.DefRange))
			return
		}
		v := o.Now()
		v.From, v.SeenAt, v.State = at, at, fate
		if x.Type == "changed" {
			it := o.Item().Clone()
			it.Set(state.AttrModified, state.InstantValue(at))
			it.BySync, it.CarriedAt = state.False, time.Time{}
			b.set(it, f)
			b.inside(it, within)
			v.Item = it
		} else if !at.After(b.world.at) {
			v.SeenAt = time.Time{} // known to be so, whenever it was captured
		}
		o.Versions = append(o.Versions, v)
		if x.Type == "merged" {
			o.MergedInto = b.winner(f, x)
		}
	}
}

func (b *builder) winner(f literals, x *hcl.Block) string {
	v, ok := f.named["into"]
	if !ok {
		b.report(problem(x.DefRange, "Missing into", `Say which contact won: into = "…".`))
		return ""
	}
	b.winners = append(b.winners, v.Value)
	return v.Text
}

// happened is when something happened: an hour before the plan unless it says.
func (b *builder) happened(f literals, x *hcl.Block) time.Time {
	if f.has("at") && f.has("before_session") {
		b.report(onlyTwo(x.DefRange))
	}
	if v, ok := f.named["before_session"]; ok {
		b.sessions = max(b.sessions, int(v.Int))
		return b.world.session(int(v.Int)).Add(-time.Minute)
	}
	return f.instant("at", b.world.at.Add(-time.Hour))
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

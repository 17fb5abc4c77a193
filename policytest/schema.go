package policytest

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"weir/state"
)

// This file is the format of *_test.hcl: what may stand in which block, with its
// type. The reader and the tables of docs/tests.md are made of it. Attributes of
// records and items are those of state's schema.

// Field is one attribute of a block.
type Field struct {
	Name string
	Type string // "text", "texts", "true or false", "number", "instant", "kinds", "value"; of an attribute of items its own
	Doc  string
}

// Block is one block of a test file.
type Block struct {
	Name   string
	Labels []string // what stands in quotes behind the name
	In     []string // the blocks it may stand in; "" for the file itself
	Fields []Field
	// Side: it also takes the attributes that this side stores of its kind.
	Side state.Side
	Doc  string
}

// The types of fields.
const (
	typeText    = "text"
	typeTexts   = "texts"
	typeBool    = "true or false"
	typeNumber  = "number"
	typeInstant = "instant"
	typeKinds   = "kinds"
	typeValue   = "value"
)

// typeSession is the number of a session, as far as tests reach.
var typeSession = fmt.Sprintf("number from 1 to %d", maxSessions)

var (
	records  = []string{"contact", "task", "event"}
	worldly  = []string{"world", "test"}
	recordly = []string{"contact", "task", "event"}
	happens  = []Field{
		{"at", typeInstant, "when it happened; else an hour before the test's instant"},
		{"before_session", typeSession, "instead of at: a minute before that session"},
	}
	itemFields = []Field{
		{"unrecorded", typeTexts, "attributes that the capture did not select"},
		{"folder", typeText, "the folder or list it lies in"},
		{"organizer", typeBool, "whether the mailbox's owner organises the event"},
		{"ical_uid", typeText, "the event's calendar uid"},
		{"recurrence", typeText, "the event's RRULE, such as `FREQ=WEEKLY`, in UTC"},
	}
)

// blocks is the format. Its order is that of the documents.
var blocks = []Block{
	{Name: "world", In: []string{""}, Fields: worldFields, Doc: "What all tests of the file have in common."},
	{Name: "test", Labels: []string{"name"}, In: []string{""}, Fields: worldFields, Doc: "A world and what is expected of it."},
	{Name: "user", Labels: []string{"name"}, In: worldly, Fields: userFields(), Doc: "A synced person. The name is the part of the address before the @, or the whole address. A world without users has one, `ann`."},
	{Name: "person", Labels: []string{"name"}, In: worldly, Fields: []Field{
		{"id", typeText, "Salesforce id; else the name"}, {"name", typeText, "full name"}, {"email", typeText, "address in Salesforce"}},
		Doc: "A Salesforce user, or a queue, who is not synced."},
	{Name: "preference", Labels: []string{"page"}, In: []string{"user"}, Doc: "The person's own settings page, `new` or `legacy`, in the page's words: blocks and switches as in a recording's settings.json."},
	{Name: "contact", Labels: []string{"name"}, In: append(slices.Clone(worldly), "mailbox"), Side: state.Salesforce, Fields: recordFields, Doc: "A Salesforce record; in a `mailbox` block an item that only the mailbox has."},
	{Name: "task", Labels: []string{"name"}, In: append(slices.Clone(worldly), "mailbox"), Side: state.Salesforce, Fields: recordFields, Doc: "The same for a task."},
	{Name: "event", Labels: []string{"name"}, In: append(slices.Clone(worldly), "mailbox"), Side: state.Salesforce, Fields: recordFields, Doc: "The same for an event."},
	{Name: "copy", Labels: []string{"user"}, In: recordly, Side: state.Mailbox, Fields: append([]Field{
		{"born", typeText, "which side the thing was created on: `salesforce` (else) or `mailbox`"},
		{"link", typeText, "`active` (else), `frozen` or `retired`"},
	}, itemFields...), Doc: "The linked copy in a person's mailbox, equal to the record except for what is said here."},
	{Name: "changed", In: append(slices.Clone(recordly), "copy"), Fields: happens, Doc: "A later change, of the attributes named here. Both sides agreed on what there was before it."},
	{Name: "deleted", In: append(slices.Clone(recordly), "copy"), Fields: happens, Doc: "It was deleted: a record in Salesforce, an item by the person."},
	{Name: "gone", In: recordly, Fields: happens, Doc: "The record is missing without proof of its deletion."},
	{Name: "merged", In: []string{"contact"}, Fields: append([]Field{{"into", typeText, "the contact that won"}}, happens...), Doc: "The contact was merged into another."},
	{Name: "moved", In: []string{"copy"}, Fields: happens, Doc: "The person took the item out of the sync."},
	{Name: "unseen", In: append(slices.Clone(recordly), "copy"), Fields: happens, Doc: "Whether it still exists cannot be told."},
	{Name: "invitee", Labels: []string{"user"}, In: []string{"event"}, Fields: []Field{{"response", typeText, "none, accepted, tentative or declined"}}, Doc: "A user invited to an event, with the answer."},
	{Name: "attendee", Labels: []string{"address"}, In: []string{"event", "copy"}, Fields: []Field{{"name", typeText, "name"}, {"response", typeText, "none, accepted, tentative or declined"}}, Doc: "An attendee with name and answer; `attendees` lists mere addresses."},
	{Name: "access", Labels: []string{"user"}, In: recordly, Fields: []Field{{"read", typeBool, "may see it"}, {"edit", typeBool, "may change it"}, {"delete", typeBool, "may delete it"}}, Doc: "What a person may do with the record, as UserRecordAccess says."},
	{Name: "custom", In: append(slices.Clone(recordly), "copy", "user", "changed"), Doc: "Salesforce fields beyond the schema, by API name."},
	{Name: "mailbox", Labels: []string{"user"}, In: worldly, Fields: []Field{{"incomplete", typeKinds, "kinds whose capture is not complete"}, {"uncaptured", typeKinds, "kinds that were not captured"}}, Doc: "What only this person's mailbox has. Blocks as those of records, with the attributes of items."},
	{Name: "view", Labels: []string{"name"}, In: worldly, Fields: []Field{{"members", typeTexts, "the contacts in it"}, {"complete", typeBool, "false: contacts that are not listed may be in it"}}, Doc: "A recorded list view, by developer name."},
	{Name: "expect", Labels: []string{"what"}, In: []string{"test"}, Doc: "What must come of it; see below."},
}

var worldFields = []Field{
	{"at", typeInstant, "the instant of the plan, or of session 1; else 2026-05-04T08:00:00Z, a Monday, and of a recording its last capture (session 1: its first)"},
	{"every", typeText, "the time between sessions; else `30m`"},
	{"recording", typeText, "a recording inside the policy's directory, instead of a world of the test's own"},
	{"time_zone", typeText, "the organisation's time zone; else UTC"},
	{"email_domains", typeTexts, "the organisation's; else `acme.example`"},
	{"incomplete", typeKinds, "kinds whose capture of Salesforce is not complete"},
	{"uncaptured", typeKinds, "kinds that were not captured in Salesforce"},
}

var recordFields = append([]Field{{"participants", typeTexts, "the users who take part in an event: the owner and those invited"}}, itemFields...)

// userFields are the attributes of users that conditions may mention.
func userFields() []Field {
	var out []Field
	for _, a := range state.UserSchema() {
		t := map[state.Type]string{state.Text: typeText, state.Texts: typeTexts, state.Bool: typeBool}[a.Type]
		out = append(out, Field{a.Name, t, a.Doc})
	}
	return out
}

// Blocks lists the blocks of a test file, for the documents. It must not be changed.
func Blocks() []Block { return blocks }

// thingFields name what an expectation is about.
var (
	userField    = Field{"user", typeText, "the person; may be left out where there is only one"}
	sessionField = Field{"session", typeSession, "the session of a simulation, from 1; without it a plan of the world as it stands is made"}
	thingFields  = []Field{userField, sessionField,
		{"contact", typeText, "the thing: its name in the test; of a recording an id or a part of the title"}, {"task", typeText, "the same for a task"}, {"event", typeText, "the same for an event"}}
	whyFields = []Field{{"row", typeText, "the row of the decision table"}, {"reason", typeText, "the code of the reason"},
		{"rule", typeText, "the name of the rule that decided"}}
	actFields = append([]Field{{"on", typeText, "mailbox, salesforce or link"}, {"fields", typeTexts, "exactly the fields it writes"},
		{"link", typeText, "the link afterwards: active, frozen, retired or none"}}, whyFields...)
)

// Expectation is one sort of expectation.
type Expectation struct {
	Name   string
	Fields []Field
	Doc    string
}

var expectations = makeExpectations()

func makeExpectations() []Expectation {
	join := func(lists ...[]Field) []Field { return slices.Concat(lists...) }
	var out []Expectation
	for _, op := range operationNames {
		out = append(out, Expectation{op, join(thingFields, actFields), "The session does this with the thing, and it is not held."})
	}
	return append(out,
		Expectation{"held", join(thingFields, []Field{{"op", typeText, "the operation that is held"}, {"by", typeText, "the code of what holds it"}}, actFields), "An operation on the thing is held."},
		Expectation{"skipped", join(thingFields, whyFields), "The thing is the person's business and is not synced."},
		Expectation{"nothing", thingFields, "Nothing is done with the thing, and nothing is held."},
		Expectation{"in", thingFields, "The verdict on the record: it is downsynced, as if the switch were on."},
		Expectation{"out", join(thingFields, []Field{{"reason", typeText, "the code of the check that fails"}, {"rule", typeText, "the name of the rule that excludes it"}}), "The verdict on the record: it is not."},
		Expectation{"unknown", join(thingFields, []Field{{"reason", typeText, "the code of the check that cannot be told"}}), "The verdict on the record cannot be told."},
		Expectation{"setting", []Field{userField, {"setting", typeText, "its path, such as `contacts.scope`"}, {"value", typeValue, "its value, as policies write it; a view as `view:NAME`"},
			{"layer", typeText, "defaults, org, group, rego, user or preference"}, {"group", typeText, "the group that sets it"}}, "A setting of a person, as resolved."},
		Expectation{"summary", join([]Field{userField, sessionField}, countFields(), []Field{{"verdict", typeText, "no_changes, changes, held or rejected, of the whole plan"}}), "Counts of the plan, of one person or of everybody. In a session what is held or skipped counts when it is new."},
		Expectation{"finding", []Field{sessionField, {"code", typeText, "its code"}, {"severity", typeText, "error, warning or notice"}, {"user", typeText, "a person it names"}, {"absent", typeBool, "true: there is no such finding"}}, "A finding of the plan or session."},
	)
}

// Expectations lists the sorts of expectations, for the documents.
func Expectations() []Expectation { return expectations }

func expectation(name string) *Expectation {
	for i := range expectations {
		if expectations[i].Name == name {
			return &expectations[i]
		}
	}
	return nil
}

func expectationNames() []string {
	var out []string
	for _, e := range expectations {
		out = append(out, e.Name)
	}
	return out
}

// blocksIn are the blocks that may stand in another.
func blocksIn(parent string) []Block {
	var out []Block
	for _, b := range blocks {
		if slices.Contains(b.In, parent) {
			out = append(out, b)
		}
	}
	return out
}

func blockNamed(name string) *Block {
	for i := range blocks {
		if blocks[i].Name == name {
			return &blocks[i]
		}
	}
	return nil
}

// bodySchema is what hcl reads of a block.
func bodySchema(fields []Field, inner []Block) *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, f := range fields {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: f.Name})
	}
	for _, b := range inner {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: b.Name, LabelNames: b.Labels})
	}
	return s
}

// storedFields are the attributes that a side stores of a kind, as fields. All but
// the internal completed and response of records may be written.
func storedFields(k state.Kind, side state.Side) []Field {
	var out []Field
	for _, a := range state.Schema() {
		if a.Has(k) && (a.On(side) == state.Stored) {
			out = append(out, Field{a.Name, a.Type.String(), a.Doc})
		}
	}
	return out
}

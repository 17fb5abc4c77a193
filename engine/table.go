package engine

import "fmt"

// This file is the decision table: what a session does about one record, one
// item, or a linked pair, by the facts known about it. It is data; decide.go
// carries it out. Every combination of facts that can occur has exactly one row
// (a test enumerates them).

// LinkFact is the link's state as the table sees it.
type LinkFact uint8

// Link facts.
const (
	NoLink LinkFact = iota
	ActiveLink
	FrozenLink
	RetiredLink
	numLinkFacts
)

// RecordFact is what is known of the record.
type RecordFact uint8

// Record facts. Without a link a live record is RecordSame.
const (
	RecordNone RecordFact = iota
	RecordSame
	RecordChanged
	RecordDeleted
	RecordGone
	RecordUnseen
	numRecordFacts
)

// ItemFact is what is known of the mailbox item.
type ItemFact uint8

// Item facts. The last four are for things without a link.
const (
	ItemNone ItemFact = iota
	ItemSame
	ItemChanged
	ItemDeleted
	ItemMoved
	ItemUnseen
	ItemMarkedMatch   // an unlinked item that matches the record and is marked
	ItemUnmarkedMatch // an unlinked event that matches the record
	ItemPattern       // an unlinked item that meets the upsync pattern
	ItemPlain         // an unlinked item that does not
	numItemFacts
)

// VerdictFact is the verdict, or that there is none.
type VerdictFact uint8

// Verdict facts.
const (
	NoVerdict VerdictFact = iota
	In
	Out
	Undecided
	numVerdictFacts
)

func (v VerdictFact) String() string { return [...]string{"", "in", "out", "unknown"}[v] }

// RoleFact is what removing the item would mean: contacts and tasks are simply
// deleted, events depend on the user's part in them.
type RoleFact uint8

// Role facts.
const (
	Plain   RoleFact = iota // contact or task
	Own                     // event the user owns or organises
	Invited                 // event the user is invited to
	numRoleFacts
)

// Facts are the columns of the decision table.
type Facts struct {
	Link    LinkFact
	Record  RecordFact
	Item    ItemFact
	Verdict VerdictFact
	On      bool // the kind's downsync switch
	Role    RoleFact
	Kept    bool // forbid to remove is on, or events.removal is keep
}

// set is a set of facts of one column, as a bit mask; zero means any.
type set uint16

func of[T ~uint8](facts ...T) set {
	var s set
	for _, f := range facts {
		s |= 1 << f
	}
	return s
}

func (s set) has(f uint8) bool { return s == 0 || s&(1<<f) != 0 }

// flag restricts a yes/no column; the zero value means either.
type flag uint8

const (
	either flag = iota
	yes
	no
)

func (f flag) has(b bool) bool { return f == either || (f == yes) == b }

// pattern is one line of facts a row covers.
type pattern struct {
	link, record, item, verdict, role set
	on, kept                          flag
}

func (p pattern) matches(f Facts) bool {
	return p.link.has(uint8(f.Link)) && p.record.has(uint8(f.Record)) && p.item.has(uint8(f.Item)) &&
		p.verdict.has(uint8(f.Verdict)) && p.role.has(uint8(f.Role)) && p.on.has(f.On) && p.kept.has(f.Kept)
}

// Row is one row of the decision table.
type Row struct {
	Name string
	// Code is the reason code where the row has just one; decide.go picks among
	// the others.
	Code     string
	Doc      string // what it decides, in words
	patterns []pattern
	act      action
}

// action names the step of decide.go that carries a row out.
type action uint8

const (
	actNothing action = iota
	actCreate
	actSkip
	actUnknown
	actAdopt
	actAdoptFrozen
	actUpload
	actUploadBlind
	actPersonal
	actBlind
	actMovedOut
	actDrop
	actUpdate
	actLeave
	actForget
	actRemove
	actRestore
	actRelease
	actWithdraw
	actKeepEdited
	actRejoin
	actRest
	actRetire
)

var (
	none      = of(NoLink)
	active    = of(ActiveLink)
	frozen    = of(FrozenLink)
	retired   = of(RetiredLink)
	linked    = of(ActiveLink, FrozenLink)
	anyLinked = of(ActiveLink, FrozenLink, RetiredLink)

	same        = of(RecordSame)
	changed     = of(RecordChanged)
	live        = of(RecordSame, RecordChanged)
	liveOrGone  = of(RecordSame, RecordChanged, RecordGone)
	seen        = of(RecordSame, RecordChanged, RecordDeleted, RecordGone)
	deleted     = of(RecordDeleted)
	noRecord    = of(RecordNone)
	unseen      = of(RecordUnseen)
	noOrUnseen  = of(RecordNone, RecordUnseen)
	notDeleted  = of(RecordSame, RecordChanged, RecordGone, RecordUnseen)
	itemSame    = of(ItemSame)
	itemChanged = of(ItemChanged)
	itemLive    = of(ItemSame, ItemChanged)
	itemDeleted = of(ItemDeleted)
	itemUnseen  = of(ItemUnseen)
	itemGiven   = of(ItemSame, ItemChanged, ItemMoved, ItemUnseen)

	in         = of(In)
	out        = of(Out)
	undecided  = of(Undecided)
	settledFor = of(NoVerdict, In, Out)
	plain      = of(Plain)
	own        = of(Own)
	invited    = of(Invited)
)

// Table is the decision table, in the order of the language reference.
var Table = []Row{
	{Name: "create", Code: "in_scope", act: actCreate, Doc: "create a copy in the mailbox",
		patterns: []pattern{{link: none, record: same, item: of(ItemNone), verdict: in, on: yes}}},
	{Name: "skip", act: actSkip, Doc: "nothing: out of scope, or the switch is off",
		patterns: []pattern{
			{link: none, record: same, item: of(ItemNone, ItemUnseen, ItemUnmarkedMatch), verdict: out, on: yes},
			{link: none, record: same, item: of(ItemNone, ItemUnseen, ItemUnmarkedMatch), on: no}}},
	{Name: "unknown", act: actUnknown, Doc: "hold: it cannot be told whether the record is in scope, or whether the mailbox has it already",
		patterns: []pattern{
			{link: none, record: same, item: of(ItemNone, ItemUnseen, ItemMarkedMatch, ItemUnmarkedMatch), verdict: undecided, on: yes},
			{link: none, record: same, item: of(ItemMarkedMatch), verdict: undecided, on: no},
			{link: none, record: same, item: itemUnseen, verdict: in, on: yes}}},
	{Name: "adopt", Code: "matched", act: actAdopt, Doc: "link the record and the item that match, then compare",
		patterns: []pattern{
			{link: none, record: same, item: of(ItemMarkedMatch), verdict: in},
			{link: none, record: same, item: of(ItemUnmarkedMatch), verdict: in, on: yes}}},
	{Name: "adopt-frozen", Code: "matched_out_of_scope", act: actAdoptFrozen, Doc: "link the record and the item that match, without keeping them equal",
		patterns: []pattern{{link: none, record: same, item: of(ItemMarkedMatch), verdict: out}}},
	{Name: "upload", Code: "upsync_pattern", act: actUpload, Doc: "create a record in Salesforce",
		patterns: []pattern{{link: none, record: noRecord, item: of(ItemPattern)}}},
	{Name: "upload-blind", Code: "salesforce_incomplete", act: actUploadBlind, Doc: "hold: it cannot be told whether Salesforce has it already",
		patterns: []pattern{{link: none, record: unseen, item: of(ItemPattern)}}},
	{Name: "personal", Code: "personal", act: actPersonal, Doc: "nothing: the person's own",
		patterns: []pattern{{link: none, record: noOrUnseen, item: of(ItemPlain)}}},
	{Name: "blind", act: actBlind, Doc: "hold whatever a visible change would give: one side cannot be told",
		patterns: []pattern{
			{link: linked, record: unseen},
			{link: linked, record: seen, item: itemUnseen},
			{link: linked, record: live, item: of(ItemSame, ItemChanged, ItemDeleted, ItemMoved), verdict: undecided}}},
	{Name: "moved-out", Code: "moved_out", act: actMovedOut, Doc: "the person took the item out of the sync: retire the link",
		patterns: []pattern{{link: linked, record: seen, item: of(ItemMoved), verdict: settledFor}}},
	{Name: "ended", Code: "both_gone", act: actDrop, Doc: "both sides are gone: drop the link",
		patterns: []pattern{{link: anyLinked, record: deleted, item: itemDeleted}}},
	{Name: "settled", act: actNothing, Doc: "nothing: both sides are as last agreed",
		patterns: []pattern{{link: active, record: same, item: itemSame, verdict: in}}},
	{Name: "update-down", Code: "changed_in_salesforce", act: actUpdate, Doc: "update the mailbox",
		patterns: []pattern{{link: active, record: changed, item: itemSame, verdict: in, on: yes}}},
	{Name: "diverged", Code: "downsync_off", act: actUpdate, Doc: "nothing: the switch is off, the copies diverge",
		patterns: []pattern{{link: active, record: changed, item: itemSame, verdict: in, on: no}}},
	{Name: "update-up", Code: "changed_in_mailbox", act: actUpdate, Doc: "update Salesforce",
		patterns: []pattern{{link: active, record: same, item: itemChanged, verdict: in}}},
	{Name: "merge", Code: "changed_on_both", act: actUpdate, Doc: "both sides changed: field by field",
		patterns: []pattern{{link: active, record: changed, item: itemChanged, verdict: in}}},
	{Name: "leave", Code: "left_scope", act: actLeave, Doc: "the record left the scope: freeze the link or remove the copy, as when_out says",
		patterns: []pattern{{link: active, record: liveOrGone, item: itemLive, verdict: out}}},
	{Name: "forget", Code: "deleted_out_of_scope", act: actForget, Doc: "the copy went while the record was out of scope: drop the link",
		patterns: []pattern{{link: active, record: liveOrGone, item: itemDeleted, verdict: out}}},
	{Name: "remove", Code: "deleted_in_mailbox", act: actRemove, Doc: "the person deleted the copy: delete in Salesforce",
		patterns: []pattern{{link: active, record: live, item: itemDeleted, verdict: in, role: plain, kept: no}}},
	{Name: "remove-event", Code: "deleted_in_mailbox", act: actRemove, Doc: "the person deleted their own event: delete in Salesforce",
		patterns: []pattern{{link: active, record: live, item: itemDeleted, verdict: in, role: own, kept: no}}},
	{Name: "decline", Code: "deleted_in_mailbox", act: actRemove, Doc: "the person deleted an invitation: decline it in Salesforce",
		patterns: []pattern{{link: active, record: live, item: itemDeleted, verdict: in, role: invited, kept: no}}},
	{Name: "restore", Code: "forbid_to_remove", act: actRestore, Doc: "removing is forbidden: create the copy again",
		patterns: []pattern{{link: active, record: live, item: itemDeleted, verdict: in, on: yes, kept: yes}}},
	{Name: "release", Code: "forbid_to_remove", act: actRelease, Doc: "removing is forbidden and the switch is off: keep the record, drop the link",
		patterns: []pattern{{link: active, record: live, item: itemDeleted, verdict: in, on: no, kept: yes}}},
	{Name: "withdraw", Code: "deleted_in_salesforce", act: actWithdraw, Doc: "the record was deleted: remove the copy, or retire the link and leave it",
		patterns: []pattern{{link: active, record: deleted, item: itemSame}}},
	{Name: "keep-edited", Code: "edited_copy_kept", act: actKeepEdited, Doc: "the record was deleted, but the copy was edited: it stays, the link is retired",
		patterns: []pattern{{link: active, record: deleted, item: itemChanged}}},
	{Name: "rejoin", Code: "back_in_scope", act: actRejoin, Doc: "back in scope: the link is active again",
		patterns: []pattern{{link: frozen, record: live, item: of(ItemSame, ItemChanged, ItemDeleted), verdict: in, on: yes}}},
	{Name: "rest", Code: "out_of_scope", act: actRest, Doc: "nothing: out of scope, the copy is kept as it is",
		patterns: []pattern{
			{link: frozen, record: liveOrGone, item: itemLive, verdict: out},
			{link: frozen, record: live, item: itemLive, verdict: in, on: no}}},
	{Name: "frozen-forget", Code: "deleted_out_of_scope", act: actForget, Doc: "the kept copy was deleted: drop the link",
		patterns: []pattern{
			{link: frozen, record: liveOrGone, item: itemDeleted, verdict: out},
			{link: frozen, record: live, item: itemDeleted, verdict: in, on: no}}},
	{Name: "frozen-keep", Code: "deleted_in_salesforce", act: actRetire, Doc: "the record was deleted, the kept copy stays: retire the link",
		patterns: []pattern{{link: frozen, record: deleted, item: itemLive}}},
	{Name: "retired", Code: "retired", act: actNothing, Doc: "nothing: one side was taken away on purpose",
		patterns: []pattern{
			{link: retired, record: notDeleted},
			{link: retired, record: deleted, item: itemGiven}}},
}

// Find is the row for the facts. Facts that cannot occur have none: that is a
// bug in whoever built them, and the caller holds rather than guesses.
func Find(f Facts) (*Row, error) {
	for i := range Table {
		if Table[i].covers(f) {
			return &Table[i], nil
		}
	}
	return nil, fmt.Errorf("engine: no row of the decision table for %+v", f)
}

func (r *Row) covers(f Facts) bool {
	for _, p := range r.patterns {
		if p.matches(f) {
			return true
		}
	}
	return false
}

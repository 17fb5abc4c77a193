package engine

import (
	"time"

	"weir/state"
)

// PlanFormat and its major version stand in every plan. Additions keep it;
// removals and renames make a new major version.
const PlanFormat = "weir.plan/1"

// Plan is what one session would do: plain data, the JSON form of the language
// reference's machine output. Effects the simulator needs are kept beside the
// JSON in unexported-by-tag fields.
type Plan struct {
	Format          string    `json:"format"`
	Demo            bool      `json:"demo,omitempty"`
	Session         int       `json:"session"`
	At              time.Time `json:"at"`
	PolicyDigest    string    `json:"policy_digest"`
	RecordingDigest string    `json:"recording_digest"`
	// WeirVersion, TimeZones, Options and OptionsDigest say what it was made by and
	// with, so that weir verify can make it again; absent in the
	// sessions of a simulation, which has them itself.
	WeirVersion   string     `json:"weir_version,omitempty"`
	TimeZones     string     `json:"time_zones,omitempty"` // the database's version
	Options       *MadeWith  `json:"options,omitempty"`
	OptionsDigest string     `json:"options_digest,omitempty"`
	Users         []UserPlan `json:"users"`
	Summary       Summary    `json:"summary"`
	Findings      []Finding  `json:"findings"`
	// Guardrails is what the policy's guardrails say; nil where none was asked.
	Guardrails []Guardrail `json:"guardrails,omitzero"`
	Verdict    Verdict     `json:"verdict"`

	notes *notebook // the findings before they are worded
	asked string    // see Options.Asked
}

// UserPlan is one person's part of a plan.
type UserPlan struct {
	User       string      `json:"user"`
	Provider   string      `json:"provider"`
	Name       string      `json:"name,omitempty"`
	TimeZone   string      `json:"time_zone,omitempty"`
	Operations []Operation `json:"operations"`
	Skipped    []Skipped   `json:"skipped"`
	// SkippedWhole says why the person is left out entirely: "user_inactive" or
	// "sync_off"; "" for everybody else.
	SkippedWhole *Reason `json:"skipped_whole,omitempty"`
	Summary      Summary `json:"summary"`
}

// Op is what an operation does.
type Op string

// The operations.
const (
	OpCreate     Op = "create"
	OpUpdate     Op = "update"
	OpDelete     Op = "delete"
	OpRestore    Op = "restore"
	OpDecline    Op = "decline"
	OpLink       Op = "link"
	OpUnlink     Op = "unlink"
	OpFreeze     Op = "freeze"
	OpReactivate Op = "reactivate"
)

// Target is the side an operation acts on.
type Target string

// The targets, in the order plans list them.
const (
	OnMailbox    Target = "mailbox"
	OnSalesforce Target = "salesforce"
	OnLink       Target = "link"
)

// Operation is one thing a session does, or would do if it were not held.
type Operation struct {
	ID          string   `json:"id"`
	Op          Op       `json:"op"`
	On          Target   `json:"on"`
	Kind        string   `json:"kind"`
	RecordID    string   `json:"record_id"`
	ItemID      string   `json:"item_id"`
	Title       string   `json:"title"`
	Changes     []Change `json:"changes"`
	Held        bool     `json:"held"`
	Row         string   `json:"row"`
	Reason      Reason   `json:"reason"`
	HeldBy      *Reason  `json:"held_by,omitempty"`
	Occurrences int      `json:"occurrences,omitempty"`
	Notifies    int      `json:"notifies,omitempty"`
	Cause       string   `json:"cause,omitempty"`
	// Lost names the fields in which a conflict discards a value; the values stand
	// in Changes.
	Lost []string `json:"lost,omitempty"`
	// Superseded: in a simulation, another operation of the session forestalled it;
	// it is shown, not carried out and not counted.
	Superseded bool `json:"superseded,omitempty"`
	// Fault names the injected fault, in a simulation with faults, that kept it from
	// being carried out; it is shown and not counted.
	Fault string `json:"fault,omitempty"`
	// Link is the state of the link after the operation: "active", "frozen",
	// "retired" or "none".
	Link string `json:"link,omitempty"`

	// Effect is what carrying it out does to the world; the simulator's business.
	Effect *Effect `json:"-"`

	// breaks are the invariants that it would break, if it is carried out.
	breaks []breach
}

// Change is one field an operation writes. From and To are null, text, bool or a
// list of texts; bodies give lengths only.
type Change struct {
	Field string `json:"field"`
	From  any    `json:"from"`
	To    any    `json:"to"`
	// Lost is the value a conflict discards, where it discards one.
	Lost any `json:"lost,omitempty"`
}

// Reason says why, in words and as a code, and which policy line decided.
type Reason struct {
	Code   string     `json:"code"`
	Text   string     `json:"text"`
	Policy *PolicyRef `json:"policy"`
}

// PolicyRef is a place in the policy.
type PolicyRef struct {
	Layer string `json:"layer"`
	Name  string `json:"name"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// Skipped is something of the user's own business that is not synced, and why.
type Skipped struct {
	Kind     string `json:"kind"`
	RecordID string `json:"record_id"`
	ItemID   string `json:"item_id"`
	Title    string `json:"title"`
	Row      string `json:"row"`
	Reason   Reason `json:"reason"`
}

// Summary counts a plan's rows.
type Summary struct {
	Operations OperationCounts `json:"operations"`
	Held       int             `json:"held"`
	Skipped    int             `json:"skipped"`
	Unchanged  int             `json:"unchanged"`
	Unseen     int             `json:"unseen"`
	Others     int             `json:"others"`
	Personal   int             `json:"personal"`
}

// OperationCounts counts operations that are not held.
type OperationCounts struct {
	Mailbox    MailboxCounts    `json:"mailbox"`
	Salesforce SalesforceCounts `json:"salesforce"`
	Link       LinkCounts       `json:"link"`
}

// MailboxCounts are operations on mailboxes.
type MailboxCounts struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Delete  int `json:"delete"`
	Restore int `json:"restore"`
}

// SalesforceCounts are operations on Salesforce.
type SalesforceCounts struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Delete  int `json:"delete"`
	Decline int `json:"decline"`
}

// LinkCounts are operations on links alone.
type LinkCounts struct {
	Link       int `json:"link"`
	Unlink     int `json:"unlink"`
	Freeze     int `json:"freeze"`
	Reactivate int `json:"reactivate"`
}

// Finding is something the admin should know.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`
	// Remedy says what to do about it, or that nothing needs to be done.
	Remedy   string   `json:"remedy"`
	Users    []string `json:"users"`
	Items    []string `json:"items"`
	Sessions []int    `json:"sessions"`
	// Policy is what of the policy it is about; nil for most.
	Policy *PolicyRef `json:"policy,omitempty"`
}

// Guardrail is what a guardrail of the policy says about a plan or a simulation:
// it denies, or else it warns.
type Guardrail struct {
	Deny    bool   `json:"deny"`
	Message string `json:"message"`
	File    string `json:"file"`
	Line    int    `json:"line"`
}

// Severity of a finding.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityNotice  Severity = "notice"
)

// Verdict is a plan's outcome in one word.
type Verdict string

// The verdicts: rejected over held over changes over no_changes.
const (
	VerdictRejected  Verdict = "rejected"
	VerdictHeld      Verdict = "held"
	VerdictChanges   Verdict = "changes"
	VerdictNoChanges Verdict = "no_changes"
)

// Effect is what an operation does to the world, for the simulator to apply.
type Effect struct {
	User *state.User
	Kind state.Kind
	// Record and Item are the objects before the operation; nil where there is none.
	Record, Item *state.Object
	// NewItem is the mailbox item as a create, restore or update leaves it;
	// NewRecord the record as a create or update leaves it. Their ids are those of
	// Record and Item, or "" for something new.
	NewItem, NewRecord *state.Item
	// Fields are the attributes an update writes, on the operation's side.
	Fields []state.Attr
	// Link is the link after the operation; nil drops it. RecordID or ItemID is ""
	// where the operation creates that side.
	Link *state.Link
	// Old is the link before.
	Old *state.Link
	// WhenOut is the line that has a copy removed which left the scope, beside the
	// line that put it there; nil of all else.
	WhenOut *PolicyRef
}

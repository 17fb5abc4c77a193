// Package compare says what a change of policy changes: which decisions flip on
// recordings, for whom and because of which lines, and what can be proved about all
// inputs.
package compare

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/policies/prove"
)

// Format names the JSON form of a comparison.
const Format = "weir.diff/1"

// Report is the comparison of two policies.
type Report struct {
	Format     string      `json:"format"`
	Old        Side        `json:"old"`
	New        Side        `json:"new"`
	Recordings []Recording `json:"recordings"`
	// People counts everybody in the recordings, Affected those for whom at least one
	// decision flips, Flips the decisions.
	People   int `json:"people"`
	Affected int `json:"affected"`
	Flips    int `json:"flips"`
	// Before and After are what all sessions of all recordings do under either policy.
	Before engine.Summary `json:"before"`
	After  engine.Summary `json:"after"`
	// Causes are the policy changes that flip decisions, those of the most flips first.
	Causes []Cause `json:"causes"`
	// Users are the people affected, by address.
	Users []UserFlips `json:"users"`
	// Decisions are the flips by recording, session, user, kind and id.
	Decisions []Flip `json:"decisions"`
	// MoreSets: not every set of changes was tried that might suffice for some flip.
	MoreSets bool           `json:"more_sets,omitempty"`
	Proofs   []Proof        `json:"proofs"`
	Verdict  engine.Verdict `json:"verdict"`
}

// Select leaves only the flips of people whose address matches the glob; "" is
// everybody. Numbers, causes and the verdict stay those of all.
func (r *Report) Select(glob string) error {
	if glob == "" {
		return nil
	}
	glob = strings.ToLower(glob)
	if _, err := path.Match(glob, ""); err != nil {
		return fmt.Errorf("--user %q: %w", glob, err)
	}
	other := func(user string) bool {
		ok, _ := path.Match(glob, user)
		return !ok
	}
	r.Users = slices.DeleteFunc(r.Users, func(u UserFlips) bool { return other(u.User) })
	r.Decisions = slices.DeleteFunc(r.Decisions, func(f Flip) bool { return other(f.User) })
	return nil
}

// Side is one of the two policies.
type Side struct {
	Name         string `json:"name"` // as it was named on the command line
	PolicyDigest string `json:"policy_digest"`
}

// Recording is one that both policies were simulated over.
type Recording struct {
	Name            string    `json:"name"`
	RecordingDigest string    `json:"recording_digest"`
	From            time.Time `json:"from"`
	To              time.Time `json:"to"`
	Sessions        int       `json:"sessions"`
}

// Cause is a change of the policy: a setting, a rule or a limit.
type Cause struct {
	What string            `json:"what"` // "setting contacts.scope", "rule no-private-events"
	Text string            `json:"text"` // "is now mine, was all"
	Old  *engine.PolicyRef `json:"old"`  // nil where the old policy has no such line
	New  *engine.PolicyRef `json:"new"`
	// Flips and People count what it has a part in.
	Flips  int `json:"flips"`
	People int `json:"people"`
}

// UserFlips are one person's flips, by kind and direction.
type UserFlips struct {
	User string `json:"user"`
	Name string `json:"name,omitempty"`
	// Kinds are keyed "contact", "task", "event".
	Kinds map[string]DirectionFlips `json:"kinds"`
	// Losing is the share in percent of the person's copies, in mailboxes, that the
	// new policy removes and the old one keeps.
	Losing int `json:"losing_percent"`
}

// DirectionFlips counts flips that concern the mailbox, Salesforce and links.
type DirectionFlips struct {
	Mailbox    int `json:"mailbox"`
	Salesforce int `json:"salesforce"`
	Link       int `json:"link"`
}

// Flip is one decision that differs.
type Flip struct {
	Recording string   `json:"recording"`
	Session   int      `json:"session"`
	User      string   `json:"user"`
	Kind      string   `json:"kind"`
	RecordID  string   `json:"record_id"`
	ItemID    string   `json:"item_id"`
	Title     string   `json:"title"`
	Before    Decision `json:"before"`
	After     Decision `json:"after"`
	// Causes index Report.Causes: the fewest changes that suffice, if Suffice says so,
	// else those whose lines the decisions quote.
	Causes []int `json:"causes"`
	// Suffice: with these changes alone the old policy decides as the new one, and with
	// fewer it does not (changes of Rego modules that set settings count as one). OtherSets
	// counts the other sets, as small, that do too, of those that were tried.
	Suffice   bool `json:"causes_suffice"`
	OtherSets int  `json:"other_sets,omitempty"`

	key string // of the thing
}

// Decision is what one policy does about a thing. Op is "" where it does nothing.
type Decision struct {
	Op     engine.Op      `json:"op"`
	On     engine.Target  `json:"on"`
	Held   bool           `json:"held"`
	Row    string         `json:"row"`
	Reason *engine.Reason `json:"reason"` // nil where there is no row at all
}

// Relation is how the new policy's answer stands to the old one's, over all inputs.
type Relation = prove.Relation

// The relations.
const (
	Equal     = prove.Equal
	Narrower  = prove.Narrower
	Wider     = prove.Wider
	Both      = prove.Both
	Undecided = prove.Undecided
)

// Proof is what was proved about one setting or rule.
type Proof struct {
	What     string            `json:"what"`
	Kind     string            `json:"kind,omitempty"`
	Relation Relation          `json:"relation"`
	Text     string            `json:"text"` // in words; why, where it is undecided
	Old      *engine.PolicyRef `json:"old"`
	New      *engine.PolicyRef `json:"new"`
	// Examples are the smallest things about which the policies differ, each tried in
	// the engine: at most one for narrower and one for wider.
	Examples []Example `json:"examples"`
}

// Example is one thing and the instant, with what either policy answers.
type Example struct {
	Relation Relation  `json:"relation"` // narrower or wider
	At       time.Time `json:"at"`
	// Fields are attributes by their names in conditions ("item.due", "user.profile")
	// with their values in CEL's notation, in order.
	Fields []Field `json:"fields"`
	Old    string  `json:"old"`
	New    string  `json:"new"`

	origin *origin
}

// Where says for what it is an example: its fields, on one line.
func (e *Example) Where() string {
	fields := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = f.Name + " = " + f.Value
	}
	if len(fields) == 0 {
		return "anything"
	}
	return strings.Join(fields, ", ")
}

// Field is an attribute with its value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

package salesforce

import (
	"strings"

	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// Prefixes of ids that matter here.
const (
	prefixUser     = "005"
	prefixLead     = "00Q"
	prefixContact  = "003"
	prefixTask     = "00T"
	prefixEvent    = "00U"
	prefixRelation = "0RE"
	prefixAccount  = "001"

	prefixTaskRelation = "0RT"
)

// KindOfID tells a record's kind by its id; KindInvalid for any other.
func KindOfID(id string) state.Kind {
	switch {
	case strings.HasPrefix(id, prefixContact):
		return state.Contact
	case strings.HasPrefix(id, prefixTask):
		return state.Task
	case strings.HasPrefix(id, prefixEvent):
		return state.Event
	}
	return state.KindInvalid
}

// IsUserID tells a user's id from that of a queue, contact or lead.
func IsUserID(id string) bool { return strings.HasPrefix(id, prefixUser) }

// Env is what reading needs to know beyond the file itself. It is shared by all
// files of a recording.
type Env struct {
	Problems *wire.Problems
	// SyncIdentities are the users whose changes are the sync's own.
	SyncIdentities map[string]bool
	// Described are the types of custom fields by object type and field.
	Described map[string]map[string]state.Type
	// Custom collects the custom fields that rows have, by object type.
	Custom map[string]map[string]state.Type
	// trees are the folders whose sObject trees were read, by kind.
	trees map[string]string
}

// NewEnv makes an environment without sync identities or describes.
func NewEnv(problems *wire.Problems) *Env {
	return &Env{Problems: problems, SyncIdentities: map[string]bool{},
		Described: map[string]map[string]state.Type{}, Custom: map[string]map[string]state.Type{}, trees: map[string]string{}}
}

// customType is the type of a field beyond the schema, noting that a row has it.
func (e *Env) customType(object, field string) state.Type {
	t, ok := e.Described[object][field]
	if !ok {
		t = state.Text
	}
	if e.Custom[object] == nil {
		e.Custom[object] = map[string]state.Type{}
	}
	e.Custom[object][field] = t
	return t
}

// ID normalises an id, noting what is wrong with it.
func (e *Env) ID(file string, pos textpos.Pos, id string) string {
	if isReference(id) {
		return id
	}
	fixed, problem := NormalizeID(id)
	switch problem {
	case IDNoID:
		e.Problems.Warn(file, pos, "Not a Salesforce id", "%q is not 15 or 18 letters and digits. It is compared as it is.", wire.Clip(id))
	case IDChecksum:
		e.Problems.Warn(file, pos, "Damaged Salesforce id", "The last three characters of %q do not fit the rest: one of its characters, or its case, was changed. It is compared as it is.", id)
	case IDCase:
		e.Problems.Warn(file, pos, "Salesforce id in the wrong case", "%q lost the case of its letters; it is read as %q. Something between Salesforce and this file changes case, which would turn a 15-character id into another record's.", id, fixed)
	}
	return fixed
}

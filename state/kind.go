package state

// Kind says what sort of thing a record or item is. The zero value is invalid.
type Kind uint8

// The kinds weir syncs. E-mails only go up and are no kind of their own.
const (
	KindInvalid Kind = iota
	Contact
	Task
	Event
)

var kindNames = [...]string{"invalid", "contact", "task", "event"}

// Kinds lists the valid kinds in the order in which plans show them.
func Kinds() [3]Kind { return [3]Kind{Contact, Task, Event} }

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[0]
}

// Plural is the kind's name for many of them, as policies write it ("contacts").
func (k Kind) Plural() string { return k.String() + "s" }

// ParseKind reads a kind's singular name.
func ParseKind(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.String() == name {
			return k, true
		}
	}
	return KindInvalid, false
}

// Side says where a thing lives. The zero value is invalid.
type Side uint8

// The two sides of every link.
const (
	SideInvalid Side = iota
	Salesforce
	Mailbox
)

var sideNames = [...]string{"invalid", "salesforce", "mailbox"}

func (s Side) String() string {
	if int(s) < len(sideNames) {
		return sideNames[s]
	}
	return sideNames[0]
}

// Other is the opposite side.
func (s Side) Other() Side {
	switch s {
	case Salesforce:
		return Mailbox
	case Mailbox:
		return Salesforce
	}
	return SideInvalid
}

// Truth is a three-valued (Kleene) truth. The zero value is Unknown, so that
// what nobody set is never taken for false.
type Truth int8

// The three truths, ordered False < Unknown < True so that and is min, or is max.
const (
	False   Truth = -1
	Unknown Truth = 0
	True    Truth = 1
)

// TruthOf turns a known bool into a Truth.
func TruthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

// And is Kleene's conjunction.
func (t Truth) And(o Truth) Truth { return min(t, o) }

// Or is Kleene's disjunction.
func (t Truth) Or(o Truth) Truth { return max(t, o) }

// Not is Kleene's negation.
func (t Truth) Not() Truth { return -t }

func (t Truth) String() string {
	switch t {
	case True:
		return "true"
	case False:
		return "false"
	}
	return "unknown"
}

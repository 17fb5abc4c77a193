package engine

import "time"

// Explanation answers why, and why not, for one user and one thing: every check
// with the value seen, the decisive one marked, the table row, and the settings
// with what they overruled.
type Explanation struct {
	User     string    `json:"user"`
	Name     string    `json:"name"`
	At       time.Time `json:"at"`
	TimeZone string    `json:"time_zone"`
	Kind     string    `json:"kind"`
	RecordID string    `json:"record_id"`
	ItemID   string    `json:"item_id"`
	Title    string    `json:"title"`
	// Headline is the outcome in one sentence.
	Headline string `json:"headline"`
	// Verdict is "in", "out", "unknown" or "" where there is no live record.
	Verdict string `json:"verdict"`
	// Switch is the kind's downsync switch.
	Switch bool   `json:"switch"`
	Row    string `json:"row"`
	// RowText says what the row decides, in words.
	RowText    string        `json:"row_text"`
	Checks     []CheckLine   `json:"checks"`
	Rules      []RuleLine    `json:"rules"`
	Link       *LinkLine     `json:"link"`
	Settings   []SettingLine `json:"settings"`
	Operations []Operation   `json:"operations"`
	Skipped    *Skipped      `json:"skipped"`
	Evidence   []string      `json:"evidence"`
	// Causes lead from the operations back to what began them, the nearest first; only
	// in a simulation.
	Causes []CauseStep `json:"causes,omitempty"`
	// Nearest lists what would make it sync, the smallest change first; empty for
	// what syncs, for what people took away, where nothing is known that would, and
	// where no item was asked for.
	Nearest []Nearest `json:"nearest"`
}

// CheckLine is one check of the verdict.
type CheckLine struct {
	Code   string `json:"code"`
	Result string `json:"result"` // "pass", "fail" or "unknown"
	// Condition is what the check asks, as the settings give it.
	Condition string     `json:"condition"`
	Text      string     `json:"text"`
	Decisive  bool       `json:"decisive"`
	Policy    *PolicyRef `json:"policy"`
}

// RuleLine is one rule that bears on the thing, and whether it matched.
type RuleLine struct {
	Name      string     `json:"name"`
	Direction string     `json:"direction"`
	Effect    string     `json:"effect"`
	Result    string     `json:"result"` // "true", "false" or "unknown"
	Text      string     `json:"text"`
	Policy    *PolicyRef `json:"policy"`
}

// LinkLine describes the link.
type LinkLine struct {
	State string `json:"state"`
	Born  string `json:"born"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// SettingLine is one resolved setting with its origin and what it overruled.
type SettingLine struct {
	Path      string          `json:"path"`
	Value     string          `json:"value"`
	Policy    *PolicyRef      `json:"policy"`
	Overruled []OverruledLine `json:"overruled,omitempty"`
}

// OverruledLine is a value that a higher layer, or forced, put out of effect.
type OverruledLine struct {
	Value  string     `json:"value"`
	Why    string     `json:"why"`
	Policy *PolicyRef `json:"policy"`
}

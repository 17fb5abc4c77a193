package engine

import "time"

// MadeWith are the options that shape a plan's or a simulation's JSON, as they were
// given: what is needed, beside the policy and the recording, to make it again.
// Defaults that depend on the recording are left out.
type MadeWith struct {
	At       *time.Time `json:"at,omitempty"`   // plan: the session's instant
	From     *time.Time `json:"from,omitempty"` // simulation: --from
	To       *time.Time `json:"to,omitempty"`   // simulation: --to
	Every    string     `json:"every,omitempty"`
	Sessions int        `json:"sessions,omitempty"`
	Settle   bool       `json:"settle,omitempty"`
	// Faults are the injected faults, as on the command line; "" for none.
	Faults     string   `json:"faults,omitempty"`
	FaultKinds []string `json:"fault_kinds,omitzero"`
	FaultRate  string   `json:"fault_rate,omitempty"`

	User        string `json:"user"` // the pattern of people shown; "" for everybody
	ShowPrivate bool   `json:"show_private"`
	// BuiltInPolicy and DemoRecording say that none was named.
	BuiltInPolicy bool `json:"built_in_policy"`
	DemoRecording bool `json:"demo_recording"`
}

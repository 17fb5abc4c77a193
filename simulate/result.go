package simulate

import (
	"time"

	"weir/engine"
)

// Format names the simulation's JSON form.
const Format = "weir.simulation/1"

// Result is a whole simulation, in the JSON form of the machine output.
type Result struct {
	Format          string `json:"format"`
	Demo            bool   `json:"demo,omitempty"`
	PolicyDigest    string `json:"policy_digest"`
	RecordingDigest string `json:"recording_digest"`
	// WeirVersion, TimeZones, Options and OptionsDigest say what it was made by and
	// with, so that weir verify can make it again.
	WeirVersion   string           `json:"weir_version,omitempty"`
	TimeZones     string           `json:"time_zones,omitempty"` // the database's version
	Options       *engine.MadeWith `json:"options,omitempty"`
	OptionsDigest string           `json:"options_digest,omitempty"`
	From          time.Time        `json:"from"`
	To            time.Time        `json:"to"`
	Every         string           `json:"every"` // a Go duration
	// SessionsRun counts all sessions, the quiet ones left out of Sessions included.
	SessionsRun int `json:"sessions_run"`
	// SessionsPlanned counts those that had to be planned because something may have
	// changed; the others are known to change nothing.
	SessionsPlanned int `json:"-"`
	// Sessions leaves out exactly those with no operation, no new held or skipped
	// row and no new finding; the first and the last are always there.
	Sessions []*engine.Plan   `json:"sessions"`
	Summary  engine.Summary   `json:"summary"`
	Findings []engine.Finding `json:"findings"`
	Settled  *Settled         `json:"settled"`
	// Replay counts what became of the recorded changes after the first session.
	Replay ReplayCounts `json:"replay"`
	// Faults says what became of injected faults; nil where none were asked for.
	Faults *FaultReport `json:"faults,omitempty"`
	// Guardrails is what the policy's guardrails say; nil where none was asked.
	Guardrails []engine.Guardrail `json:"guardrails,omitzero"`
	Verdict    engine.Verdict     `json:"verdict"`
}

// ReplayCounts says what became of the recorded changes.
type ReplayCounts struct {
	Replayed    int `json:"replayed"`    // people's, done again in the simulated world
	LeftOut     int `json:"left_out"`    // the real sync's
	Undecided   int `json:"undecided"`   // either's: not done again
	Unreachable int `json:"unreachable"` // people's, with nothing there to do them to
}

func (c *ReplayCounts) add(h happenings) {
	c.Replayed += h.did
	c.LeftOut += h.leftOut
	c.Undecided += len(h.undecided)
	c.Unreachable += len(h.unreachable)
}

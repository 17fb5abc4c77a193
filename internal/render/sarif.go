package render

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"weir/check"
	"weir/engine"
	"weir/internal/version"
)

// maxSARIF is how many results GitHub takes of one run.
const maxSARIF = 25_000

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Results     []sarifResult     `json:"results"`
	Invocations []sarifInvocation `json:"invocations"`
	ColumnKind  string            `json:"columnKind"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

// sarifRule has no helpUri: the format wants an absolute address, and there is none
// of which weir could know that it leads to the documents of this version. Help says
// what the page of the rule does, and its name.
type sarifRule struct {
	ID               string       `json:"id"`
	Name             string       `json:"name,omitempty"`
	ShortDescription sarifText    `json:"shortDescription"`
	FullDescription  *sarifText   `json:"fullDescription,omitempty"`
	Help             *sarifHelp   `json:"help,omitempty"`
	Default          *sarifConfig `json:"defaultConfiguration,omitempty"`
}

type sarifHelp struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

// SARIF writes findings as SARIF 2.1.0, the form of code scanning. Of more results
// than GitHub takes those past the bound are counted in a notification.
func SARIF(w io.Writer, b *Brief) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "weir", Version: version.Version, Rules: []sarifRule{}}},
		Results: []sarifResult{}, ColumnKind: "unicodeCodePoints", Invocations: []sarifInvocation{{ExecutionSuccessful: true}}}
	index := map[string]int{}
	for _, f := range b.Findings {
		if _, ok := index[f.Rule]; !ok {
			index[f.Rule] = 0
		}
	}
	for i, id := range sortedKeys(index) {
		index[id] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(id))
	}
	list := bySeverity(b.Findings)
	seen := map[string]int{}
	for i, f := range list {
		if i == maxSARIF {
			run.Invocations[0].Notifications = []sarifNotification{{"warning",
				sarifText{fmt.Sprintf("%s findings are left out", Thousands(len(list)-maxSARIF))}}}
			break
		}
		run.Results = append(run.Results, sarifOf(f, index[f.Rule], seen))
	}
	return JSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// ruleOf is a rule as the log describes it.
func ruleOf(id string) sarifRule {
	r, ok := check.RuleOf(id)
	if !ok {
		return sarifRule{ID: id, ShortDescription: sarifText{code(strings.ReplaceAll(id, "-", "_"))}}
	}
	page := "docs/rules/" + r.ID + ".md"
	return sarifRule{ID: id, Name: r.Name, ShortDescription: sarifText{r.Meaning}, FullDescription: &sarifText{r.Meaning + " " + r.Why},
		Help: &sarifHelp{Text: fmt.Sprintf("%s %s %s See %s of weir's documents.", r.Meaning, r.Why, r.Remedy, page),
			Markdown: fmt.Sprintf("%s\n\n**Why it matters.** %s\n\n**What to do.** %s\n\nSee `%s` of weir's documents.", r.Meaning, r.Why, r.Remedy, page)},
		Default: &sarifConfig{cmp.Or(sarifLevels[r.Severity], "note")}}
}

var sarifLevels = map[engine.Severity]string{engine.SeverityError: "error", engine.SeverityWarning: "warning", engine.SeverityNotice: "note"}

func sarifOf(f check.Finding, rule int, seen map[string]int) sarifResult {
	r := sarifResult{RuleID: f.Rule, RuleIndex: rule, Level: cmp.Or(sarifLevels[f.Severity], "note"), Message: sarifText{Escape(findingText(f))}}
	// Lines move; what is said about which file does not.
	key := f.Rule + "\x00" + f.File + "\x00" + f.Text
	seen[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, seen[key]))
	r.Fingerprints = map[string]string{"weir/v1": hex.EncodeToString(sum[:16])}
	if f.File != "" {
		p := sarifPhysical{Artifact: sarifArtifact{(&url.URL{Path: f.File}).EscapedPath()}}
		if f.Line > 0 {
			p.Region = &sarifRegion{StartLine: f.Line, StartColumn: f.Column}
			if f.EndLine >= f.Line && f.EndColumn > 0 && f.Column > 0 {
				p.Region.EndLine, p.Region.EndColumn = f.EndLine, f.EndColumn
			}
		}
		r.Locations = []sarifLocation{{p}}
	}
	return r
}

// findingText is a finding with what to do about it.
func findingText(f check.Finding) string {
	if f.Remedy == "" {
		return f.Text
	}
	return strings.TrimSuffix(f.Text, ".") + ". " + f.Remedy
}

var severityOrder = map[engine.Severity]int{engine.SeverityError: 0, engine.SeverityWarning: 1, engine.SeverityNotice: 2}

// bySeverity lists errors first, each in the given order.
func bySeverity(list []check.Finding) []check.Finding {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b check.Finding) int {
		return cmp.Compare(severityOrder[a.Severity], severityOrder[b.Severity])
	})
	return out
}

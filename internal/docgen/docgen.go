// Package docgen keeps the tables of docs/ true: it makes them from the tables
// that the code itself goes by (the settings catalogue, the schema of attributes,
// the decision table, the limits on sizes), so that the reference cannot say
// anything else. The words around them are written by hand, and the tests of this
// package run what they show.
//
// A generated part stands between two comments:
//
//	<!-- generated: NAME -->
//	<!-- /generated: NAME -->
//
// The pages of docs/rules are generated whole.
package docgen

import (
	"fmt"
	"strings"
)

//go:generate go run ./gen ../../docs

// parts are the generated parts by name.
var parts = map[string]func() string{
	"settings":          settingsTable,
	"pages":             pagesTable,
	"attributes":        attributesTable,
	"user-attributes":   userAttributesTable,
	"sizes":             sizesTable,
	"rego-sizes":        regoSizesTable,
	"rego-functions":    regoFunctions,
	"checks":            checksTable,
	"facts":             factsTable,
	"decision-table":    decisionTable,
	"compared-fields":   comparedFieldsTable,
	"findings":          findingsTable,
	"finding-codes":     findingCodes,
	"salesforce-losses": salesforceLosses,
	"graph-losses":      graphLosses,
	"generated-cases":   generatedCases,
	"fields":            fieldsTable,
	"ews-losses":        ewsLosses,
	"view-operators":    viewOperatorsTable,
	"relative-dates":    relativeDatesTable,
	"blocks":            blocksTable,
	"never":             neverTable,
	"cel-functions":     celFunctions,
	"ical-losses":       icalLosses,
	"vcard-losses":      vcardLosses,
	"test-blocks":       testBlocksTable,
	"test-expectations": testExpectationsTable,
}

// Parts lists the names of the generated parts, sorted.
func Parts() []string { return sortedKeys(parts) }

const (
	opening = "<!-- generated: "
	closing = "<!-- /generated: "
	ending  = " -->"
)

// Rewrite brings the generated parts of a document up to date. The error names
// the line of a marker that is wrong.
func Rewrite(doc string) (string, error) {
	var out strings.Builder
	var name string // of the open part
	for i, line := range strings.SplitAfter(doc, "\n") {
		mark := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(mark, opening) && name != "":
			return "", fmt.Errorf("line %d: the part %s has not ended", i+1, name)
		case strings.HasPrefix(mark, opening):
			name = strings.TrimSuffix(strings.TrimPrefix(mark, opening), ending)
			text, ok := parts[name]
			if !ok {
				return "", fmt.Errorf("line %d: there is no generated part %q", i+1, name)
			}
			out.WriteString(line + text())
		case strings.HasPrefix(mark, closing):
			if mark != closing+name+ending {
				return "", fmt.Errorf("line %d: this ends no open part", i+1)
			}
			out.WriteString(line)
			name = ""
		case name == "":
			out.WriteString(line)
		}
	}
	if name != "" {
		return "", fmt.Errorf("the part %s has no end", name)
	}
	return out.String(), nil
}

package engine

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// everyFact calls f with every combination of facts that can occur.
func everyFact(f func(Facts)) int {
	n := 0
	for link := NoLink; link < numLinkFacts; link++ {
		for record := RecordNone; record < numRecordFacts; record++ {
			for item := ItemNone; item < numItemFacts; item++ {
				for v := NoVerdict; v < numVerdictFacts; v++ {
					for role := Plain; role < numRoleFacts; role++ {
						for bits := range 4 {
							facts := Facts{Link: link, Record: record, Item: item, Verdict: v, Role: role, On: bits&1 > 0, Kept: bits&2 > 0}
							if canOccur(facts) {
								n++
								f(facts)
							}
						}
					}
				}
			}
		}
	}
	return n
}

// canOccur says which combinations exist: only live records have a verdict, gone
// counts as out, and without a link there is a record, or an item, or a match.
func canOccur(f Facts) bool {
	switch f.Record {
	case RecordSame, RecordChanged:
		if f.Verdict == NoVerdict {
			return false
		}
	case RecordGone:
		if f.Verdict != Out {
			return false
		}
	default:
		if f.Verdict != NoVerdict {
			return false
		}
	}
	if f.Link != NoLink {
		return f.Record != RecordNone && f.Item >= ItemSame && f.Item <= ItemUnseen
	}
	switch f.Record {
	case RecordSame:
		switch f.Item {
		case ItemNone, ItemUnseen, ItemMarkedMatch:
			return true
		case ItemUnmarkedMatch:
			return f.Role != Plain
		}
		return false
	case RecordNone, RecordUnseen:
		return f.Item == ItemPattern || f.Item == ItemPlain
	}
	return false
}

func TestEveryCombinationHasExactlyOneRow(t *testing.T) {
	reached := map[string]int{}
	n := everyFact(func(f Facts) {
		var rows []string
		for i := range Table {
			if Table[i].covers(f) {
				rows = append(rows, Table[i].Name)
			}
		}
		require.Lenf(t, rows, 1, "%+v", f)
		reached[rows[0]]++
	})
	require.Greater(t, n, 500)
	for i := range Table {
		assert.Positivef(t, reached[Table[i].Name], "row %s covers nothing that can occur", Table[i].Name)
	}
}

// TestBlindFirst: whatever cannot be seen of a link is held, whatever else holds.
func TestBlindFirst(t *testing.T) {
	everyFact(func(f Facts) {
		if f.Link != ActiveLink && f.Link != FrozenLink {
			return
		}
		row, err := Find(f)
		require.NoError(t, err)
		blind := f.Record == RecordUnseen || f.Item == ItemUnseen || f.Verdict == Undecided
		assert.Equalf(t, blind, row.Name == "blind", "%+v", f)
	})
}

// TestOnlyHumanDeletionsReachSalesforce: no row deletes in Salesforce unless the
// item was deleted (or taken out) by a person on an active link in scope.
func TestOnlyHumanDeletionsReachSalesforce(t *testing.T) {
	everyFact(func(f Facts) {
		row, err := Find(f)
		require.NoError(t, err)
		if row.act != actRemove {
			return
		}
		assert.Equal(t, ActiveLink, f.Link)
		assert.Equal(t, ItemDeleted, f.Item)
		assert.Equal(t, In, f.Verdict)
		assert.False(t, f.Kept)
	})
}

func TestFactsThatCannotOccurAreAnError(t *testing.T) {
	_, err := Find(Facts{Link: NoLink, Record: RecordDeleted})
	assert.Error(t, err)
}

// TestRowsAreNamedInTheDocs: docs/semantics.md explains every row by name.
func TestRowsAreNamedInTheDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/semantics.md")
	require.NoError(t, err)
	for i := range Table {
		assert.Containsf(t, string(text), fmt.Sprintf("`%s`", Table[i].Name), "row %s is not explained", Table[i].Name)
	}
	for _, name := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(section(string(text), "## The decision table"), -1) {
		assert.NotPanics(t, func() { rowNamed(name[1]) }, name[1])
	}
}

// section is the text from a heading to the next of its level.
func section(text, heading string) string {
	_, after, ok := strings.Cut(text, heading)
	if !ok {
		return ""
	}
	body, _, _ := strings.Cut(after, "\n## ")
	return body
}

package simulate

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

// This file lists what does not count against the promises. docs/semantics.md lists
// the same. An exception that shows within a few acts is needed: without it a
// promise is broken.

// exceptionName is an exception as docs/semantics.md begins it.
type exceptionName string

const (
	emptyUnnamed    exceptionName = "An empty value is not named"
	heldWaits       exceptionName = "What may have been the sync's own doing waits."
	cancelledIsNone exceptionName = "A cancelled meeting is no copy."
	outOfTrash      exceptionName = "A copy taken out of the trash, or a cancelled meeting revived, after its link ended is the person's own."
	markedAnew      exceptionName = "So is an item whose `Salesforce Unsync` was taken off and that was marked anew:"
	linkedRule      exceptionName = "A rule that goes by what it changes itself oscillates:"
)

// exceptions are all of them, in the order of the page, each with where it shows.
var exceptions = []struct {
	name    exceptionName
	promise promise
	kind    state.Kind
	acts    int            // up to which it shows under one setup; 0 for not: held against the page only
	rule    string         // the policy's; "" for none
	setup   map[int]string // what the setup says, by dimension; the first value else
}{
	{name: emptyUnnamed}, // no act empties a field that is followed
	{name: heldWaits, promise: editsTravel, kind: state.Task, acts: 2},
	{name: cancelledIsNone, promise: noSecondCopy, kind: state.Event, acts: 3},
	{name: outOfTrash},
	{name: markedAnew, promise: noSecondCopy, kind: state.Contact, acts: 3},
	{name: linkedRule, promise: comesToRest, kind: state.Contact, acts: 1, setup: map[int]string{dimWhenOut: "remove"},
		rule: `rule "linked" {
  when   = "item.linked"
  effect = "exclude"
}
`},
}

// brokenUnder are the promises broken in the worlds of an exception.
func brokenUnder(t *testing.T, n int, made bool) []promise {
	e := exceptions[n]
	values := []string{}
	for dim, d := range dimensions(e.kind) {
		value := d[0]
		if says, has := e.setup[dim]; has {
			value = says
		}
		values = append(values, value)
	}
	var rule *smallRule
	if !made {
		rule = &smallRule{text: e.rule}
	}
	x := newExplorer(t, e.kind, [][]string{values}, rule, e.acts)
	if !made {
		x.strict = e.name
	}
	x.explore()
	var out []promise
	for _, v := range x.violations() {
		t.Log(v)
		out = append(out, v.promise)
	}
	return out
}

// Every exception that shows is needed, and enough.
func TestExceptionsAreNeeded(t *testing.T) {
	for n, e := range exceptions {
		if e.acts == 0 || !*full && e.acts > 2 {
			continue
		}
		t.Run(string(e.name), func(t *testing.T) {
			assert.Contains(t, brokenUnder(t, n, false), e.promise)
			assert.Empty(t, brokenUnder(t, n, true))
		})
	}
}

// The list of docs/semantics.md is this one.
func TestExceptionsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/semantics.md")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(text), "\nWhat does not count against it, and why:\n")
	require.True(t, found)
	list, _, _ := strings.Cut(after, "\n## ")
	var said []string
	for _, item := range regexp.MustCompile(`(?m)^- \*\*(.+?)\*\*`).FindAllStringSubmatch(list, -1) {
		said = append(said, item[1])
	}
	var meant []string
	for e := range slices.Values(exceptions) {
		meant = append(meant, string(e.name))
	}
	assert.Equal(t, meant, said)
	assert.Equal(t, len(said), strings.Count(list, "\n- "), "every entry begins with what it is called")
}

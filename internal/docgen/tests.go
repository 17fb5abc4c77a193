package docgen

import (
	"strings"

	"weir/policytest"
)

// testBlocksTable is the format of *_test.hcl files.
func testBlocksTable() string {
	t := table("block", "stands in", "attributes", "what it says")
	for _, b := range policytest.Blocks() {
		shown := b.Name
		for _, label := range b.Labels {
			shown += ` "` + strings.ToUpper(label) + `"`
		}
		var in []string
		for _, parent := range b.In {
			if parent == "" {
				parent = "the file"
			}
			in = append(in, parent)
		}
		var attrs []string
		for _, f := range b.Fields {
			attrs = append(attrs, code(f.Name))
		}
		t.row(code(shown), strings.Join(in, ", "), orDash(strings.Join(attrs, ", ")), b.Doc)
	}
	return t.String()
}

// testExpectationsTable lists what can be expected.
func testExpectationsTable() string {
	t := table("expect", "attributes", "what it says")
	for _, e := range policytest.Expectations() {
		var attrs []string
		for _, f := range e.Fields {
			attrs = append(attrs, code(f.Name))
		}
		t.row(code(e.Name), strings.Join(attrs, ", "), e.Doc)
	}
	return t.String()
}

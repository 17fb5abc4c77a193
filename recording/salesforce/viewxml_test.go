package salesforce

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording/wire"
	"weir/state"
)

func TestAlternatives(t *testing.T) {
	for value, want := range map[string][]string{
		"":                      {""},
		"Hot":                   {"Hot"},
		" Hot , Warm ":          {"Hot", "Warm"},
		`"Globex, Inc",Acme`:    {"Globex, Inc", "Acme"},
		`"a ""b"" c"`:           {`a "b" c`},
		`Hot,`:                  {"Hot", ""},
		`5" pipe,6" pipe`:       {`5" pipe`, `6" pipe`},
		`" Hot "`:               {" Hot "},
		`"never closed, really`: {"never closed, really"},
	} {
		var got []string
		for _, v := range alternatives(value) {
			assert.Equal(t, v.Text == "", v.Null)
			got = append(got, v.Text)
		}
		assert.Equal(t, want, got, "%q", value)
	}
}

func TestFilterLogic(t *testing.T) {
	parts := []*state.ViewCondition{{Field: "1"}, {Field: "2"}, {Field: "3"}}
	for logic, problem := range map[string]string{
		"1 AND 2 AND 3":                      "",
		"1 and (2 or 3)":                     "",
		"(1 OR NOT(2)) AND NOT NOT 3":        "",
		"((1)) AND 2 AND 3":                  "",
		"1 AND 2 OR 3":                       "side by side",
		"1 AND 2":                            "leaves out filter 3",
		"1 AND 4":                            `no filter "4"`,
		"1 AND":                              "ends too early",
		"(1 AND 2":                           "not closed",
		"1 AND 2 AND 3)":                     `")" stands where it cannot`,
		"":                                   "ends too early",
		strings.Repeat("(", 10_000):          "nests too deep",
		strings.Repeat("NOT ", 10_000) + "1": "nests too deep",
	} {
		c, got := joined(logic, parts, 1)
		assert.Contains(t, got, problem, "%.40s", logic)
		assert.Equal(t, problem == "", got == "", "%.40s", logic)
		assert.Equal(t, problem == "", c != nil, "%.40s", logic)
	}
}

func TestHostileMetadata(t *testing.T) {
	env := NewEnv(&wire.Problems{})
	for name, text := range map[string]string{
		"nesting": strings.Repeat("<a>", 100_000),
		"size":    "<ListView>" + strings.Repeat("<columns>NAME</columns>", 100_000) + "</ListView>",
		"filters": "<ListView>" + strings.Repeat("<filters/>", 1000) + "</ListView>",
		"entity":  `<!DOCTYPE a [<!ENTITY b "bbbb">]><ListView><label>&b;</label></ListView>`,
		"bomb": `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>` +
			`<ListView><filterScope>Everything</filterScope><label>&c;</label></ListView>`,
		"charset": `<?xml version="1.0" encoding="EBCDIC"?><ListView/>`,
		"latin1":  "<ListView><filterScope>Everything</filterScope><label>M\xfcller</label></ListView>",
		"utf16":   "\xff\xfe<\x00L\x00i\x00s\x00t\x00",
	} {
		out := &Output{}
		err := ReadListView(strings.NewReader(text), Input{Path: "x.xml", Name: "x"}, "Contact", env, out)
		require.NotNil(t, err, name)
		assert.Positive(t, err.Pos.Line, name)
		assert.NotEmpty(t, err.Detail, name)
		for _, v := range out.Views {
			assert.NotEmpty(t, v.Filter.Unusable, name)
		}
	}
}

// TestMetadataThatIsNotUnderstood: a filter that weir cannot read is reported where
// it stands, with what to do, and the rest of the view is used.
func TestMetadataThatIsNotUnderstood(t *testing.T) {
	filter := func(field, operation, value string) string {
		return "<filters>\n<field>" + field + "</field><operation>" + operation + "</operation><value>" + value + "</value></filters>\n"
	}
	hot := filter("Rating__c", "equals", "Hot")
	for name, tc := range map[string]struct{ body, at, want string }{
		"operator":       {hot + filter("Rating__c", "equal", "Hot"), "5:1", `"Rating__c" is compared by "equal", an operator that is not known. Did you mean "equals"?`},
		"empty operator": {filter("Rating__c", "", "Hot"), "3:1", `compared by "", an operator`},
		"column":         {filter("CONTACT.EMIAL", "equals", "x"), "3:1", `column "CONTACT.EMIAL", and which field that is is not known. Did you mean "CONTACT.EMAIL"?`},
		"no column":      {filter("", "equals", "x"), "3:1", `column ""`},
		"element":        {"<filters><field>Rating__c</field><operation>equals</operation><valueField>Name</valueField></filters>", "3:1", `the element "valueField"`},
		"nested":         {"<filters><field>Rating__c</field><value><a><b/></a></value></filters>", "3:1", "elements that weir does not know"},
		"twice":          {"<filters><field>Rating__c</field><operation>equals</operation><value>a</value><value>b</value></filters>", "3:1", "names its value twice"},
		"logic":          {hot + "<booleanFilter>1 AND 2</booleanFilter>", "5:1", `there is no filter "2". Join each pair`},
		"deep logic":     {hot + "<booleanFilter>" + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000) + "</booleanFilter>", "5:1", "nests too deep"},
		"division":       {"<division>Global</division>", "3:1", `the division "Global"`},
		"unknown":        {hot + "<rowLimit>5</rowLimit>", "5:1", `an element "rowLimit"`},
		"values":         {filter("Rating__c", "equals", strings.Repeat("a,", 10_001)), "3:1", "compared with too many values"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := &wire.Problems{}
			out := &Output{}
			text := "<ListView>\n<filterScope>Everything</filterScope>\n" + tc.body + "</ListView>"
			if err := ReadListView(strings.NewReader(text), Input{Path: "x.xml", Name: "x"}, "Contact", NewEnv(problems), out); err != nil {
				t.Fatal(err)
			}
			diags := problems.Diagnostics()
			require.Len(t, diags, 1)
			assert.Contains(t, diags[0].Detail, tc.want)
			assert.Contains(t, diags[0].Detail, "are held: record the view's results, or change its filter in Salesforce.")
			assert.Equal(t, tc.at, fmt.Sprintf("%d:%d", diags[0].Subject.Start.Line, diags[0].Subject.Start.Column))
			require.Len(t, out.Views, 1)
			assert.Empty(t, out.Views[0].Filter.Unusable)
			assert.Equal(t, state.ScopeEverything, out.Views[0].Filter.Scope)
		})
	}
}

// TestDescribesThatAreNotUnderstood does the same for the describes of list views.
func TestDescribesThatAreNotUnderstood(t *testing.T) {
	cond := func(s string) string {
		return `{"scope": "everything", "sobjectType": "Contact", "whereCondition": ` + "\n" + s + `}`
	}
	field := func(op, values string) string {
		return cond(`{"field": "Rating__c", "operator": "` + op + `", "values": ` + values + `}`)
	}
	deep := strings.Repeat(`{"condition": `, 400) + `{"field": "Name", "operator": "equals", "values": ["'x'"]}` + strings.Repeat("}", 400)
	for name, tc := range map[string]struct{ text, want, unusable string }{
		"operator":     {field("equls", `["'x'"]`), `2:36 "Rating__c" is compared by "equls", an operator that is not known. Did you mean "equals"?`, ""},
		"value":        {field("equals", `["'x'", {"a": 1}]`), `2:64 "Rating__c" is compared with an object`, ""},
		"no values":    {field("equals", `[]`), "", ""},
		"values":       {field("in", `["'x'"`+strings.Repeat(`,"'x'"`, 10_000)+`]`), `compared with too many values`, ""},
		"conjunction":  {cond(`{"conjunction": "xor", "conditions": [{"field": "Name", "operator": "equals"}, {"field": "Name", "operator": "equals"}]}`), `2:1 conditions are joined by "xor"`, ""},
		"not of two":   {cond(`{"conjunction": "not", "conditions": [{"field": "Name", "operator": "equals"}, {"field": "Name", "operator": "equals"}]}`), `2:1 not stands before`, ""},
		"sub-query":    {cond(`{"field": "Id", "operator": "in", "subQuery": {}}`), "2:1 a part of the filter is a query of its own", ""},
		"parts":        {cond(`{"conjunction": "and", "conditions": [{"field": "Name", "operator": "equals"}` + strings.Repeat(`,{"field": "Name", "operator": "equals"}`, 1000) + `]}`), "the filter has too many parts", ""},
		"a text":       {cond(`"all"`), "2:1 a part of the filter is a text instead of a condition", ""},
		"deep":         {cond(deep), "Nesting too deep", "does not say what it shows"},
		"entity":       {`{"scope": "everything", "scopeEntityId": "701xx000003HZ7X", "sobjectType": "Contact", "query": "SELECT Name FROM Contact"}`, "", "belongs to 701xx000003HZ7X"},
		"limit":        {`{"sobjectType": "Contact", "query": "SELECT Name FROM Contact LIMIT 10"}`, "", "LIMIT"},
		"lost where":   {`{"sobjectType": "Contact", "query": "SELECT Name FROM Contact WHERE a = 1", "whereCondition": {"conditions": []}}`, "", "WHERE part"},
		"quoted words": {`{"sobjectType": "Contact", "query": "SELECT Name FROM Contact WHERE a = 'no \\' limit using scope team'", "whereCondition": {"field": "a", "operator": "equals", "values": ["'no limit'"]}}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			problems := &wire.Problems{}
			out := &Output{}
			if err := Read(strings.NewReader(tc.text), Input{Path: "x.json", Name: "x", Type: "list_view"}, NewEnv(problems), out); err != nil {
				problems.JSON("x.json", err)
			}
			var got strings.Builder
			for _, d := range problems.Diagnostics() {
				fmt.Fprintf(&got, "%d:%d %s %s\n", d.Subject.Start.Line, d.Subject.Start.Column, strings.TrimPrefix(d.Detail, "In this list view "), d.Summary)
			}
			assert.Contains(t, got.String(), tc.want)
			assert.Equal(t, tc.want == "", got.Len() == 0, got.String())
			require.Len(t, out.Views, 1)
			require.NotNil(t, out.Views[0].Filter)
			assert.Contains(t, out.Views[0].Filter.Unusable, tc.unusable)
			assert.Equal(t, tc.unusable == "", out.Views[0].Filter.Unusable == "")
		})
	}
}

// TestScopesThatDisagree: a scope that its own query contradicts is not known.
func TestScopesThatDisagree(t *testing.T) {
	for text, want := range map[string]state.ViewScope{
		`"scope": "mine", "query": "SELECT Id FROM Contact USING SCOPE mine"`:       state.ScopeMine,
		`"scope": null, "query": "SELECT Id FROM Contact USING SCOPE mine"`:         state.ScopeMine,
		`"scope": null, "query": "SELECT Id FROM Contact"`:                          state.ScopeEverything,
		`"scope": "everything", "query": "SELECT Id FROM Contact USING SCOPE mine"`: state.ScopeElse,
		`"scope": "mine", "query": "SELECT Id FROM Contact"`:                        state.ScopeElse,
		`"scope": null`: state.ScopeNotKnown,
	} {
		out := &Output{}
		_ = Read(strings.NewReader(`{"sobjectType": "Contact", `+text+`}`), Input{Path: "x.json", Name: "x", Type: "list_view"}, NewEnv(&wire.Problems{}), out)
		require.Len(t, out.Views, 1)
		assert.Equal(t, want, out.Views[0].Filter.Scope, text)
	}
}

func FuzzListView(f *testing.F) {
	f.Add(`<ListView><booleanFilter>1</booleanFilter><filterScope>Mine</filterScope><filters><field>FULL_NAME</field><operation>equals</operation><value>a,"b,c"</value></filters></ListView>`)
	f.Add(`<ListView><filters/><filters><value></value></filters></ListView>`)
	f.Add(`<a/><ListView/>`)
	f.Fuzz(func(t *testing.T, text string) {
		out := &Output{}
		_ = ReadListView(strings.NewReader(text), Input{Path: "x.xml", Name: "x"}, "Contact", NewEnv(&wire.Problems{}), out)
		for _, v := range out.Views {
			require.NotNil(t, v.Filter)
		}
	})
}

func FuzzListViewDescribe(f *testing.F) {
	f.Add(`{"scope": "mine", "sobjectType": "Contact", "whereCondition": {"conjunction": "and", "conditions": [{"field": "Name", "operator": "like", "values": ["'a\\%b%'", null, 5]}]}}`)
	f.Add(`{"listviews": [{"developerName": "A", "soqlCompatible": false}], "done": true}`)
	f.Fuzz(func(t *testing.T, text string) {
		out := &Output{}
		_ = Read(strings.NewReader(text), Input{Path: "x.json", Name: "x", Type: "list_view"}, NewEnv(&wire.Problems{}), out)
	})
}

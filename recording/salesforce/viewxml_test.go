package salesforce

import (
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
		"charset": `<?xml version="1.0" encoding="EBCDIC"?><ListView/>`,
	} {
		out := &Output{}
		err := ReadListView(strings.NewReader(text), Input{Path: "x.xml", Name: "x"}, "Contact", env, out)
		require.NotNil(t, err, name)
		for _, v := range out.Views {
			assert.NotEmpty(t, v.Filter.Unusable, name)
		}
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

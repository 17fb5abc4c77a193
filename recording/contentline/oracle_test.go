package contentline

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	ical "github.com/emersion/go-ical"
	vcard "github.com/emersion/go-vcard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
)

// property is a line in the form in which readers are compared.
func property(name string, params map[string][]string, value string) string {
	s := name
	var names []string
	for p := range params {
		names = append(names, p)
	}
	slices.Sort(names)
	for _, p := range names {
		s += ";" + p + "=" + strings.Join(params[p], ",")
	}
	return s + ":" + value
}

func properties(c *Component) []string {
	var out []string
	for _, l := range c.Lines {
		params := map[string][]string{}
		for _, p := range l.Params {
			params[p.Name] = append(params[p.Name], p.Values...)
		}
		out = append(out, property(l.Name, params, l.Value))
	}
	slices.Sort(out)
	return out
}

// isApples is a property with a backslash before a semicolon among its parameters,
// which no grammar has and each reader takes apart in its own way.
func isApples(property string) bool {
	return strings.HasPrefix(property, "X-APPLE-STRUCTURED-LOCATION;")
}

// Another reader of iCalendar sees the same properties, parameters and values.
func TestAgreesWithGoICal(t *testing.T) {
	compared := 0
	for _, name := range golden.Files(t, "../ical/testdata/*/*.ics") {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		var theirs, ours [][]string
		dec := ical.NewDecoder(bytes.NewReader(data))
		for {
			cal, err := dec.Decode()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, name)
			for _, c := range cal.Children {
				var list []string
				for _, props := range c.Props {
					for _, p := range props {
						list = append(list, property(p.Name, p.Params, p.Value))
						list = slices.DeleteFunc(list, isApples)
					}
				}
				slices.Sort(list)
				theirs = append(theirs, list)
			}
		}
		r := NewReader(bytes.NewReader(data))
		for l := r.Next(); l != nil; l = r.Next() {
			if b := l.Begins(); b != "" && b != "VCALENDAR" {
				ours = append(ours, slices.DeleteFunc(properties(r.Take(Nested{})), isApples))
			}
		}
		assert.Equal(t, theirs, ours, name)
		compared += len(ours)
	}
	assert.Greater(t, compared, 150)
}

// Another reader of vCard sees the same, save in version 2.1, whose parameters
// without a name and soft line breaks it does not know.
func TestAgreesWithGoVCard(t *testing.T) {
	escapes := strings.NewReplacer("\\\\", "\\", "\\n", "\n", "\\,", ",")
	compared := 0
	for _, name := range golden.Files(t, "../vcard/testdata/*/*.vcf") {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		if bytes.Contains(data, []byte("VERSION:2.1")) {
			continue
		}
		r := NewReader(bytes.NewReader(data))
		r.Groups = true
		dec := vcard.NewDecoder(bytes.NewReader(data))
		for l := r.Next(); l != nil; l = r.Next() {
			card, err := dec.Decode()
			require.NoError(t, err, name)
			var theirs []string
			for key, fields := range card {
				for _, f := range fields {
					theirs = append(theirs, strings.ReplaceAll(property(key, f.Params, f.Value), `"`, ""))
				}
			}
			slices.Sort(theirs)
			var ours []string
			for _, p := range properties(r.Take(Nested{})) {
				head, value, _ := strings.Cut(p, ":")
				ours = append(ours, head+":"+strings.ReplaceAll(escapes.Replace(value), `"`, ""))
			}
			slices.Sort(ours)
			assert.Equal(t, theirs, ours, name)
			compared++
		}
	}
	assert.Greater(t, compared, 10)
}

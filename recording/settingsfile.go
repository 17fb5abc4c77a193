package recording

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// addressKeys are the names under which a page in a list says whose it is.
var addressKeys = []string{"user", "mailbox", "address", "email"}

// pageKeys are the members that make an object a settings page.
var pageKeys = []string{"page", "contacts", "tasks", "events", "filters", "detailed_settings"}

// ReadSettings reads settings pages that are no part of a recording: one page, an
// object of pages by address, or an array of pages that name their "user". Either
// page's vocabulary will do, each in its own. People come back by address with
// nothing but their page; of one page that names nobody the address is "". Problems
// are warnings; an error is that nothing could be read.
func ReadSettings(r io.Reader, file string) ([]*state.User, hcl.Diagnostics) {
	problems := &wire.Problems{}
	f := &settingsFile{file: file, problems: problems, pages: map[string]*state.Preference{}}
	if err := jsonstream.Walk(r, jsonstream.Limits{}, f); err != nil {
		problems.Fail(file, err.Pos, err.Summary, "%s", err.Detail)
	}
	var out []*state.User
	for _, address := range sortedKeys(f.pages) {
		u := &state.User{Address: address, Preference: f.pages[address]}
		u.Values[state.UserEmail] = state.TextValue(address)
		out = append(out, u)
	}
	if len(out) == 0 {
		problems.Fail(file, zeroPos, "No settings", "The file holds no settings page. It should be one page, an object of pages by mailbox address, or an array of pages with a \"user\" each.")
	}
	return out, problems.Diagnostics()
}

// settingsFile collects the pages of a file.
type settingsFile struct {
	file     string
	problems *wire.Problems
	pages    map[string]*state.Preference
}

// Member implements jsonstream.Visitor: the document is small and taken whole.
func (f *settingsFile) Member(string) jsonstream.Action { return jsonstream.Take }

// Row implements jsonstream.Visitor.
func (f *settingsFile) Row(_ string, v *jsonstream.Value) { f.Value("", v) }

// Problem implements jsonstream.Visitor.
func (f *settingsFile) Problem(err *textpos.Error) { f.problems.JSON(f.file, err) }

// Value implements jsonstream.Visitor.
func (f *settingsFile) Value(_ string, v *jsonstream.Value) {
	switch {
	case v.Is(jsonstream.Array):
		for i := range v.Items {
			f.listed(&v.Items[i])
		}
	case !v.Is(jsonstream.Object):
		f.problems.Warn(f.file, v.Pos, "Not a settings page", "Settings are an object or an array of objects, but here is %s.", v.Kind)
	case isPage(v):
		f.listed(v)
	default:
		for i := range v.Fields {
			f.add(v.Fields[i].Name, &v.Fields[i].Value)
		}
	}
}

func isPage(v *jsonstream.Value) bool {
	return slices.ContainsFunc(v.Fields, func(m jsonstream.Field) bool { return slices.Contains(pageKeys, m.Name) })
}

// listed is a page that says itself whose it is.
func (f *settingsFile) listed(v *jsonstream.Value) {
	for _, key := range addressKeys {
		if address := v.Get(key).Text(); address != "" {
			f.add(address, v)
			return
		}
	}
	if v.Is(jsonstream.Object) && len(f.pages) == 0 {
		f.page("", v)
		return
	}
	f.problems.Warn(f.file, v.Pos, "Nobody's settings", "This page does not say whose it is. Give it a \"user\" with the mailbox address.")
}

func (f *settingsFile) add(name string, v *jsonstream.Value) {
	address := wire.Address(name)
	switch {
	case !strings.Contains(address, "@"):
		f.problems.Warn(f.file, v.Pos, "Not an address", "%q is no mailbox address (name@example.com); its settings are not used.", wire.Clip(name))
	case !v.Is(jsonstream.Object):
		f.problems.Warn(f.file, v.Pos, "Not a settings page", "The settings of %s should be an object, but here is %s.", wire.Clip(address), v.Kind)
	case f.pages[address] != nil:
		f.problems.Warn(f.file, v.Pos, "Settings twice", "The settings of %s stand in this file already; the first ones count.", wire.Clip(address))
	default:
		f.page(address, v)
	}
}

func (f *settingsFile) page(address string, v *jsonstream.Value) {
	if settings := v.Get("settings"); settings.Is(jsonstream.Object) && !isPage(v) {
		v = settings
	}
	r := &settingsReader{file: f.file, problems: f.problems, pref: &state.Preference{File: f.file}}
	for i := range v.Fields {
		if m := &v.Fields[i]; !slices.Contains(addressKeys, m.Name) {
			r.Value(m.Name, &m.Value)
		}
	}
	f.pages[address] = r.finish(time.Time{})
}

package recording

import (
	"time"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// maxPreferenceValues bounds a settings page; the real ones have a dozen switches.
const maxPreferenceValues = 500

// settingsReader reads a settings.json: a person's own settings page.
type settingsReader struct {
	file     string
	problems *wire.Problems
	pref     *state.Preference
	legacy   bool
}

// Member implements jsonstream.Visitor.
func (r *settingsReader) Member(path string) jsonstream.Action {
	if path == "" {
		return jsonstream.Enter
	}
	return jsonstream.Take
}

// Row implements jsonstream.Visitor.
func (r *settingsReader) Row(_ string, v *jsonstream.Value) { r.Value("", v) }

// Problem implements jsonstream.Visitor.
func (r *settingsReader) Problem(err *textpos.Error) { r.problems.Row(r.file, err) }

// Value implements jsonstream.Visitor.
func (r *settingsReader) Value(path string, v *jsonstream.Value) {
	switch path {
	case "":
		r.problems.Warn(r.file, v.Pos, "Not a settings page", "A settings file is one object, but here is %s.", v.Kind)
	case "page":
		r.page(v)
	case "comment", "note":
	default:
		r.legacy = r.legacy || path == "filters" || path == "detailed_settings"
		r.flatten(path, v)
	}
}

func (r *settingsReader) page(v *jsonstream.Value) {
	switch v.Text() {
	case "new", "legacy":
		r.pref.Page = v.Text()
	default:
		r.problems.Warn(r.file, v.Pos, "Unknown settings page", "\"page\" is \"new\" or \"legacy\", not %q.", wire.Clip(v.Text()))
	}
}

// flatten lists the switches under their paths; null is not set.
func (r *settingsReader) flatten(key string, v *jsonstream.Value) {
	if len(r.pref.Values) >= maxPreferenceValues {
		return
	}
	value := state.PreferenceValue{Key: key, Line: int(v.Pos.Line), Column: int(v.Pos.Column)}
	switch v.Kind {
	case jsonstream.Object:
		for i := range v.Fields {
			r.flatten(key+"."+v.Fields[i].Name, &v.Fields[i].Value)
		}
		return
	case jsonstream.Null:
		return
	case jsonstream.Array:
		r.problems.Warn(r.file, v.Pos, "Unexpected value", "%s should be a switch or a text, but here it is %s. It is ignored.", wire.Clip(key), v.Kind)
		return
	case jsonstream.Bool:
		value.IsBool, value.Bool = true, v.Bool
	default:
		value.Text = wire.Text(v.Str)
	}
	r.pref.Values = append(r.pref.Values, value)
}

// finish decides which page it is where the file does not say.
func (r *settingsReader) finish(at time.Time) *state.Preference {
	if r.pref.Page == "" {
		r.pref.Page = "new"
		if r.legacy {
			r.pref.Page = "legacy"
		}
	}
	r.pref.SeenAt = at
	return r.pref
}

package listview

import (
	"regexp"
	"strings"
	"time"

	"weir/state"
)

// This file holds what a view takes from the person who is synced: values such as
// $User.Id, and the day on which weeks begin.

// global is a value that stands for something of whoever looks: $USER, $User.Id,
// $Profile.Name.
var global = regexp.MustCompile(`^\$[A-Za-z]\w*(?:\.\w+)*$`)

// ofUser puts the person's own value in the place of a global one; why says that
// it is not known.
func (c *compiler) ofUser(o operand, v state.ViewValue) (own state.ViewValue, why string) {
	if v.Null || !global.MatchString(v.Text) {
		return v, ""
	}
	object, field, _ := strings.Cut(v.Text, ".")
	if field == "" && o.exact {
		field = "Id" // the field holds ids
	}
	if !strings.EqualFold(object, "$User") || field == "" || strings.Contains(field, ".") {
		return v, quoted(o.name) + " is compared with " + quoted(v.Text) + ", and what that is for the person is not known"
	}
	value := userField(c.at.User, field)
	switch {
	case value.Presence() == state.Empty:
		return state.ViewValue{Null: true}, ""
	case value.Type() != state.Text:
		return v, quoted(o.name) + " is compared with " + quoted(v.Text) + ", and no " + field + " of the person was recorded as a text"
	}
	return state.ViewValue{Text: value.Text()}, ""
}

func userField(u *state.User, field string) state.Value {
	switch {
	case u == nil:
		return state.Value{}
	case strings.EqualFold(field, "Id"):
		if u.ID == "" {
			return state.Value{}
		}
		return state.TextValue(u.ID)
	case strings.EqualFold(field, "Email"):
		return u.Values[state.UserEmail]
	case strings.EqualFold(field, "Name"):
		return u.Values[state.UserName]
	}
	return u.Custom[field]
}

// weekStarts are the days on which the person's weeks may begin: the one that the
// recorded locale says, else all that are in use.
func weekStarts(u *state.User) []time.Weekday {
	if u != nil {
		if locale := u.Custom[localeField]; locale.Type() == state.Text {
			if first, ok := firstDays[strings.ReplaceAll(locale.Text(), "-", "_")]; ok {
				return []time.Weekday{first}
			}
		}
	}
	return []time.Weekday{time.Saturday, time.Sunday, time.Monday}
}

const localeField = "LocaleSidKey"

// firstDays are the locales of which it is certain on which day weeks begin: a
// country with a language of its own, where the old and the new locale formats of
// Salesforce agree. Of others every beginning is considered.
var firstDays = map[string]time.Weekday{
	"en_US": time.Sunday, "en_CA": time.Sunday, "fr_CA": time.Sunday, "ja_JP": time.Sunday, "ko_KR": time.Sunday, "zh_TW": time.Sunday,
	"de_DE": time.Monday, "de_AT": time.Monday, "de_CH": time.Monday, "fr_CH": time.Monday, "it_CH": time.Monday, "en_GB": time.Monday, "en_IE": time.Monday,
	"fr_FR": time.Monday, "fr_BE": time.Monday, "nl_BE": time.Monday, "nl_NL": time.Monday, "it_IT": time.Monday, "es_ES": time.Monday,
	"da_DK": time.Monday, "sv_SE": time.Monday, "no_NO": time.Monday, "fi_FI": time.Monday, "pl_PL": time.Monday, "cs_CZ": time.Monday,
}

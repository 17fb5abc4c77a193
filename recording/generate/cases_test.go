package generate_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording"
	"weir/recording/generate"
	"weir/state"
)

// seen is a recording as weir reads it, from which each case has to be recognised.
type seen struct {
	fsys        fs.FS
	rec         *recording.Recording
	first, last *state.Snapshot
	boxes       []box
}

// box is a person's mailbox at the end.
type box struct {
	user, before *state.User
	*state.MailboxState
}

func see(t *testing.T, opts generate.Options) *seen {
	t.Helper()
	s := &seen{fsys: made(t, opts)}
	rec, diags := recording.Open(s.fsys, recording.Options{})
	for _, d := range diags {
		require.Contains(t, d.Subject.Filename, "Retired_Accounts.json", "%s:%d: %s: %s", d.Subject.Filename, d.Subject.Start.Line, d.Summary, d.Detail)
	}
	s.rec = rec
	s.first, _ = rec.At(rec.First())
	s.last, _ = rec.At(rec.Last())
	for i, u := range s.last.Users {
		m, err := s.last.Mailboxes.Mailbox(u)
		require.NoError(t, err)
		s.boxes = append(s.boxes, box{u, s.first.Users[i], m})
	}
	return s
}

// anyRecord finds a record.
func (s *seen) anyRecord(k state.Kind, is func(o *state.Object) bool) bool {
	return slices.ContainsFunc(s.last.Records[k].All(), func(o *state.Object) bool { return o.Item() != nil && is(o) })
}

// anyItem finds an item of a mailbox.
func (s *seen) anyItem(k state.Kind, is func(b box, o *state.Object) bool) bool {
	return s.anyUser(func(b box) bool { return b.any(k, func(o *state.Object) bool { return is(b, o) }) })
}

func (b box) any(k state.Kind, is func(o *state.Object) bool) bool {
	return slices.ContainsFunc(b.Items[k].All(), func(o *state.Object) bool { return o.Item() != nil && is(o) })
}

func (b box) count(k state.Kind, is func(o *state.Object) bool) int {
	n := 0
	for _, o := range b.Items[k].All() {
		if o.Item() != nil && is(o) {
			n++
		}
	}
	return n
}

// anyPair finds a record and an item that are linked.
func (s *seen) anyPair(k state.Kind, is func(b box, l *state.Link, rec, item *state.Object) bool) bool {
	return slices.ContainsFunc(s.boxes, func(b box) bool {
		return slices.ContainsFunc(b.Links.All(), func(l *state.Link) bool {
			rec, item := s.last.Records[k].Get(l.RecordID), b.Items[k].Get(l.ItemID)
			return l.Kind == k && rec != nil && item != nil && rec.Item() != nil && item.Item() != nil && is(b, l, rec, item)
		})
	})
}

func (s *seen) anyUser(is func(b box) bool) bool { return slices.ContainsFunc(s.boxes, is) }

func (s *seen) userOf(id string) *state.User {
	for _, b := range s.boxes {
		if b.user.ID == id {
			return b.user
		}
	}
	return nil
}

// today is the first session's date where the record's owner is.
func (s *seen) today(o *state.Object) state.Date {
	if u := s.userOf(o.Item().Owner()); u != nil {
		return state.DateOf(s.rec.First(), u.Zone)
	}
	return 0
}

// lastDay is the last day an event covers where its owner is.
func (s *seen) lastDay(o *state.Object) state.Date {
	it := o.Item()
	if u := s.userOf(it.Owner()); u != nil && !it.AllDay() {
		return state.DateOf(it.Value(state.AttrEnd).Instant().Add(-time.Nanosecond), u.Zone)
	}
	return it.Value(state.AttrEndDate).Day()
}

func now(o *state.Object, a state.Attr) state.Value { return o.Item().Value(a) }
func then(o *state.Object, a state.Attr) state.Value {
	return o.Versions[0].Item.Value(a)
}
func changed(o *state.Object, a state.Attr) bool { return !now(o, a).Equal(then(o, a)) }
func live(o *state.Object) bool                  { return o.State() == state.Live }
func deleted(o *state.Object) bool               { return o.State() == state.Deleted }
func bySync(o *state.Object) bool                { return o.Item().BySync == state.True }

// follows: both sides changed alike, one after the other.
func follows(a state.Attr, first, second *state.Object) bool {
	return changed(first, a) && changed(second, a) && now(first, a).Equal(now(second, a)) && second.Now().SeenAt.After(first.Now().SeenAt)
}

// days are the whole days from b to a.
func days(a, b time.Time) int { return int(a.Sub(b).Hours() / 24) }

// carrying are the items of a mailbox that carry a record's id.
func (b box) carrying(k state.Kind, id string) []*state.Object {
	return b.Items[k].Find(state.ByCarried, id)
}

// twice finds a record of which a mailbox has two items.
func (s *seen) twice(k state.Kind, is func(b box, one, other *state.Object) bool) bool {
	return s.anyItem(k, func(b box, o *state.Object) bool {
		return o.Item().Carries != "" && slices.ContainsFunc(b.carrying(k, o.Item().Carries), func(p *state.Object) bool { return p != o && is(b, o, p) })
	})
}

func marked(o *state.Object) bool { return o.Item().HasCategory("Salesforce") }

// inside: the contact lies in the sync's folder, where there are folders.
func inside(o *state.Object) bool {
	return o.Item().Folder == "" || o.Item().Folder == "Salesforce Contacts"
}

// unmarkedLater: the item lost its category.
func unmarkedLater(o *state.Object) bool {
	return o.Versions[0].Item.HasCategory("Salesforce") && !marked(o) && len(o.Versions) > 1
}

func markedLater(o *state.Object) bool {
	return !o.Versions[0].Item.HasCategory("Salesforce") && marked(o)
}

func pref(u *state.User, key string) any {
	if u.Preference == nil {
		return nil
	}
	for _, v := range u.Preference.Values {
		if v.Key == key && v.IsBool {
			return v.Bool
		} else if v.Key == key {
			return v.Text
		}
	}
	return nil
}

// switched: a person's page changed.
func switched(b box, key string, from, to any) bool {
	return pref(b.before, key) == from && pref(b.user, key) == to
}

func (s *seen) viewOf(b box) *state.View {
	name, _ := pref(b.user, "contacts.view").(string)
	for _, v := range s.last.Views {
		if v.DeveloperName == name {
			return v
		}
	}
	return nil
}

func (s *seen) has(views []*state.View, name, id string) bool {
	return slices.ContainsFunc(views, func(v *state.View) bool { return v.DeveloperName == name && v.Members[id] })
}

// line is a line of a file of the recording.
func (s *seen) line(file string, n int) string {
	text, _ := fs.ReadFile(s.fsys, file)
	lines := strings.Split(string(text), "\n")
	return lines[n-1]
}

// rowsOf are the lines of the first capture of an object.
func (s *seen) rowsOf(object string) []string {
	names, _ := fs.Glob(s.fsys, "salesforce/*/"+object+".[jc]s[ov]*")
	text, _ := fs.ReadFile(s.fsys, names[0])
	return strings.Split(string(text), "\n")
}

func attendees(o *state.Object) []state.Attendee { return now(o, state.AttrAttendees).People() }

func owner(b box, rec *state.Object) bool { return rec.Item().Owner() == b.user.ID }

// recognise says for each case how it is told in what weir read.
var recognise = map[string]func(s *seen) bool{
	"contact-edited-in-salesforce": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return follows(state.AttrPhone, rec, item)
		})
	},
	"contact-edited-in-mailbox": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return follows(state.AttrMobile, item, rec) && bySync(rec)
		})
	},
	"contact-deleted-in-mailbox": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return live(rec) && len(rec.Versions) == 1 && deleted(item)
		})
	},
	"contact-restored": func(s *seen) bool {
		return s.twice(state.Contact, func(_ box, one, other *state.Object) bool {
			return deleted(one) && live(other) && inside(other) && other.Versions[0].From.After(s.rec.First())
		})
	},
	"contact-deleted-on-both-sides": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, rec, item *state.Object) bool { return deleted(rec) && deleted(item) })
	},
	"contact-deleted-and-edited": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return live(rec) && changed(rec, state.AttrJobTitle) && deleted(item)
		})
	},
	"contact-changes-owner": func(s *seen) bool {
		return s.anyRecord(state.Contact, func(o *state.Object) bool { return changed(o, state.AttrOwner) })
	},
	"contact-leaves-view": func(s *seen) bool {
		return s.anyRecord(state.Contact, func(o *state.Object) bool {
			return s.has(s.first.Views, "Key_Accounts", o.ID) && !s.has(s.last.Views, "Key_Accounts", o.ID) &&
				o.Versions[0].Item.Custom["Rating__c"].Text() == "Hot" && o.Item().Custom["Rating__c"].Text() == "Cold"
		})
	},
	"contact-of-inactive-owner": func(s *seen) bool {
		return s.anyRecord(state.Contact, func(o *state.Object) bool {
			return slices.ContainsFunc(s.rowsOf("User"), func(row string) bool {
				return strings.Contains(row, `"Id":"`+o.Item().Owner()+`"`) && strings.Contains(row, `"IsActive":false`)
			})
		})
	},
	"contact-without-address": func(s *seen) bool {
		return s.anyRecord(state.Contact, func(o *state.Object) bool { return now(o, state.AttrEmail).Presence() == state.Empty })
	},
	"contact-twice": func(s *seen) bool {
		return s.anyPair(state.Contact, func(b box, _ *state.Link, rec, item *state.Object) bool {
			key := state.MatchKeys(rec.Item())
			return len(key) > 0 && len(s.last.Records[state.Contact].Find(state.ByMatchKey, key[0])) == 2 && len(b.Items[state.Contact].Find(state.ByMatchKey, key[0])) == 1
		})
	},
	"contact-merged": func(s *seen) bool {
		return s.anyRecord(state.Contact, func(o *state.Object) bool {
			winner := s.last.Records[state.Contact].Get(o.MergedInto)
			return o.State() == state.Merged && winner != nil && live(winner)
		})
	},
	"lead-converted": func(s *seen) bool {
		return s.anyRecord(state.Contact, func(o *state.Object) bool {
			return o.Versions[0].From.After(s.rec.First()) && s.first.Directory.KnowsAddress(now(o, state.AttrEmail).Text())
		})
	},
	"contact-linked-by-short-id": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, l *state.Link, _, _ *state.Object) bool {
			return l.File != "" && strings.Contains(s.line(l.File, l.Line), `"`+l.RecordID[:15]+`"`)
		})
	},
	"contact-with-three-addresses": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return now(item, state.AttrEmail3).IsKnown() && now(rec, state.AttrEmail).IsKnown()
		})
	},
	"category-removed": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, _, item *state.Object) bool {
			return unmarkedLater(item) && inside(item) && len(now(item, state.AttrCategories).Texts()) == 0
		})
	},
	"contact-moved-to-other-folder": func(s *seen) bool {
		return s.anyItem(state.Contact, func(_ box, o *state.Object) bool {
			return o.Item().Carries != "" && o.Versions[0].Item.Folder == "Salesforce Contacts" && o.Item().Folder != "Salesforce Contacts" && unmarkedLater(o)
		})
	},
	"contact-copied": func(s *seen) bool {
		return s.twice(state.Contact, func(_ box, one, other *state.Object) bool {
			return live(one) && live(other) && one.Versions[0].From.Before(other.Versions[0].From)
		})
	},
	"access-lost": func(s *seen) bool {
		return s.anyRecord(state.Contact, func(o *state.Object) bool { return o.State() == state.Gone })
	},
	"contact-edited-on-both-sides": func(s *seen) bool {
		return s.anyPair(state.Contact, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return changed(rec, state.AttrPhone) && changed(item, state.AttrPhone) && rec.Now().SeenAt.Equal(item.Now().SeenAt) && !now(rec, state.AttrPhone).Equal(now(item, state.AttrPhone))
		})
	},
	"clock-ahead": func(s *seen) bool {
		return s.anyItem(state.Contact, func(_ box, o *state.Object) bool {
			return slices.ContainsFunc(o.Versions, func(v state.Version) bool { return v.Item.Value(state.AttrModified).Instant().After(v.SeenAt) })
		})
	},

	"task-done-in-mailbox": func(s *seen) bool {
		return s.anyPair(state.Task, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return follows(state.AttrClosed, item, rec) && now(rec, state.AttrClosed).Bool() && bySync(rec)
		})
	},
	"task-open-for-years": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			return !now(o, state.AttrClosed).Bool() && now(o, state.AttrDue).IsKnown() && now(o, state.AttrDue).Day() <= s.today(o).AddDays(-1000) && days(s.rec.First(), now(o, state.AttrModified).Instant()) > 1000
		})
	},
	"task-done-without-date-recently": func(s *seen) bool { return s.doneWithoutDate(5) },
	"task-done-without-date-earlier":  func(s *seen) bool { return s.doneWithoutDate(20) },
	"task-done-ahead": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			return now(o, state.AttrClosed).Bool() && now(o, state.AttrDue).Day() > s.today(o) && days(s.rec.First(), now(o, state.AttrModified).Instant()) > 14
		})
	},
	"task-on-the-boundary": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			return now(o, state.AttrClosed).Bool() && s.today(o) != 0 && now(o, state.AttrDue).Day() == s.today(o).AddDays(-14) && days(s.rec.First(), now(o, state.AttrModified).Instant()) > 14
		})
	},
	"task-closed-by-another-name": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			return now(o, state.AttrClosed).Bool() && now(o, state.AttrStatus).Text() != "Completed"
		})
	},
	"logged-email": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			sub, done := now(o, state.AttrSubtype).Text(), now(o, state.AttrCompleted)
			return slices.Contains([]string{"Email", "ListEmail", "Call"}, sub) && done.IsKnown() && s.rec.First().Sub(done.Instant()) < 24*time.Hour
		})
	},
	"task-taken-from-queue": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			return strings.HasPrefix(then(o, state.AttrOwner).Text(), "00G") && s.userOf(o.Item().Owner()) != nil
		})
	},
	"task-reassigned": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			from, to := then(o, state.AttrOwner).Text(), o.Item().Owner()
			held := func(user string, is func(*state.Object) bool) bool {
				return s.anyUser(func(b box) bool { return b.user.ID == user && slices.ContainsFunc(b.carrying(state.Task, o.ID), is) })
			}
			return from != to && held(from, deleted) && held(to, live)
		})
	},
	"task-archived": func(s *seen) bool {
		return s.anyRecord(state.Task, func(o *state.Object) bool {
			return o.State() == state.Gone && days(s.rec.First(), now(o, state.AttrModified).Instant()) > 365
		})
	},
	"task-touched-by-sync": func(s *seen) bool { return s.onlyTouched(bySync) },
	"task-touched-by-flow": func(s *seen) bool {
		at := map[time.Time]int{}
		s.anyRecord(state.Task, func(o *state.Object) bool {
			by, _ := s.last.Directory.Person(now(o, state.AttrModifiedBy).Text())
			if by.Name == "Automated Process" && len(o.Versions) == 2 && o.Versions[0].Item.SameContent(o.Item()) {
				at[o.Now().SeenAt]++
			}
			return false
		})
		return len(at) == 1 && at[s.rec.First().Add(6*30*time.Minute)] > 3
	},
	"task-description-edited": func(s *seen) bool {
		return s.anyPair(state.Task, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return changed(rec, state.AttrBody) && !changed(rec, state.AttrTitle) && !changed(rec, state.AttrStatus) && !changed(rec, state.AttrDue) && len(item.Versions) == 1
		})
	},
	"task-marked": func(s *seen) bool {
		return s.anyItem(state.Task, func(b box, o *state.Object) bool { return markedLater(o) && b.Links.OfItem(state.Task, o.ID) == nil })
	},

	"event-moved-in-salesforce": func(s *seen) bool {
		return s.anyPair(state.Event, func(_ box, _ *state.Link, rec, item *state.Object) bool { return follows(state.AttrStart, rec, item) })
	},
	"event-reaches-into-window": func(s *seen) bool {
		return s.anyRecord(state.Event, func(o *state.Object) bool {
			return o.Item().Series == nil && days(s.rec.First(), now(o, state.AttrStart).Instant()) >= 14 && s.today(o) != 0 && s.lastDay(o) >= s.today(o).AddDays(-14)
		})
	},
	"event-enters-window": func(s *seen) bool {
		return s.anyRecord(state.Event, func(o *state.Object) bool {
			return now(o, state.AttrStart).Instant().Equal(s.rec.First().AddDate(0, 0, 60).Add(3 * time.Hour))
		})
	},
	"copy-aged-out": func(s *seen) bool {
		return s.anyPair(state.Event, func(_ box, l *state.Link, rec, item *state.Object) bool {
			return l.Born == state.Salesforce && live(rec) && deleted(item) && len(attendees(item)) == 0 && s.lastDay(rec) == s.today(rec).AddDays(-14)
		})
	},
	"event-released": func(s *seen) bool {
		return s.anyPair(state.Event, func(_ box, l *state.Link, rec, item *state.Object) bool {
			return l.Born == state.Mailbox && len(attendees(item)) > 0 && unmarkedLater(item) && s.lastDay(rec) == s.today(rec).AddDays(-14)
		})
	},
	"event-moved-back-into-window": func(s *seen) bool {
		return s.anyPair(state.Event, func(_ box, l *state.Link, rec, item *state.Object) bool {
			return l.State == state.LinkFrozen && changed(item, state.AttrStart) && now(item, state.AttrStart).Instant().After(s.rec.Last()) && now(rec, state.AttrStart).Instant().Before(s.rec.First().AddDate(0, 0, -14))
		})
	},
	"old-series": func(s *seen) bool {
		return s.anyPair(state.Event, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return rec.Item().Series != nil && item.Item().Series != nil && days(s.rec.First(), now(rec, state.AttrStart).Instant()) > 700
		})
	},
	"all-day-across-zones": func(s *seen) bool {
		extremes := map[string]bool{}
		s.anyPair(state.Event, func(b box, _ *state.Link, rec, item *state.Object) bool {
			if owner(b, rec) && rec.Item().AllDay() && now(rec, state.AttrStartDate).Equal(now(item, state.AttrStartDate)) && now(rec, state.AttrEndDate).Equal(now(item, state.AttrEndDate)) {
				extremes[b.user.Zone.String()] = true
			}
			return false
		})
		return extremes["America/Los_Angeles"] || extremes["Pacific/Auckland"]
	},
	"all-day-too-long": func(s *seen) bool {
		return s.anyRecord(state.Event, func(o *state.Object) bool {
			return o.Item().AllDay() && now(o, state.AttrEndDate).Day()-now(o, state.AttrStartDate).Day() >= 14
		})
	},
	"series-too-long": func(s *seen) bool {
		return s.anyRecord(state.Event, func(o *state.Object) bool {
			return o.Item().Series != nil && now(o, state.AttrEnd).Instant().Sub(now(o, state.AttrStart).Instant()) > 24*time.Hour
		})
	},
	"event-fifteen-days-ago": func(s *seen) bool {
		return s.anyRecord(state.Event, func(o *state.Object) bool { return s.today(o) != 0 && s.lastDay(o) == s.today(o).AddDays(-15) })
	},
	"event-deleted-by-owner": func(s *seen) bool {
		return s.anyPair(state.Event, func(b box, _ *state.Link, rec, item *state.Object) bool {
			return live(rec) && deleted(item) && owner(b, rec) && len(attendees(item)) == 0 && s.lastDay(rec) > s.today(rec)
		})
	},
	"event-deleted-by-invitee": func(s *seen) bool {
		return s.anyPair(state.Event, func(b box, _ *state.Link, rec, item *state.Object) bool {
			_, invited := rec.Item().Invitee(b.user.ID)
			return live(rec) && deleted(item) && !owner(b, rec) && invited
		})
	},
	"event-recreated": func(s *seen) bool {
		return s.anyItem(state.Event, func(_ box, o *state.Object) bool {
			before, after := s.last.Records[state.Event].Get(o.Versions[0].Item.Carries), s.last.Records[state.Event].Get(o.Item().Carries)
			return before != nil && after != nil && before != after && deleted(before) && live(after) && now(before, state.AttrTitle).Equal(now(after, state.AttrTitle)) && bySync(after)
		})
	},
	"edit-overwritten": func(s *seen) bool {
		return s.anyItem(state.Event, func(_ box, o *state.Object) bool {
			return len(o.Versions) == 3 && !changed(o, state.AttrTitle) && !o.Versions[1].Item.Value(state.AttrTitle).Equal(now(o, state.AttrTitle))
		})
	},
	"event-made-private": func(s *seen) bool {
		return s.anyPair(state.Event, func(_ box, _ *state.Link, rec, item *state.Object) bool {
			return changed(item, state.AttrPrivate) && now(item, state.AttrPrivate).Bool() && !now(rec, state.AttrPrivate).Bool()
		})
	},
	"attendee-of-subdomain": func(s *seen) bool {
		return s.anyItem(state.Event, func(_ box, o *state.Object) bool {
			return slices.ContainsFunc(attendees(o), func(a state.Attendee) bool { return strings.HasSuffix(a.Email, "@mail.globex.example") })
		})
	},
	"invitation-declined": func(s *seen) bool {
		return s.anyPair(state.Event, func(b box, _ *state.Link, rec, item *state.Object) bool {
			inv, _ := rec.Item().Invitee(b.user.ID)
			return inv.Response == "declined" && now(item, state.AttrResponse).Text() == "declined"
		})
	},
	"child-event": func(s *seen) bool { // a row that is no event of its own
		return slices.ContainsFunc(s.rowsOf("Event"), func(row string) bool {
			at := strings.Index(row, "00U")
			return at >= 0 && s.last.Records[state.Event].Get(row[at:at+18]) == nil
		})
	},
	"meeting-deleted-by-organiser": func(s *seen) bool {
		return s.anyPair(state.Event, func(b box, _ *state.Link, rec, item *state.Object) bool {
			return live(rec) && deleted(item) && owner(b, rec) && item.Item().Organizer == state.True && len(attendees(item)) > 0
		})
	},
	"attendee-removed": func(s *seen) bool {
		return s.anyPair(state.Event, func(b box, _ *state.Link, rec, item *state.Object) bool {
			return len(rec.Versions[0].Item.Invitees) > len(rec.Item().Invitees) && len(attendees(item)) > len(rec.Item().Invitees)
		})
	},
	"meeting-in-two-mailboxes": func(s *seen) bool {
		return s.anyItem(state.Event, func(b box, o *state.Object) bool {
			return marked(o) && o.Item().Carries == "" && o.Item().Organizer == state.False && s.anyUser(func(c box) bool {
				return c.user != b.user && len(c.Items[state.Event].Find(state.ByMatchKey, "u:"+o.Item().ICalUID)) > 0
			})
		})
	},
	"private-event-marked": func(s *seen) bool {
		return s.anyItem(state.Event, func(b box, o *state.Object) bool {
			return markedLater(o) && now(o, state.AttrPrivate).Bool() && b.Links.OfItem(state.Event, o.ID) == nil
		})
	},
	"internal-meeting": func(s *seen) bool {
		return s.anyItem(state.Event, func(_ box, o *state.Object) bool {
			return len(attendees(o)) == 1 && strings.HasSuffix(attendees(o)[0].Email, "+cal@acme.example")
		})
	},

	"tasks-switched-off": func(s *seen) bool {
		return s.anyUser(func(b box) bool { return pref(b.user, "tasks.downsync") == false && b.any(state.Task, markedLater) })
	},
	"contacts-switched-off": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			return switched(b, "contacts.downsync", true, false) && b.count(state.Contact, marked) > 3
		})
	},
	"off-and-forbidden": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			return pref(b.user, "contacts.downsync") == false && pref(b.user, "contacts.forbid_to_remove") == true && b.any(state.Contact, deleted)
		})
	},
	"removal-forbidden": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			return pref(b.user, "contacts.downsync") == true && pref(b.user, "contacts.forbid_to_remove") == true && b.any(state.Contact, func(o *state.Object) bool {
				return deleted(o) && slices.ContainsFunc(b.carrying(state.Contact, o.Item().Carries), live)
			})
		})
	},
	"removal-allowed-again": func(s *seen) bool {
		return s.anyUser(func(b box) bool { return switched(b, "contacts.forbid_to_remove", true, false) })
	},
	"in-two-groups": func(s *seen) bool {
		return s.anyUser(func(b box) bool { return len(b.user.Value(state.UserGroups).Texts()) == 2 })
	},
	"scope-narrowed": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			return switched(b, "contacts.scope", "All available Contacts", "Only my Contacts") && b.any(state.Contact, func(o *state.Object) bool {
				rec := s.last.Records[state.Contact].Get(o.Item().Carries)
				return rec != nil && !owner(b, rec)
			})
		})
	},
	"view-gone": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			v := s.viewOf(b)
			return pref(b.user, "contacts.view") == "Retired_Accounts" && (v == nil || !v.Complete)
		})
	},
	"view-cut-short": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			v := s.viewOf(b)
			return v != nil && len(v.Members) > 0 && (!v.Complete || v.MaybeTruncated)
		})
	},
	"view-empty": func(s *seen) bool {
		return s.anyUser(func(b box) bool { v := s.viewOf(b); return v != nil && v.Complete && len(v.Members) == 0 })
	},
	"view-of-another": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			v := s.viewOf(b)
			return v != nil && v.Filter != nil && v.Filter.Scope == state.ScopeMine && len(v.Members) > 0 && s.anyRecord(state.Contact, func(o *state.Object) bool {
				return v.Members[o.ID] && !owner(b, o)
			})
		})
	},
	"category-renamed": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			renamed := func(o *state.Object) bool { return unmarkedLater(o) && o.Item().HasCategory("CRM") }
			return b.count(state.Contact, renamed) > 5 && b.count(state.Task, renamed) > 5 && b.count(state.Event, renamed) > 5
		})
	},
	"folder-deleted": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			return b.count(state.Contact, inside) > 5 && !b.any(state.Contact, func(o *state.Object) bool { return inside(o) && !deleted(o) })
		})
	},
	"mailbox-migrated": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			again := func(k state.Kind) func(o *state.Object) bool {
				return func(o *state.Object) bool {
					return deleted(o) && o.Item().Carries != "" && slices.ContainsFunc(b.carrying(k, o.Item().Carries), live)
				}
			}
			return b.count(state.Contact, again(state.Contact)) > 5 && b.count(state.Task, again(state.Task))+b.count(state.Event, again(state.Event)) > 5
		})
	},
	"token-expired": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			full := 0
			for _, c := range s.rec.Captures() {
				if c.Source == b.user.Address && c.Kind == "event" && c.Full {
					full++
				}
			}
			return full == 2 && b.count(state.Contact, live) > 5 && b.count(state.Contact, deleted) < 3
		})
	},
	"session-cut-short": func(s *seen) bool {
		return s.anyUser(func(b box) bool { return !b.Items[state.Event].Coverage.Complete })
	},
	"small-mailbox": func(s *seen) bool {
		return s.anyUser(func(b box) bool {
			copies := func(is func(*state.Object) bool) int {
				return b.count(state.Contact, func(o *state.Object) bool { return o.Item().Carries != "" && is(o) })
			}
			return copies(live) == 1 && copies(deleted) == 3
		})
	},
	"user-deactivated": func(s *seen) bool {
		return s.anyUser(func(b box) bool { return b.before.Active() && !b.user.Active() })
	},
}

// doneWithoutDate finds a completed task without a due date, last modified days ago.
func (s *seen) doneWithoutDate(ago int) bool {
	return s.anyRecord(state.Task, func(o *state.Object) bool {
		u := s.userOf(o.Item().Owner())
		return u != nil && now(o, state.AttrClosed).Bool() && now(o, state.AttrDue).Presence() == state.Empty &&
			state.DateOf(now(o, state.AttrModified).Instant(), u.Zone) == s.today(o).AddDays(-ago)
	})
}

// onlyTouched finds an old completed task that somebody dated anew without changing it.
func (s *seen) onlyTouched(by func(*state.Object) bool) bool {
	return s.anyRecord(state.Task, func(o *state.Object) bool {
		return len(o.Versions) == 2 && o.Versions[0].Item.SameContent(o.Item()) && by(o) && days(s.rec.First(), then(o, state.AttrModified).Instant()) > 14
	})
}

// lost are the cases that mailboxes of a provider cannot show.
var lost = func() map[string]map[string]string {
	const categories, ids, places = "events and tasks have no categories", "tasks have no place for a record's id", "contacts lie in no folders"
	return map[string]map[string]string{"gmail": {
		"task-marked": categories, "tasks-switched-off": categories, "event-released": categories, "private-event-marked": categories,
		"meeting-in-two-mailboxes": categories, "category-renamed": categories, "task-reassigned": ids,
		"contact-moved-to-other-folder": places, "folder-deleted": places,
	}}
}()

// Every case of the table happens, as what weir reads shows, in the smallest
// recording of which that is said, whatever the provider, the seed and the form.
func TestEveryCaseHappens(t *testing.T) {
	for i, provider := range generate.Providers() {
		for _, seed := range []uint64{1, 2} {
			opts := small
			opts.Seed, opts.CSV, opts.Providers = seed, seed == 2 && i == 0, []generate.Share{{Provider: provider, Weight: 1}}
			s := see(t, opts)
			for _, c := range generate.Cases() {
				is := recognise[c.Name]
				if assert.NotNil(t, is, "%s is not recognised by anything", c.Name) {
					assert.Equal(t, lost[provider][c.Name] == "", is(s), "%s, seed %d: %d %s: %s", provider, seed, c.Number, c.Name, c.Makes)
				}
			}
		}
	}
	assert.Len(t, recognise, len(generate.Cases()), "a case is recognised that does not exist")
}

// The table answers for every question: each is made, or said not to be shown.
func TestEveryQuestionHasItsCase(t *testing.T) {
	numbers := map[int]bool{}
	names := map[string]bool{}
	for _, c := range generate.Cases() {
		numbers[c.Number] = true
		assert.False(t, names[c.Name], "%s stands twice", c.Name)
		names[c.Name] = true
		assert.Positive(t, c.Every)
		assert.True(t, strings.HasSuffix(c.Makes, "."), c.Makes)
	}
	for _, not := range generate.NotShown {
		assert.False(t, numbers[not.Number], "%d is made", not.Number)
		numbers[not.Number] = true
	}
	for n := 1; n <= 70; n++ {
		assert.True(t, numbers[n], "question %d", n)
	}
}

package ews_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording/ews"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// read reads one answer of Ann's, who lives in Berlin.
func read(t testing.TB, text string, in wire.MailFile) (*wire.MailOutput, *wire.Problems, *textpos.Error) {
	t.Helper()
	problems, out := &wire.Problems{}, &wire.MailOutput{}
	env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
	if in.Path == "" {
		in.Path = "x.xml"
	}
	in.Mailbox = "ann@acme.example"
	if in.Zone == nil {
		in.Zone = load(t, "Europe/Berlin")
	}
	err := ews.Read(strings.NewReader(text), in, env, out)
	return out, problems, err
}

func load(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := zone.Load(name)
	require.NoError(t, err)
	return loc
}

const (
	namespaces = `xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"`
	// all is what an item has for which all properties were asked.
	all = `<t:ItemClass>IPM</t:ItemClass><t:Size>1</t:Size><t:DateTimeCreated>2026-01-01T00:00:00Z</t:DateTimeCreated><t:HasAttachments>false</t:HasAttachments><t:IsSubmitted>false</t:IsSubmitted>`
)

func getItem(items string) string {
	return `<m:GetItemResponse ` + namespaces + `><m:ResponseMessages><m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items>` + items + `</m:Items></m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse>`
}

func findItem(attrs, items string) string {
	return `<m:FindItemResponse ` + namespaces + `><m:ResponseMessages><m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:RootFolder ` + attrs + `><t:Items>` + items + `</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse>`
}

func syncItems(last, changes string) string {
	return `<m:SyncFolderItemsResponse ` + namespaces + `><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:SyncState>H4s=</m:SyncState><m:IncludesLastItemInRange>` + last + `</m:IncludesLastItemInRange><m:Changes>` + changes + `</m:Changes></m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>`
}

func item(kind, inside string) string {
	return `<t:` + kind + `><t:ItemId Id="I" ChangeKey="C"/>` + inside + `</t:` + kind + `>`
}

// one reads an answer with one item and nothing to complain about.
func one(t *testing.T, text string) wire.Row {
	t.Helper()
	out, problems, err := read(t, text, wire.MailFile{})
	require.Nil(t, err)
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Rows, 1)
	return out.Rows[0]
}

// What an answer says, attribute by attribute. What is missing is empty where all
// properties were asked for, and unrecorded where not.
func TestItems(t *testing.T) {
	cases := []struct {
		name, kind, inside string
		attr               state.Attr
		want               string
		presence           state.Presence
	}{
		{"names", "Contact", `<t:GivenName>Jose&#x301;</t:GivenName>`, state.AttrFirstName, "José", state.Known},
		{"names in their full form only", "Contact", `<t:CompleteName><t:FirstName>Jo</t:FirstName><t:LastName>Li</t:LastName></t:CompleteName>`, state.AttrLastName, "Li", state.Known},
		{"a name not asked for", "Contact", ``, state.AttrLastName, "(not recorded)", state.Unrecorded},
		{"a name that is not there", "Contact", all, state.AttrLastName, "", state.Empty},
		{"an empty element", "Contact", `<t:CompanyName/>`, state.AttrCompany, "", state.Empty},
		{"an address", "Contact", `<t:EmailAddresses><t:Entry Key="EmailAddress1">Jo@X.example</t:Entry></t:EmailAddresses>`, state.AttrEmail, "jo@x.example", state.Known},
		{"an address with its kind", "Contact", `<t:EmailAddresses><t:Entry Key="EmailAddress2">SMTP:jo@x.example</t:Entry></t:EmailAddresses>`, state.AttrEmail2, "jo@x.example", state.Known},
		{"one address of several asked for", "Contact", `<t:EmailAddresses><t:Entry Key="EmailAddress1">a@x</t:Entry></t:EmailAddresses>`, state.AttrEmail3, "(not recorded)", state.Unrecorded},
		{"no third address", "Contact", all + `<t:EmailAddresses><t:Entry Key="EmailAddress1">a@x</t:Entry></t:EmailAddresses>`, state.AttrEmail3, "", state.Empty},
		{"business phone", "Contact", `<t:PhoneNumbers><t:Entry Key="HomePhone">1</t:Entry><t:Entry Key="BusinessPhone">2</t:Entry></t:PhoneNumbers>`, state.AttrPhone, "2", state.Known},
		{"mobile phone", "Contact", `<t:PhoneNumbers><t:Entry Key="MobilePhone">3</t:Entry></t:PhoneNumbers>`, state.AttrMobile, "3", state.Known},
		{"categories", "Contact", `<t:Categories><t:String>Salesforce</t:String><t:String>VIP</t:String></t:Categories>`, state.AttrCategories, "Salesforce, VIP", state.Known},
		{"categories not asked for", "Contact", ``, state.AttrCategories, "(not recorded)", state.Unrecorded},
		{"no categories", "Contact", all, state.AttrCategories, "", state.Known},
		{"a confidential contact", "Contact", `<t:Sensitivity>Confidential</t:Sensitivity>`, state.AttrPrivate, "true", state.Known},

		{"due in the person's zone", "Task", `<t:DueDate>2026-05-03T22:00:00Z</t:DueDate>`, state.AttrDue, "2026-05-04", state.Known},
		{"due in winter", "Task", `<t:DueDate>2026-12-03T23:00:00Z</t:DueDate>`, state.AttrDue, "2026-12-04", state.Known},
		{"due at midnight in UTC", "Task", `<t:DueDate>2026-05-04T00:00:00Z</t:DueDate>`, state.AttrDue, "2026-05-04", state.Known},
		{"due with an offset", "Task", `<t:DueDate>2026-05-04T00:00:00-07:00</t:DueDate>`, state.AttrDue, "2026-05-04", state.Known},
		{"due without a zone", "Task", `<t:DueDate>2026-05-04T00:00:00</t:DueDate>`, state.AttrDue, "2026-05-04", state.Known},
		{"not due", "Task", all, state.AttrDue, "", state.Empty},
		{"Outlook's day of never", "Task", `<t:DueDate>4501-01-01T00:00:00Z</t:DueDate>`, state.AttrDue, "", state.Empty},
		{"complete", "Task", `<t:IsComplete>true</t:IsComplete>`, state.AttrClosed, "true", state.Known},
		{"complete by its status", "Task", `<t:Status>Completed</t:Status>`, state.AttrClosed, "true", state.Known},
		{"complete by percent", "Task", `<t:PercentComplete>100</t:PercentComplete>`, state.AttrClosed, "true", state.Known},
		{"deferred", "Task", `<t:Status>Deferred</t:Status>`, state.AttrClosed, "false", state.Known},
		{"importance", "Task", `<t:Importance>High</t:Importance>`, state.AttrPriority, "High", state.Known},
		{"completion not asked for", "Task", ``, state.AttrClosed, "(not recorded)", state.Unrecorded},
		{"text", "Task", `<t:Body BodyType="Text">a&#xD;` + "\n" + `b </t:Body>`, state.AttrBody, "a\nb", state.Known},
		{"the text form goes first", "Task", `<t:Body BodyType="HTML">x</t:Body><t:TextBody BodyType="Text">y</t:TextBody>`, state.AttrBody, "y", state.Known},
		{"HTML as a person reads it", "Task", `<t:Body BodyType="HTML">&lt;p&gt;Ask &amp;amp; tell&lt;/p&gt;</t:Body>`, state.AttrBody, "Ask & tell", state.Known},
		{"a text cut short", "Task", `<t:Body BodyType="Text" IsTruncated="true">a</t:Body>`, state.AttrBody, "(not recorded)", state.Unrecorded},

		{"UTC", "CalendarItem", `<t:Start>2026-05-04T07:00:00Z</t:Start>`, state.AttrStart, "2026-05-04T07:00:00Z", state.Known},
		{"an offset", "CalendarItem", `<t:Start>2026-05-04T09:00:00.000+02:00</t:Start>`, state.AttrStart, "2026-05-04T07:00:00Z", state.Known},
		{"no offset, the item's zone", "CalendarItem", `<t:StartTimeZone Id="Tokyo Standard Time"/><t:Start>2026-05-04T09:00:00</t:Start>`, state.AttrStart, "2026-05-04T00:00:00Z", state.Known},
		{"no offset, no zone", "CalendarItem", `<t:Start>2026-05-04T09:00:00</t:Start>`, state.AttrStart, "2026-05-04T09:00:00Z", state.Known},
		{"no offset, the end's own zone", "CalendarItem", `<t:StartTimeZone Id="Tokyo Standard Time"/><t:EndTimeZone Id="UTC"/><t:Start>2026-05-04T09:00:00</t:Start><t:End>2026-05-04T09:00:00</t:End>`, state.AttrEnd, "2026-05-04T09:00:00Z", state.Known},
		{"a missing end is the start", "CalendarItem", `<t:Start>2026-05-04T07:00:00Z</t:Start>`, state.AttrEnd, "2026-05-04T07:00:00Z", state.Known},
		{"private", "CalendarItem", `<t:Sensitivity>Private</t:Sensitivity>`, state.AttrPrivate, "true", state.Known},
		{"out of office", "CalendarItem", `<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>`, state.AttrShowAs, "outofoffice", state.Known},
		{"elsewhere is busy", "CalendarItem", `<t:LegacyFreeBusyStatus>WorkingElsewhere</t:LegacyFreeBusyStatus>`, state.AttrShowAs, "busy", state.Known},
		{"no data", "CalendarItem", `<t:LegacyFreeBusyStatus>NoData</t:LegacyFreeBusyStatus>`, state.AttrShowAs, "", state.Empty},
		{"cancelled", "CalendarItem", `<t:IsCancelled>true</t:IsCancelled>`, state.AttrCancelled, "true", state.Known},
		{"cancelled by its state", "CalendarItem", `<t:AppointmentState>7</t:AppointmentState>`, state.AttrCancelled, "true", state.Known},
		{"not cancelled by its state", "CalendarItem", `<t:AppointmentState>3</t:AppointmentState>`, state.AttrCancelled, "false", state.Known},
		{"declined", "CalendarItem", `<t:MyResponseType>Decline</t:MyResponseType>`, state.AttrResponse, "declined", state.Known},
		{"no answer", "CalendarItem", `<t:MyResponseType>NoResponseReceived</t:MyResponseType>`, state.AttrResponse, "none", state.Known},
		{"attendees without rooms", "CalendarItem", `<t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Bo</t:Name><t:EmailAddress>Bo@X.example</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox><t:ResponseType>Accept</t:ResponseType></t:Attendee></t:RequiredAttendees><t:OptionalAttendees/><t:Resources><t:Attendee><t:Mailbox><t:EmailAddress>room@x</t:EmailAddress></t:Mailbox></t:Attendee></t:Resources>`, state.AttrAttendees, "bo@x.example", state.Known},
		{"no attendees", "CalendarItem", all, state.AttrAttendees, "", state.Known},
		{"attendees not asked for", "CalendarItem", ``, state.AttrAttendees, "(not recorded)", state.Unrecorded},
		{"not recurring", "CalendarItem", `<t:CalendarItemType>Single</t:CalendarItemType>`, state.AttrRecurring, "false", state.Known},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := one(t, getItem(item(c.kind, c.inside))).Item.Value(c.attr)
			assert.Equal(t, c.want, v.String())
			assert.Equal(t, c.presence, v.Presence())
		})
	}
}

// Listings return neither bodies nor attendees, and cut texts short.
func TestListingsSayLess(t *testing.T) {
	it := one(t, findItem(`IndexedPagingOffset="1" TotalItemsInView="1" IncludesLastItemInRange="true"`,
		item("CalendarItem", all+`<t:Subject>`+strings.Repeat("x", 255)+`</t:Subject>`))).Item
	assert.False(t, it.Value(state.AttrBody).IsRecorded())
	assert.False(t, it.Value(state.AttrAttendees).IsRecorded())
	assert.False(t, it.Value(state.AttrTitle).IsRecorded(), "255 characters are as likely as not the beginning of more")
	assert.Equal(t, state.Empty, it.Value(state.AttrLocation).Presence(), "a location would have been listed")
}

// definition is a zone as Exchange writes one that has no name: bias and onsets.
func definition(periods, groups, transitions string) string {
	return `<t:StartTimeZone Id="tzone://Microsoft/Custom" Name="(UTC+01:00) Ours"><t:Periods>` + periods + `</t:Periods><t:TransitionsGroups>` + groups +
		`</t:TransitionsGroups><t:Transitions>` + transitions + `</t:Transitions></t:StartTimeZone>`
}

const (
	berlinPeriods = `<t:Period Bias="-P0DT1H0M0.0S" Name="Standard" Id="Std"/><t:Period Bias="-PT120M" Name="Daylight" Id="Dlt/1"/>`
	berlinGroup   = `<t:TransitionsGroup Id="0"><t:RecurringDayTransition><t:To Kind="Period">Dlt/1</t:To><t:TimeOffset>P0DT2H0M0.0S</t:TimeOffset><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition>` +
		`<t:RecurringDayTransition><t:To Kind="Period">Std</t:To><t:TimeOffset>P0DT3H0M0.0S</t:TimeOffset><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>5</t:Occurrence></t:RecurringDayTransition></t:TransitionsGroup>`
	toGroup = `<t:Transition><t:To Kind="Group">0</t:To></t:Transition>`
	// Until 2006 the clocks of New York changed on other Sundays.
	newYorkPeriods = `<t:Period Bias="PT5H" Id="Std"/><t:Period Bias="PT4H" Id="Dlt"/>`
	newYorkGroups  = `<t:TransitionsGroup Id="old"><t:RecurringDayTransition><t:To Kind="Period">Dlt</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>4</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>1</t:Occurrence></t:RecurringDayTransition>` +
		`<t:RecurringDayTransition><t:To Kind="Period">Std</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition></t:TransitionsGroup>` +
		`<t:TransitionsGroup Id="new"><t:RecurringDayTransition><t:To Kind="Period">Dlt</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>2</t:Occurrence></t:RecurringDayTransition>` +
		`<t:RecurringDayTransition><t:To Kind="Period">Std</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>11</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>1</t:Occurrence></t:RecurringDayTransition></t:TransitionsGroup>`
	newYorkTransitions = `<t:Transition><t:To Kind="Group">old</t:To></t:Transition><t:AbsoluteDateTransition><t:To Kind="Group">new</t:To><t:DateTime>2007-01-01T00:00:00</t:DateTime></t:AbsoluteDateTransition>`
	fixedGroup         = `<t:TransitionsGroup Id="0"><t:Transition><t:To Kind="Period">Std</t:To></t:Transition></t:TransitionsGroup>`
)

// oldZone is a zone in the form of Exchange 2007.
func oldZone(base, parts string) string {
	return `<t:MeetingTimeZone TimeZoneName="Ours"><t:BaseOffset>` + base + `</t:BaseOffset>` + parts + `</t:MeetingTimeZone>`
}

const oldParts = `<t:Standard TimeZoneName="S"><t:Offset>P0D</t:Offset><t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex><t:Month>October</t:Month></t:RelativeYearlyRecurrence><t:Time>03:00:00.0000000</t:Time></t:Standard>` +
	`<t:Daylight TimeZoneName="D"><t:Offset>-PT60M</t:Offset><t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence><t:Time>02:00:00Z</t:Time></t:Daylight>`

// A zone that only the item defines is the known zone with the same offsets; where
// that cannot be, the reader hears why.
func TestDefinedZones(t *testing.T) {
	cases := []struct{ name, zone, year, want, warns string }{
		{"onsets on days of the week", definition(berlinPeriods, berlinGroup, toGroup), "2026", "Europe/Berlin", ""},
		{"the rules of an earlier time", definition(newYorkPeriods, newYorkGroups, newYorkTransitions), "2005", "America/New_York", ""},
		{"the rules of a later time", definition(newYorkPeriods, newYorkGroups, newYorkTransitions), "2026", "America/New_York", ""},
		{"the change between them", definition(newYorkPeriods, newYorkGroups, newYorkTransitions), "2006", "America/New_York", ""},
		{"one offset for ever", definition(`<t:Period Bias="-PT5H30M" Id="Std"/>`, fixedGroup, toGroup), "2026", "Asia/Kolkata", ""},
		{"onsets on dates", definition(`<t:Period Bias="-PT2H" Id="Std"/><t:Period Bias="-PT3H" Id="Dlt"/>`,
			`<t:TransitionsGroup Id="0"><t:RecurringDateTransition><t:To Kind="Period">Dlt</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>1</t:Month><t:Day>32</t:Day></t:RecurringDateTransition></t:TransitionsGroup>`, toGroup), "2026", "", "RecurringDateTransition does not say when it happens"},
		{"a date that never differs", definition(`<t:Period Bias="-PT9H" Id="Std"/>`,
			`<t:TransitionsGroup Id="0"><t:RecurringDateTransition><t:To Kind="Period">Std</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>4</t:Month><t:Day>1</t:Day></t:RecurringDateTransition></t:TransitionsGroup>`, toGroup), "2026", "Asia/Tokyo", ""},
		{"the old form", oldZone("-PT60M", oldParts), "2026", "Europe/Berlin", ""},
		{"the old form without daylight saving", oldZone("PT420M", ""), "2026", "America/Phoenix", ""},
		{"half of the old form", oldZone("-PT60M", oldParts[:strings.Index(oldParts, "<t:Daylight")]), "2026", "", "it has only one of Standard and Daylight"},
		{"the old form with a date", oldZone("-PT60M", strings.ReplaceAll(oldParts, "RelativeYearlyRecurrence", "AbsoluteDate")), "2026", "", "Standard does not say when it begins"},
		{"a base that is no duration", oldZone("1 hour", oldParts), "2026", "", "its BaseOffset is no duration"},
		{"offsets of nobody", definition(`<t:Period Bias="-PT1H7M" Id="Std"/>`, fixedGroup, toGroup), "2026", "", "has the offsets of no zone that weir knows"},
		{"no group", definition(berlinPeriods, berlinGroup, strings.ReplaceAll(toGroup, ">0<", ">1<")), "2026", "", `it has no group "1"`},
		{"no period", definition(strings.ReplaceAll(berlinPeriods, `Id="Std"`, `Id="x"`), berlinGroup, toGroup), "2026", "", `it has no period "Std"`},
		{"no transitions", definition(berlinPeriods, berlinGroup, ""), "2026", "", "it has no Transitions"},
		{"a bias that is none", definition(strings.ReplaceAll(berlinPeriods, "-PT120M", "two hours"), berlinGroup, toGroup), "2026", "", `the Bias of the period "Dlt/1" is no duration`},
		{"only a name", `<t:StartTimeZone Id="tzone://Microsoft/Custom"/>`, "2026", "", `"tzone://Microsoft/Custom". The item`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := read(t, getItem(item("CalendarItem", c.zone+`<t:Start>`+c.year+`-05-04T08:00:00Z</t:Start><t:End>`+c.year+`-05-04T09:00:00Z</t:End><t:Recurrence>`+
				`<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>`+c.year+`-05-04</t:StartDate></t:NoEndRecurrence></t:Recurrence>`)), wire.MailFile{})
			require.Nil(t, err)
			require.Len(t, out.Rows, 1)
			require.NotNil(t, out.Rows[0].Item.Series)
			assert.Equal(t, c.want, out.Rows[0].Item.Series.Zone)
			if c.warns == "" {
				assert.Empty(t, problems.Diagnostics())
				return
			}
			assert.Contains(t, problems.Diagnostics().Error(), "Unknown time zone")
			assert.Contains(t, problems.Diagnostics().Error(), c.warns)
		})
	}
}

// An end can be in a zone of its own, and so can a day.
func TestDefinedZonesOfTimes(t *testing.T) {
	tokyo := strings.ReplaceAll(definition(`<t:Period Bias="-PT9H" Id="Std"/>`, fixedGroup, toGroup), "StartTimeZone", "EndTimeZone")
	it := one(t, getItem(item("CalendarItem", definition(berlinPeriods, berlinGroup, toGroup)+tokyo+`<t:Start>2026-05-04T09:00:00</t:Start><t:End>2026-05-04T18:00:00</t:End>`))).Item
	assert.Equal(t, "2026-05-04T07:00:00Z", it.Value(state.AttrStart).String())
	assert.Equal(t, "2026-05-04T09:00:00Z", it.Value(state.AttrEnd).String())
	it = one(t, getItem(item("CalendarItem", tokyo+strings.ReplaceAll(tokyo, "EndTimeZone", "StartTimeZone")+`<t:IsAllDayEvent>true</t:IsAllDayEvent><t:Start>2026-05-03T15:00:00Z</t:Start><t:End>2026-05-04T15:00:00Z</t:End>`))).Item
	assert.Equal(t, "2026-05-04", it.Value(state.AttrStartDate).String())
}

// All-day events keep their days, whoever looks from wherever.
func TestAllDay(t *testing.T) {
	cases := []struct {
		name, person, inside, want string
		warns                      bool
	}{
		{"the item's own zone", "Europe/Berlin", `<t:StartTimeZone Id="Eastern Standard Time"/><t:Start>2014-06-09T04:00:00Z</t:Start><t:End>2014-06-10T04:00:00Z</t:End>`, "2014-06-09 2014-06-09", false},
		{"a definition named for people", "Europe/Berlin", `<t:StartTimeZone Id="tzone://Microsoft/Custom" Name="Tokyo Standard Time"/><t:Start>2026-05-03T15:00:00Z</t:Start><t:End>2026-05-05T15:00:00Z</t:End>`, "2026-05-04 2026-05-05", false},
		{"the old meeting zone", "UTC", `<t:MeetingTimeZone TimeZoneName="Tokyo Standard Time"/><t:Start>2026-05-03T15:00:00Z</t:Start><t:End>2026-05-04T15:00:00Z</t:End>`, "2026-05-04 2026-05-04", false},
		{"the person's zone", "Europe/Berlin", `<t:Start>2026-05-03T22:00:00Z</t:Start><t:End>2026-05-04T22:00:00Z</t:End>`, "2026-05-04 2026-05-04", false},
		{"over the change of clocks", "Europe/Berlin", `<t:Start>2026-03-27T23:00:00Z</t:Start><t:End>2026-03-29T22:00:00Z</t:End>`, "2026-03-28 2026-03-29", false},
		{"UTC", "Pacific/Auckland", `<t:Start>2026-05-04T00:00:00Z</t:Start><t:End>2026-05-05T00:00:00Z</t:End>`, "2026-05-04 2026-05-04", false},
		{"an offset", "Pacific/Auckland", `<t:Start>2026-05-04T00:00:00-07:00</t:Start><t:End>2026-05-05T00:00:00-07:00</t:End>`, "2026-05-04 2026-05-04", false},
		{"made three hours west, zone unknown", "Europe/Berlin", `<t:Start>2026-05-04T01:00:00Z</t:Start><t:End>2026-05-05T01:00:00Z</t:End>`, "2026-05-04 2026-05-04", true},
		{"made three hours east, zone unknown", "Europe/Berlin", `<t:Start>2026-05-03T19:00:00Z</t:Start><t:End>2026-05-04T19:00:00Z</t:End>`, "2026-05-04 2026-05-04", true},
		{"no end", "Europe/Berlin", `<t:Start>2026-05-03T22:00:00Z</t:Start>`, "2026-05-04 2026-05-04", false},
		{"midnight skipped by the clocks", "America/Santiago", `<t:Start>2026-09-06T04:00:00Z</t:Start><t:End>2026-09-07T03:00:00Z</t:End>`, "2026-09-06 2026-09-06", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := read(t, getItem(item("CalendarItem", `<t:IsAllDayEvent>true</t:IsAllDayEvent>`+c.inside)), wire.MailFile{Zone: load(t, c.person)})
			require.Nil(t, err)
			require.Len(t, out.Rows, 1)
			it := out.Rows[0].Item
			assert.Equal(t, c.want, it.Value(state.AttrStartDate).String()+" "+it.Value(state.AttrEndDate).String())
			assert.False(t, it.Value(state.AttrStart).IsRecorded())
			assert.Equal(t, c.warns, len(problems.Diagnostics()) > 0, "%v", problems.Diagnostics())
		})
	}
}

func TestOrganizer(t *testing.T) {
	organizer := func(address, routing string) string {
		return `<t:Organizer><t:Mailbox><t:EmailAddress>` + address + `</t:EmailAddress><t:RoutingType>` + routing + `</t:RoutingType></t:Mailbox></t:Organizer>`
	}
	for inside, want := range map[string]state.Truth{
		`<t:MyResponseType>Organizer</t:MyResponseType>`:                                       state.True,
		`<t:MyResponseType>Accept</t:MyResponseType>`:                                          state.False,
		`<t:MyResponseType>Unknown</t:MyResponseType>`:                                         state.Unknown,
		`<t:IsMeeting>false</t:IsMeeting>`:                                                     state.True,
		organizer("Ann@Acme.example", "SMTP"):                                                  state.True,
		organizer("bo@acme.example", "SMTP"):                                                   state.False,
		organizer("/O=ACME/CN=BO", "EX"):                                                       state.Unknown,
		`<t:MyResponseType>Decline</t:MyResponseType>` + organizer("ann@acme.example", "SMTP"): state.False,
	} {
		assert.Equal(t, want, one(t, getItem(item("CalendarItem", inside))).Item.Organizer, inside)
	}
}

// A list of people that may lack somebody says so.
func TestAttendeesCutShort(t *testing.T) {
	attendee := func(address, routing string) string {
		return `<t:Attendee><t:Mailbox><t:EmailAddress>` + address + `</t:EmailAddress><t:RoutingType>` + routing + `</t:RoutingType></t:Mailbox></t:Attendee>`
	}
	half := `<t:RequiredAttendees>` + attendee("bo@x.example", "SMTP") + `</t:RequiredAttendees>`
	assert.True(t, one(t, getItem(item("CalendarItem", half))).Item.AttendeesTruncated, "nobody says that the other half was asked for")
	assert.False(t, one(t, getItem(item("CalendarItem", all+half))).Item.AttendeesTruncated)
	row := one(t, getItem(item("CalendarItem", all+`<t:RequiredAttendees>`+attendee("/o=Acme/cn=Bo", "EX")+attendee("cy@x.example", "")+`</t:RequiredAttendees>`)))
	assert.True(t, row.Item.AttendeesTruncated)
	assert.Equal(t, "cy@x.example", row.Item.Value(state.AttrAttendees).String())
}

func TestLinkProperty(t *testing.T) {
	property := func(name, value string) string {
		return `<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="` + name + `" PropertyType="String"/><t:Value>` + value + `</t:Value></t:ExtendedProperty>`
	}
	inside := property("Other", "003000000000002") + property("SfId", "003000000000001")
	for name, want := range map[string]string{"": "003000000000002AAA", "sfid": "003000000000001AAA", "None": ""} {
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID, LinkProperty: name}
		require.Nil(t, ews.Read(strings.NewReader(getItem(item("Contact", inside))), wire.MailFile{Path: "x.xml"}, env, out))
		assert.Equal(t, want, out.Rows[0].Item.Carries, name)
	}
}

// A listing of several kinds of answers: what each is evidence of.
func TestFeeds(t *testing.T) {
	const contact, single, master, occurrence = `<t:Contact><t:ItemId Id="1"/></t:Contact>`, `<t:CalendarItem><t:ItemId Id="1"/></t:CalendarItem>`,
		`<t:CalendarItem><t:ItemId Id="2"/><t:CalendarItemType>RecurringMaster</t:CalendarItemType></t:CalendarItem>`,
		`<t:CalendarItem><t:ItemId Id="3"/><t:UID>U</t:UID><t:CalendarItemType>Occurrence</t:CalendarItemType></t:CalendarItem>`
	cases := []struct {
		name, text string
		in         wire.MailFile
		want       wire.Feed
	}{
		{"a folder", findItem(`IndexedPagingOffset="1" TotalItemsInView="1" IncludesLastItemInRange="true"`, contact), wire.MailFile{},
			wire.Feed{Kind: "contact", Full: true, Rows: 1, Done: state.True, Total: 1, OneFolder: true}},
		{"a page of more", findItem(`IndexedPagingOffset="1" TotalItemsInView="9" IncludesLastItemInRange="false"`, contact), wire.MailFile{},
			wire.Feed{Kind: "contact", Full: true, Rows: 1, Done: state.False, Total: 9, OneFolder: true}},
		{"what is no contact does not count", findItem(`TotalItemsInView="2" IncludesLastItemInRange="true"`, contact+`<t:DistributionList><t:ItemId Id="D"/></t:DistributionList>`), wire.MailFile{},
			wire.Feed{Kind: "contact", Full: true, Rows: 1, Done: state.True, Total: 1, OneFolder: true}},
		{"an empty folder by name", findItem(`TotalItemsInView="0" IncludesLastItemInRange="true"`, ""), wire.MailFile{Type: "task"},
			wire.Feed{Kind: "task", Full: true, Done: state.True, Total: 0, OneFolder: true}},
		{"a listing that capture.json calls changes", findItem(`IncludesLastItemInRange="true"`, contact), wire.MailFile{Delta: true, DeltaDeclared: true},
			wire.Feed{Kind: "contact", Rows: 1, Done: state.True, Total: -1, OneFolder: true}},
		{"a calendar that may be a view", findItem(`TotalItemsInView="1" IncludesLastItemInRange="true"`, single), wire.MailFile{},
			wire.Feed{Kind: "event", Full: true, Rows: 1, Done: state.True, Total: 1, OneFolder: true, Bounded: true}},
		{"a view for sure", findItem(`TotalItemsInView="1" IncludesLastItemInRange="true"`, occurrence), wire.MailFile{},
			wire.Feed{Kind: "event", Full: true, Rows: 1, Done: state.True, Total: 1, OneFolder: true, Bounded: true}},
		{"a calendar in pages", findItem(`IndexedPagingOffset="1" TotalItemsInView="1" IncludesLastItemInRange="true"`, single), wire.MailFile{},
			wire.Feed{Kind: "event", Full: true, Rows: 1, Done: state.True, Total: 1, OneFolder: true}},
		{"a calendar with a master", findItem(`TotalItemsInView="2" IncludesLastItemInRange="true"`, single+master), wire.MailFile{},
			wire.Feed{Kind: "event", Full: true, Rows: 2, Done: state.True, Total: 2, OneFolder: true}},
		{"single items", getItem(contact), wire.MailFile{}, wire.Feed{Kind: "contact", Rows: 1, Total: -1}},
		{"single items declared to be all", getItem(contact), wire.MailFile{DeltaDeclared: true}, wire.Feed{Kind: "contact", Full: true, Rows: 1, Total: -1}},
		{"changes", syncItems("true", `<t:Create>`+contact+`</t:Create><t:Delete><t:ItemId Id="2"/></t:Delete><t:ReadFlagChange><t:ItemId Id="3"/><t:IsRead>true</t:IsRead></t:ReadFlagChange>`), wire.MailFile{},
			wire.Feed{Kind: "contact", Rows: 2, Removed: 1, Done: state.True, Total: -1}},
		{"a page of changes", syncItems("false", `<t:Update>`+contact+`</t:Update>`), wire.MailFile{}, wire.Feed{Kind: "contact", Rows: 1, Done: state.False, Total: -1}},
		{"the first round of changes", syncItems("true", `<t:Create>`+contact+`</t:Create>`), wire.MailFile{DeltaDeclared: true},
			wire.Feed{Kind: "contact", Full: true, Rows: 1, Done: state.True, Total: -1, OneFolder: true}},
		{"deletions by name", syncItems("true", `<t:Delete><t:ItemId Id="2"/></t:Delete>`), wire.MailFile{Type: "event"},
			wire.Feed{Kind: "event", Rows: 1, Removed: 1, Done: state.True, Total: -1}},
		{"a folder by capture.json", findItem(`IndexedPagingOffset="1" IncludesLastItemInRange="true"`, contact), wire.MailFile{Folder: "Salesforce Contacts"},
			wire.Feed{Kind: "contact", Full: true, Rows: 1, Done: state.True, Total: -1, OneFolder: true, Folder: "Salesforce Contacts"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := read(t, c.text, c.in)
			require.Nil(t, err)
			require.Empty(t, problems.Diagnostics())
			require.Len(t, out.Feeds, 1)
			got := *out.Feeds[0]
			c.want.File, c.want.Group, c.want.Renames = "x.xml", got.Group, true
			assert.Equal(t, c.want, got)
		})
	}
}

// Errors take nothing away, and say what to do.
func TestErrors(t *testing.T) {
	message := func(op, class, code string) string {
		return `<m:` + op + `Response ` + namespaces + `><m:ResponseMessages><m:` + op + `ResponseMessage ResponseClass="` + class + `"><m:MessageText>No luck.</m:MessageText><m:ResponseCode>` + code + `</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange></m:` + op + `ResponseMessage></m:ResponseMessages></m:` + op + `Response>`
	}
	cases := []struct {
		name, text, detail string
		missing            string
	}{
		{"a bad sync state", message("SyncFolderItems", "Error", "ErrorInvalidSyncStateData"), "without a SyncState", "Exchange answered ErrorInvalidSyncStateData"},
		{"busy", message("FindItem", "Error", "ErrorServerBusy"), "Wait", "Exchange answered ErrorServerBusy"},
		{"one item gone", message("GetItem", "Error", "ErrorItemNotFound"), "no deletion", ""},
		{"one item unreadable", message("GetItem", "Error", "ErrorItemCorrupt"), "Record it again", "Exchange answered ErrorItemCorrupt"},
		{"a warning", message("FindItem", "Warning", "ErrorBatchProcessingStopped"), "ErrorBatchProcessingStopped: No luck.", "Exchange answered ErrorBatchProcessingStopped"},
		{"a fault", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>a:ErrorServerBusy</faultcode><faultstring>The server cannot service this request right now.</faultstring><detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">ErrorServerBusy</e:ResponseCode></detail></s:Fault></s:Body></s:Envelope>`, "Wait", "Exchange answered ErrorServerBusy"},
		{"a request", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:FindItem ` + namespaces + `/></s:Body></s:Envelope>`, "Record what the server answered", "it is no Exchange answer"},
		{"an envelope without a letter", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`, "holds no answer", "it is no Exchange answer"},
		{"a web page", `<html><body>Sign in</body></html>`, `It holds "html"`, "it is no Exchange answer"},
		{"an item without an id", getItem(`<t:Contact><t:Subject>x</t:Subject></t:Contact>`), "ItemId", "an item without id"},
		{"an unknown item", getItem(`<t:Gadget><t:ItemId Id="1"/></t:Gadget>`), `"Gadget"`, "it holds a Gadget"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := read(t, c.text, wire.MailFile{Type: "contact"})
			require.Nil(t, err)
			diags := problems.Diagnostics()
			require.Len(t, diags, 1)
			assert.Contains(t, diags[0].Detail, c.detail)
			assert.Empty(t, out.Rows)
			require.Len(t, out.Feeds, 1)
			assert.Equal(t, c.missing, strings.Join(out.Feeds[0].Missing, "; "))
		})
	}
}

func TestRemovalOfUnknownKind(t *testing.T) {
	out, problems, err := read(t, syncItems("true", `<t:Delete><t:ItemId Id="2"/></t:Delete>`), wire.MailFile{})
	require.Nil(t, err)
	assert.Empty(t, out.Rows)
	require.Len(t, problems.Diagnostics(), 1)
	assert.Equal(t, "Removal of unknown kind", problems.Diagnostics()[0].Summary)
}

func TestFolders(t *testing.T) {
	for _, text := range []string{
		`<m:GetFolderResponse ` + namespaces + `><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:ContactsFolder><t:FolderId Id="F"/><t:DisplayName>Salesforce Contacts</t:DisplayName></t:ContactsFolder></m:Folders></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>`,
		`<m:FindFolderResponse ` + namespaces + `><m:ResponseMessages><m:FindFolderResponseMessage ResponseClass="Success"><m:RootFolder IncludesLastItemInRange="true"><t:Folders><t:ContactsFolder><t:FolderId Id="F"/><t:DisplayName>Salesforce Contacts</t:DisplayName></t:ContactsFolder></t:Folders></m:RootFolder></m:FindFolderResponseMessage></m:ResponseMessages></m:FindFolderResponse>`,
		`<m:SyncFolderHierarchyResponse ` + namespaces + `><m:ResponseMessages><m:SyncFolderHierarchyResponseMessage ResponseClass="Success"><m:Changes><t:Create><t:ContactsFolder><t:FolderId Id="F"/><t:DisplayName>Salesforce Contacts</t:DisplayName></t:ContactsFolder></t:Create><t:Delete><t:FolderId Id="G"/></t:Delete></m:Changes></m:SyncFolderHierarchyResponseMessage></m:ResponseMessages></m:SyncFolderHierarchyResponse>`,
	} {
		out, problems, err := read(t, text, wire.MailFile{})
		require.Nil(t, err)
		assert.Empty(t, problems.Diagnostics())
		assert.Equal(t, map[string]string{"F": "Salesforce Contacts"}, out.Folders)
		assert.Empty(t, out.Feeds)
	}
}

// Patterns and ranges, as Exchange writes them.
func TestRecurrence(t *testing.T) {
	cases := []struct{ name, pattern, limits, want, unreadable string }{
		{"daily", `<t:DailyRecurrence><t:Interval>3</t:Interval></t:DailyRecurrence>`, `<t:NoEndRecurrence><t:StartDate>2026-05-04+02:00</t:StartDate></t:NoEndRecurrence>`, "FREQ=DAILY;INTERVAL=3", ""},
		{"weekly", `<t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Monday Friday</t:DaysOfWeek><t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence>`, `<t:EndDateRecurrence><t:StartDate>2026-05-04Z</t:StartDate><t:EndDate>2026-06-30-07:00</t:EndDate></t:EndDateRecurrence>`, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=MO;UNTIL=20260630", ""},
		{"a day of the month", `<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>15</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>`, `<t:NumberedRecurrence><t:StartDate>2026-05-15</t:StartDate><t:NumberOfOccurrences>10</t:NumberOfOccurrences></t:NumberedRecurrence>`, "FREQ=MONTHLY;BYMONTHDAY=15;COUNT=10", ""},
		{"the last weekday", `<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>`, `<t:NoEndRecurrence/>`, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ""},
		{"a day of the year", `<t:AbsoluteYearlyRecurrence><t:DayOfMonth>4</t:DayOfMonth><t:Month>July</t:Month></t:AbsoluteYearlyRecurrence>`, `<t:NoEndRecurrence/>`, "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4", ""},
		{"the second Sunday of May", `<t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek><t:DayOfWeekIndex>Second</t:DayOfWeekIndex><t:Month>May</t:Month></t:RelativeYearlyRecurrence>`, `<t:NoEndRecurrence/>`, "FREQ=YEARLY;BYMONTH=5;BYDAY=SU;BYSETPOS=2", ""},
		{"any day and weekend days", `<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>WeekendDay</t:DaysOfWeek><t:DayOfWeekIndex>First</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>`, `<t:NoEndRecurrence/>`, "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1", ""},
		{"regeneration", `<t:WeeklyRegeneration><t:Interval>1</t:Interval></t:WeeklyRegeneration>`, `<t:NoEndRecurrence/>`, "", "WeeklyRegeneration is no pattern of events"},
		{"no range", `<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>`, ``, "", "the recurrence range"},
		{"nonsense", `<t:DailyRecurrence><t:Interval>-4</t:Interval></t:DailyRecurrence>`, `<t:NoEndRecurrence/>`, "", "INTERVAL"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := read(t, getItem(item("CalendarItem", `<t:StartTimeZone Id="W. Europe Standard Time"/><t:Recurrence>`+c.pattern+c.limits+`</t:Recurrence>`)), wire.MailFile{})
			require.Nil(t, err)
			s := out.Rows[0].Item.Series
			require.NotNil(t, s)
			assert.Equal(t, c.want, s.Rule)
			assert.Contains(t, s.Unreadable, c.unreadable)
			assert.Equal(t, c.unreadable == "", s.Unreadable == "")
			assert.Equal(t, c.unreadable != "", len(problems.Diagnostics()) > 0)
			assert.Equal(t, "Europe/Berlin", s.Zone)
		})
	}
}

// A master lists what became of its occurrences; it is no part of itself.
func TestChangedOccurrences(t *testing.T) {
	row := one(t, getItem(item("CalendarItem", `<t:CalendarItemType>RecurringMaster</t:CalendarItemType><t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence/></t:Recurrence>
	 <t:FirstOccurrence><t:ItemId Id="O0"/><t:Start>2026-05-04T07:00:00Z</t:Start><t:End>2026-05-04T08:00:00Z</t:End></t:FirstOccurrence>
	 <t:ModifiedOccurrences><t:Occurrence><t:ItemId Id="O1"/><t:Start>2026-05-06T10:00:00Z</t:Start><t:End>2026-05-06T11:00:00Z</t:End><t:OriginalStart>2026-05-06T07:00:00Z</t:OriginalStart></t:Occurrence></t:ModifiedOccurrences>
	 <t:DeletedOccurrences><t:DeletedOccurrence><t:Start>2026-05-05T07:00:00Z</t:Start></t:DeletedOccurrence></t:DeletedOccurrences>`)))
	at := func(d, h int) time.Time { return time.Date(2026, 5, d, h, 0, 0, 0, time.UTC) }
	assert.Equal(t, []state.Occurrence{
		{Original: at(5, 7), Start: at(5, 7), End: at(5, 7), Cancelled: true},
		{Original: at(6, 7), Start: at(6, 10), End: at(6, 11)},
	}, row.Item.Series.Occurrences)
	assert.Equal(t, at(4, 7), row.Item.Value(state.AttrStart).Instant(), "the first occurrence says when a series begins that does not")

	row = one(t, getItem(item("CalendarItem", `<t:UID>U</t:UID><t:CalendarItemType>Exception</t:CalendarItemType><t:Start>2026-05-06T10:00:00Z</t:Start><t:End>2026-05-06T11:00:00Z</t:End><t:OriginalStart>2026-05-06T07:00:00Z</t:OriginalStart><t:RecurrenceId>2026-05-06T07:00:00Z</t:RecurrenceId>`)))
	assert.Equal(t, wire.Occurrence, row.Role)
	assert.Equal(t, state.Occurrence{Original: at(6, 7), Start: at(6, 10), End: at(6, 11)}, row.Occurrence)

	row = one(t, getItem(item("CalendarItem", `<t:IsAllDayEvent>true</t:IsAllDayEvent><t:StartTimeZone Id="W. Europe Standard Time"/><t:Start>2026-05-03T22:00:00Z</t:Start><t:End>2026-05-04T22:00:00Z</t:End>
	 <t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence/></t:Recurrence><t:DeletedOccurrences><t:DeletedOccurrence><t:Start>2026-05-04T22:00:00Z</t:Start></t:DeletedOccurrence></t:DeletedOccurrences>`)))
	day := state.MakeDate(2026, 5, 5)
	assert.Equal(t, []state.Occurrence{{OriginalDate: day, StartDate: day, EndDate: day, Cancelled: true}}, row.Item.Series.Occurrences)
}

// What a place lists inside an item is no item of the answer, and an answer may come
// without its envelope.
func TestNestedItemsAreNoResults(t *testing.T) {
	nested := item("CalendarItem", `<t:Attachments><t:ItemAttachment><t:CalendarItem><t:ItemId Id="A"/></t:CalendarItem></t:ItemAttachment></t:Attachments><t:AdjacentMeetings><t:CalendarItem><t:ItemId Id="B"/></t:CalendarItem></t:AdjacentMeetings>`)
	assert.Equal(t, "I", one(t, getItem(nested)).ID)
	meeting := `<t:MeetingRequest><t:ItemId Id="M"/><t:AssociatedCalendarItemId Id="I"/></t:MeetingRequest>`
	assert.Equal(t, "I", one(t, getItem(meeting+nested)).ID)
	envelope := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><t:TimeZoneContext ` + namespaces + `><t:TimeZoneDefinition Id="Tokyo Standard Time"/></t:TimeZoneContext></s:Header><s:Body>`
	row := one(t, envelope+getItem(item("CalendarItem", `<t:Start>2026-05-04T09:00:00</t:Start>`))+`</s:Body></s:Envelope>`)
	assert.Equal(t, "2026-05-04T00:00:00Z", row.Item.Value(state.AttrStart).String(), "times without an offset are in the request's zone")
	assert.Equal(t, "I", one(t, strings.Replace(item("Task", ""), "<t:Task>", `<t:Task `+namespaces+`>`, 1)).ID, "even a bare item")
}

// An address that is a name in Exchange's own directory is not known, not empty.
func TestDirectoryNames(t *testing.T) {
	out, problems, err := read(t, getItem(item("Contact", all+`<t:EmailAddresses><t:Entry Key="EmailAddress1" RoutingType="EX">/o=Acme/ou=X/cn=Bo</t:Entry><t:Entry Key="EmailAddress2">X400:c=de</t:Entry></t:EmailAddresses>`)), wire.MailFile{})
	require.Nil(t, err)
	assert.Len(t, problems.Diagnostics(), 2)
	assert.Equal(t, state.Unrecorded, out.Rows[0].Item.Value(state.AttrEmail).Presence())
	assert.Equal(t, state.Unrecorded, out.Rows[0].Item.Value(state.AttrEmail2).Presence())
	assert.Equal(t, state.Empty, out.Rows[0].Item.Value(state.AttrEmail3).Presence())
}

func TestKnows(t *testing.T) {
	for _, head := range []string{`<?xml version="1.0"?>`, `<s:Envelope`, "\xFF\xFE<\x00", "\x00<"} {
		assert.True(t, ews.Knows([]byte(head)), head)
	}
	for _, head := range []string{"", "{", `{"a":"<"}`, "BEGIN:VCALENDAR", "["} {
		assert.False(t, ews.Knows([]byte(head)), head)
	}
}

// TestRealFiles reads every real answer and compares it with its golden summary.
func TestRealFiles(t *testing.T) {
	golden.Each(t, "testdata/*/*.xml", func(t *testing.T, name, content string) string {
		out, problems, err := read(t, content, wire.MailFile{Path: filepath.Base(name)})
		require.Nil(t, err)
		return summary(out, problems)
	})
}

func summary(out *wire.MailOutput, problems *wire.Problems) string {
	var b strings.Builder
	for _, f := range out.Feeds {
		fmt.Fprintf(&b, "feed %s full=%v rows=%d removed=%d done=%s total=%d bounded=%v one folder=%v missing=%q\n", f.Kind, f.Full, f.Rows, f.Removed, f.Done, f.Total, f.Bounded, f.OneFolder, f.Missing)
	}
	for i := range out.Rows {
		row := &out.Rows[i]
		fmt.Fprintf(&b, "%d:%d %s %s folder=%q gone=%v role=%d\n", row.Pos.Line, row.Pos.Column, row.Kind, row.ID, row.FolderID, row.Gone, row.Role)
		if row.Item == nil {
			continue
		}
		for _, a := range state.Schema() {
			if v := row.Item.Value(a.Attr); v.IsRecorded() {
				fmt.Fprintf(&b, "  %s = %s\n", a.Name, strings.ReplaceAll(v.String(), "\n", "⏎"))
			}
		}
		fmt.Fprintf(&b, "  organizer=%s truncated=%v\n", row.Item.Organizer, row.Item.AttendeesTruncated)
		if s := row.Item.Series; s != nil {
			fmt.Fprintf(&b, "  series rule=%q zone=%q unreadable=%q occurrences=%d\n", s.Rule, s.Zone, s.Unreadable, len(s.Occurrences))
		}
	}
	for _, d := range problems.Diagnostics() {
		fmt.Fprintf(&b, "%d:%d %s: %s\n", d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, d.Detail)
	}
	return b.String()
}

func FuzzEWS(f *testing.F) {
	for _, name := range golden.Files(f, "testdata/*/*.xml") {
		f.Add([]byte(golden.Read(f, name)), "event")
	}
	f.Add([]byte(getItem(item("CalendarItem", definition(newYorkPeriods, newYorkGroups, newYorkTransitions)+`<t:Start>2006-05-03T22:00:00Z</t:Start><t:Recurrence/>`))), "event")
	f.Add([]byte(getItem(item("CalendarItem", oldZone("-PT60M", oldParts)+`<t:IsAllDayEvent>true</t:IsAllDayEvent><t:Start>2026-05-03T22:00:00Z</t:Start>`))), "event")
	f.Add([]byte(syncItems("false", `<t:Create>`+item("Task", `<t:DueDate>2026-05-03T22:00:00Z</t:DueDate>`)+`</t:Create><t:Delete><t:ItemId Id="2"/></t:Delete>`)), "")
	f.Add([]byte(getItem(item("CalendarItem", `<t:IsAllDayEvent>true</t:IsAllDayEvent><t:Start>2026-05-03T22:00:00Z</t:Start><t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence/></t:Recurrence><t:DeletedOccurrences><t:DeletedOccurrence><t:Start>x</t:Start></t:DeletedOccurrence></t:DeletedOccurrences>`))), "event")
	berlin := load(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, data []byte, typ string) {
		read := func() (*wire.MailOutput, *wire.Problems) {
			problems, out := &wire.Problems{}, &wire.MailOutput{}
			env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
			if err := ews.Read(bytes.NewReader(data), wire.MailFile{Path: "x.xml", Type: typ, Mailbox: "a@x", Zone: berlin}, env, out); err != nil {
				require.Positive(t, err.Pos.Line)
			}
			return out, problems
		}
		out, problems := read()
		for _, row := range out.Rows {
			require.NotEqual(t, state.KindInvalid, row.Kind)
			require.NotEmpty(t, row.ID)
			require.Positive(t, row.Pos.Line)
			require.True(t, row.Gone || row.Item != nil)
		}
		again, sameProblems := read()
		require.Equal(t, summary(out, problems), summary(again, sameProblems))
	})
}

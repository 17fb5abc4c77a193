package anonymize

import (
	"regexp"
	"strings"

	"weir/state/zone"
)

// Class is what a field holds, and so how it is rewritten.
type Class uint8

// The classes. The zero value is a field that no table names: the shape of its value
// tells.
const (
	ByShape Class = iota
	Keep          // words of the service: states, types, zones
	ID
	Address
	Domain
	Text
	HTML
	URL
	ViewName // developer name of a list view, which file names repeat
	FileName
	Query // SOQL
	Drop  // what only tells about people: coordinates
)

// classes are the fields by name. A name after a dot is a field inside another.
var classes = func() map[string]Class {
	m := map[string]Class{}
	for class, names := range map[Class]string{
		Keep: `format provider page scope contacts_scope born state kind absence.contact absence.task absence.event time_zone link_property
			type contentType status importance sensitivity showAs response locationType uniqueIdType wellknownListName wellKnownName
			@removed.reason applicationName timeZone originalStartTimeZone originalEndTimeZone recurrenceTimeZone daysOfWeek firstDayOfWeek
			index @odata.type allowedOnlineMeetingProviders onlineMeetingProvider
			attributes.type sobject Type Status Priority ShowAs TaskSubtype EventSubtype TimeZoneSidKey RecurrenceTimeZoneSidKey RecurrenceType
			RecurrenceInstance RecurrenceMonthOfYear RecurrenceRegeneratedType Recurrence2PatternTimeZone Recurrence2PatternVersion
			field fieldNameOrPath operator conjunction sortDirection nullsPosition soapType soqlCompatible sobjectType fields.name
			eventType transparency visibility responseStatus accessRole groupType errors.reason details.reason useDefault metadata.source.type action`,
		ID: `id Id ids record_id item_id salesforce_id sync_identities seriesMasterId parentFolderId iCalUId uid changeKey @odata.etag etag
			externalId referenceId transactionId conversationId conversationIndex occurrenceId iCalUID recurringEventId resourceName previousResourceNames contactGroupResourceName memberResourceNames requestedResourceName
			nextPageToken nextSyncToken syncToken pageToken parent previous conferenceId MasterRecordId clientId deviceId scopeEntityId`,
		Address:  `mailbox address Email email Username user Organizer emailAddress.value emailAddresses.value`,
		Domain:   `email_domains`,
		URL:      `url @odata.context @odata.nextLink @odata.deltaLink webLink webUrl nextRecordsUrl joinUrl onlineMeetingUrl selfLink htmlLink hangoutLink uri PhotoUrl listViewsUrl resultsUrl describeUrl`,
		HTML:     `body.content content Description description Body body notes personalNotes bodyPreview`,
		ViewName: `developerName view DeveloperName label`,
		FileName: `files`,
		Query:    `query`,
		Drop:     `latitude longitude altitude accuracy MailingLatitude MailingLongitude OtherLatitude OtherLongitude`,
	} {
		for _, n := range strings.Fields(names) {
			m[n] = class
		}
	}
	return m
}()

// classOf tells what a field holds by its name and that of the field around it.
func classOf(parent, name string) Class {
	if c, ok := classes[parent+"."+name]; ok {
		return c
	}
	if c, ok := classes[name]; ok {
		return c
	}
	if strings.HasSuffix(name, "Id") && len(name) > 2 {
		return ID
	}
	return ByShape
}

// propertyForm is the name of an extended property, which is no id.
var propertyForm = regexp.MustCompile(`^(?:String|StringArray|Integer|Boolean|Binary|SystemTime) \{[0-9A-Fa-f-]+\} (?:Name|Id) `)

// plainForm are truths and short numbers: codes, not names.
var plainForm = regexp.MustCompile(`^(?i:true|false|null|yes|no|-?\d{1,2})$`)

// value rewrites one value of a class.
func (n *Names) value(c Class, s string) string {
	switch c {
	case Keep:
		return s
	case ID:
		if propertyForm.MatchString(s) {
			return s
		}
		return n.ID(s)
	case Address:
		return n.Address(s)
	case Domain:
		return n.Domain(s)
	case Text:
		return n.Text(s)
	case HTML:
		return n.HTML(s)
	case URL:
		return n.URL(s)
	case ViewName:
		return n.ViewName(s)
	case FileName:
		return n.FileName(s)
	case Query:
		return n.query(s)
	case Drop:
		return ""
	}
	return n.byShape(s)
}

// byShape rewrites a value of which only its look tells what it is.
func (n *Names) byShape(s string) string {
	if s == "" || plainForm.MatchString(s) {
		return s
	}
	if out, ok := n.date(s); ok {
		return out
	}
	switch {
	case looksLikeRecord(s):
		out, _ := n.record(s)
		return out
	case isAddress(s):
		return n.Address(s)
	case strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"):
		return n.URL(s)
	case isZone(s):
		return s
	case strings.HasPrefix(s, "@") && !strings.ContainsAny(s, " ."):
		return n.ID(s) // a reference inside an sObject tree
	}
	return n.Text(s)
}

// isZone reports the name of a time zone such as Europe/Berlin.
func isZone(s string) bool {
	if len(s) > 64 || !strings.Contains(s, "/") {
		return false
	}
	_, _, err := zone.Resolve(s)
	return err == nil
}

// queryText finds the texts in a SOQL query.
var queryText = regexp.MustCompile(`'(?:[^'\\]|\\.)*'`)

// query rewrites the texts in a SOQL query.
func (n *Names) query(s string) string {
	return queryText.ReplaceAllStringFunc(s, func(q string) string { return "'" + n.byShape(q[1:len(q)-1]) + "'" })
}

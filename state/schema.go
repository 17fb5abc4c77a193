package state

// Attr names an attribute of a record or item. The zero value is invalid.
type Attr uint8

// The attributes, in the order of the schema table. Those a policy may mention
// keep the names of the language reference; the internal ones are compared and
// written by the sync but cannot be named in a condition.
const (
	AttrInvalid Attr = iota

	AttrKind
	AttrTitle
	AttrOwner
	AttrOwnerEmail
	AttrParticipants
	AttrPrivate
	AttrCategories
	AttrCreated
	AttrModified
	AttrModifiedBy
	AttrBorn
	AttrLinked

	AttrClosed
	AttrStatus
	AttrPriority
	AttrDue
	AttrSubtype

	AttrStart
	AttrEnd
	AttrStartDate
	AttrEndDate
	AttrAllDay
	AttrLocation
	AttrAttendees
	AttrOrganizerEmail
	AttrRecurring
	AttrCancelled

	AttrEmail
	AttrEmail2
	AttrEmail3
	AttrFirstName
	AttrLastName
	AttrPhone
	AttrMobile
	AttrCompany
	AttrJobTitle

	AttrBody      // internal: the text of a task or event
	AttrShowAs    // internal: free, busy, tentative, outofoffice
	AttrResponse  // internal: the mailbox owner's own answer to an invitation
	AttrCompleted // internal: when a task was completed

	NumAttrs
)

// Source says where an attribute's value comes from on one side.
type Source uint8

const (
	// NoPlace: that side cannot hold the attribute; the link's other side is
	// asked, else it is empty.
	NoPlace Source = iota
	// Stored: read from the payload into the item.
	Stored
	// Computed: derived when asked (from other attributes, the link or the user).
	Computed
)

// Attribute is one row of the schema: what a policy may mention, its type, the
// kinds that have it, and where each dialect keeps it.
type Attribute struct {
	Attr     Attr
	Name     string
	Type     Type
	Kinds    []Kind // kinds that have it; nil means all
	Internal bool   // cannot be named in a condition
	// Salesforce and Mailbox say whether the side has a place for it.
	Salesforce, Mailbox Source
	// REST, Graph, EWS, Google and ICal (iCalendar, or vCard for contacts) name the
	// payload field(s) of each dialect, for the docs.
	REST, Graph, EWS, Google, ICal string
	Doc                            string
}

var (
	onlyTask    = []Kind{Task}
	onlyEvent   = []Kind{Event}
	onlyContact = []Kind{Contact}
	taskEvent   = []Kind{Task, Event}
)

// schema is the one table of attributes. Its order is the order of Attr.
var schema = [NumAttrs]Attribute{
	AttrKind:         {Name: "kind", Type: Text, Salesforce: Computed, Mailbox: Computed, REST: "attributes.type", Graph: "the resource", EWS: "the element", Google: "kind, resourceName", Doc: "contact, task or event"},
	AttrTitle:        {Name: "title", Type: Text, Salesforce: Stored, Mailbox: Stored, REST: "Subject; FirstName and LastName", Graph: "subject; title; givenName and surname", EWS: "Subject; DisplayName", Google: "summary; title; names[].displayName", Doc: "subject of a task or event; a contact's first and last name joined by a space"},
	AttrOwner:        {Name: "owner", Type: Text, Salesforce: Stored, Mailbox: NoPlace, REST: "OwnerId", Doc: "Salesforce id of the owning user (18 characters); a queue's id for a task nobody took"},
	AttrOwnerEmail:   {Name: "owner_email", Type: Text, Salesforce: Computed, Mailbox: NoPlace, REST: "Email of the OwnerId's User row", Doc: "e-mail address of the owning user"},
	AttrParticipants: {Name: "participants", Type: Texts, Salesforce: Computed, Mailbox: NoPlace, REST: "OwnerId, EventRelation, child events", Doc: "Salesforce ids of the users who take part: the owner and invited users"},
	AttrPrivate:      {Name: "private", Type: Bool, Salesforce: Stored, Mailbox: Stored, REST: "IsPrivate (events)", Graph: "sensitivity is anything but normal", EWS: "Sensitivity is anything but Normal", Google: "visibility is neither default nor public (events)", Doc: "marked private; false where a service has no such mark"},
	AttrCategories:   {Name: "categories", Type: Texts, Salesforce: NoPlace, Mailbox: Stored, Graph: "categories", EWS: "Categories", Google: "memberships (contacts); none otherwise", Doc: "the mailbox item's categories"},
	AttrCreated:      {Name: "created", Type: Instant, Salesforce: Stored, Mailbox: Stored, REST: "CreatedDate", Graph: "createdDateTime", EWS: "DateTimeCreated", Google: "created (events)", Doc: "when it was created"},
	AttrModified:     {Name: "modified", Type: Instant, Salesforce: Stored, Mailbox: Stored, REST: "LastModifiedDate", Graph: "lastModifiedDateTime", EWS: "LastModifiedTime", Google: "updated; metadata.sources[].updateTime", Doc: "when anybody last modified it, the sync included"},
	AttrModifiedBy:   {Name: "modified_by", Type: Text, Salesforce: Stored, Mailbox: NoPlace, REST: "LastModifiedById", Doc: "Salesforce id of the user who last modified it"},
	AttrBorn:         {Name: "born", Type: Text, Salesforce: Computed, Mailbox: Computed, REST: "the link", Graph: "the link", EWS: "the link", Google: "the link", Doc: "salesforce or mailbox: which side created it; empty without a link"},
	AttrLinked:       {Name: "linked", Type: Bool, Salesforce: Computed, Mailbox: Computed, REST: "the link", Graph: "the link", EWS: "the link", Google: "the link", Doc: "a link exists for this user (active or frozen)"},

	AttrClosed:   {Name: "closed", Type: Bool, Kinds: onlyTask, Salesforce: Stored, Mailbox: Stored, REST: "IsClosed", Graph: "status is completed", EWS: "IsComplete, Status, PercentComplete", Google: "status is completed", Doc: "the task is done"},
	AttrStatus:   {Name: "status", Type: Text, Kinds: onlyTask, Salesforce: Stored, Mailbox: Stored, REST: "Status", Graph: "status", EWS: "Status", Google: "status", Doc: "the task's status as its service words it"},
	AttrPriority: {Name: "priority", Type: Text, Kinds: onlyTask, Salesforce: Stored, Mailbox: Stored, REST: "Priority", Graph: "importance", EWS: "Importance", Google: "not kept", Doc: "the task's priority as its service words it"},
	AttrDue:      {Name: "due", Type: Day, Kinds: onlyTask, Salesforce: Stored, Mailbox: Stored, REST: "ActivityDate", Graph: "dueDateTime", EWS: "DueDate", Google: "due", Doc: "the day a task is due"},
	AttrSubtype:  {Name: "subtype", Type: Text, Kinds: onlyTask, Salesforce: Stored, Mailbox: NoPlace, REST: "TaskSubtype", Doc: "Task, Email, ListEmail, Call, Cadence or LinkedIn"},

	AttrStart:          {Name: "start", Type: Instant, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "StartDateTime, ActivityDateTime", Graph: "start", EWS: "Start", Google: "start.dateTime", Doc: "first instant; for an all-day event midnight of its first day in the user's zone"},
	AttrEnd:            {Name: "end", Type: Instant, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "EndDateTime, DurationInMinutes", Graph: "end", EWS: "End", Google: "end.dateTime", Doc: "end instant; for an all-day event midnight after its last day in the user's zone"},
	AttrStartDate:      {Name: "start_date", Type: Day, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "ActivityDate, StartDateTime", Graph: "start", EWS: "Start", Google: "start.date", Doc: "first day it covers in the user's zone"},
	AttrEndDate:        {Name: "end_date", Type: Day, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "EndDateTime, EndDate", Graph: "end", EWS: "End", Google: "end.date", Doc: "last day it covers in the user's zone"},
	AttrAllDay:         {Name: "all_day", Type: Bool, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "IsAllDayEvent", Graph: "isAllDay", EWS: "IsAllDayEvent", Google: "start.date", Doc: "an all-day event: dates, never shifted by a zone"},
	AttrLocation:       {Name: "location", Type: Text, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "Location", Graph: "location.displayName", EWS: "Location", Google: "location", Doc: "where it takes place"},
	AttrAttendees:      {Name: "attendees", Type: People, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "EventRelation rows and their people", Graph: "attendees", EWS: "RequiredAttendees, OptionalAttendees", Google: "attendees", Doc: "the invited people: email, name, response"},
	AttrOrganizerEmail: {Name: "organizer_email", Type: Text, Kinds: onlyEvent, Salesforce: Computed, Mailbox: Stored, REST: "Email of the owner", Graph: "organizer.emailAddress.address", EWS: "Organizer", Google: "organizer.email", Doc: "e-mail address of the organiser"},
	AttrRecurring:      {Name: "recurring", Type: Bool, Kinds: onlyEvent, Salesforce: Stored, Mailbox: Stored, REST: "IsRecurrence, IsRecurrence2", Graph: "type is seriesMaster", EWS: "CalendarItemType, Recurrence", Google: "recurrence, recurringEventId", Doc: "a series"},
	AttrCancelled:      {Name: "cancelled", Type: Bool, Kinds: onlyEvent, Salesforce: NoPlace, Mailbox: Stored, Graph: "isCancelled", EWS: "IsCancelled, AppointmentState", Google: "not kept (cancelled is deleted)", Doc: "the organiser cancelled the meeting"},

	AttrEmail:     {Name: "email", Type: Text, Kinds: onlyContact, Salesforce: Stored, Mailbox: Stored, REST: "Email", Graph: "emailAddresses[0].address", EWS: "EmailAddresses: EmailAddress1", Google: "emailAddresses[].value", Doc: "first e-mail address"},
	AttrEmail2:    {Name: "email2", Type: Text, Kinds: onlyContact, Salesforce: NoPlace, Mailbox: Stored, Graph: "emailAddresses[1].address", EWS: "EmailAddresses: EmailAddress2", Google: "emailAddresses[].value", Doc: "second e-mail address"},
	AttrEmail3:    {Name: "email3", Type: Text, Kinds: onlyContact, Salesforce: NoPlace, Mailbox: Stored, Graph: "emailAddresses[2].address", EWS: "EmailAddresses: EmailAddress3", Google: "emailAddresses[].value", Doc: "third e-mail address"},
	AttrFirstName: {Name: "first_name", Type: Text, Kinds: onlyContact, Salesforce: Stored, Mailbox: Stored, REST: "FirstName", Graph: "givenName", EWS: "GivenName", Google: "names[].givenName", Doc: "given name"},
	AttrLastName:  {Name: "last_name", Type: Text, Kinds: onlyContact, Salesforce: Stored, Mailbox: Stored, REST: "LastName", Graph: "surname", EWS: "Surname", Google: "names[].familyName", Doc: "family name"},
	AttrPhone:     {Name: "phone", Type: Text, Kinds: onlyContact, Salesforce: Stored, Mailbox: Stored, REST: "Phone", Graph: "businessPhones[0]", EWS: "PhoneNumbers: BusinessPhone", Google: "phoneNumbers[] of type work", Doc: "business phone"},
	AttrMobile:    {Name: "mobile", Type: Text, Kinds: onlyContact, Salesforce: Stored, Mailbox: Stored, REST: "MobilePhone", Graph: "mobilePhone", EWS: "PhoneNumbers: MobilePhone", Google: "phoneNumbers[] of type mobile", Doc: "mobile phone"},
	AttrCompany:   {Name: "company", Type: Text, Kinds: onlyContact, Salesforce: Stored, Mailbox: Stored, REST: "Account.Name", Graph: "companyName", EWS: "CompanyName", Google: "organizations[].name", Doc: "the company's name"},
	AttrJobTitle:  {Name: "job_title", Type: Text, Kinds: onlyContact, Salesforce: Stored, Mailbox: Stored, REST: "Title", Graph: "jobTitle", EWS: "JobTitle", Google: "organizations[].title", Doc: "job title"},

	AttrBody:      {Name: "body", Type: Text, Kinds: taskEvent, Internal: true, Salesforce: Stored, Mailbox: Stored, REST: "Description", Graph: "body.content", EWS: "TextBody, Body", Google: "description; notes", Doc: "the text; compared, shown as its length only"},
	AttrShowAs:    {Name: "show_as", Type: Text, Kinds: onlyEvent, Internal: true, Salesforce: Stored, Mailbox: Stored, REST: "ShowAs", Graph: "showAs", EWS: "LegacyFreeBusyStatus", Google: "transparency, status is tentative", Doc: "free, busy, tentative or outofoffice"},
	AttrResponse:  {Name: "response", Type: Text, Kinds: onlyEvent, Internal: true, Salesforce: Computed, Mailbox: Stored, REST: "EventRelation.Status of the user", Graph: "responseStatus.response", EWS: "MyResponseType", Google: "attendees[].responseStatus of self", Doc: "the user's own answer; goes up only"},
	AttrCompleted: {Name: "completed", Type: Instant, Kinds: onlyTask, Internal: true, Salesforce: Stored, Mailbox: Stored, REST: "CompletedDateTime", Graph: "completedDateTime", EWS: "CompleteDate", Google: "completed", Doc: "when the task was completed"},
}

// icalProperties are the schema's column of iCalendar and vCard.
var icalProperties = [NumAttrs]string{
	AttrKind: "VEVENT, VTODO, VCARD", AttrTitle: "SUMMARY; N, FN", AttrPrivate: "CLASS is anything but PUBLIC", AttrCategories: "CATEGORIES; groups' cards",
	AttrCreated: "CREATED", AttrModified: "LAST-MODIFIED; REV", AttrBorn: "the link", AttrLinked: "the link",
	AttrClosed: "STATUS, COMPLETED, PERCENT-COMPLETE", AttrStatus: "STATUS", AttrPriority: "PRIORITY", AttrDue: "DUE; DTSTART and DURATION",
	AttrStart: "DTSTART", AttrEnd: "DTEND; DTSTART and DURATION", AttrStartDate: "DTSTART", AttrEndDate: "DTEND; DTSTART and DURATION",
	AttrAllDay: "DTSTART is a date; X-MICROSOFT-CDO-ALLDAYEVENT", AttrLocation: "LOCATION", AttrAttendees: "ATTENDEE", AttrOrganizerEmail: "ORGANIZER",
	AttrRecurring: "RRULE, RDATE, RECURRENCE-ID", AttrCancelled: "STATUS is CANCELLED; METHOD is CANCEL",
	AttrEmail: "EMAIL, the preferred", AttrEmail2: "EMAIL, the second", AttrEmail3: "EMAIL, the third", AttrFirstName: "N, second part", AttrLastName: "N, first part",
	AttrPhone: "TEL of the type WORK", AttrMobile: "TEL of the type CELL", AttrCompany: "ORG, first part", AttrJobTitle: "TITLE",
	AttrBody: "DESCRIPTION; X-ALT-DESC", AttrShowAs: "TRANSP, STATUS; X-MICROSOFT-CDO-BUSYSTATUS", AttrResponse: "PARTSTAT of the owner's ATTENDEE", AttrCompleted: "COMPLETED",
}

// slots[k][a] is the place of attribute a in an item of kind k, or -1.
var slots, slotCount = layOutSlots()

func layOutSlots() (slots [4][NumAttrs]int8, counts [4]int) {
	for a := Attr(1); a < NumAttrs; a++ {
		schema[a].Attr, schema[a].ICal = a, icalProperties[a]
	}
	for k := range slots {
		for a := range slots[k] {
			slots[k][a] = -1
		}
	}
	for _, k := range Kinds() {
		for a := Attr(1); a < NumAttrs; a++ {
			if schema[a].stored() && schema[a].Has(k) {
				slots[k][a] = int8(counts[k])
				counts[k]++
			}
		}
	}
	return slots, counts
}

func (a *Attribute) stored() bool { return a.Salesforce == Stored || a.Mailbox == Stored }

// Has reports whether items of the kind have the attribute.
func (a *Attribute) Has(k Kind) bool {
	if a.Kinds == nil {
		return k != KindInvalid
	}
	for _, have := range a.Kinds {
		if have == k {
			return true
		}
	}
	return false
}

// On says where the attribute's value comes from on the side.
func (a *Attribute) On(side Side) Source {
	switch side {
	case Salesforce:
		return a.Salesforce
	case Mailbox:
		return a.Mailbox
	}
	return NoPlace
}

// Schema lists every attribute in a fixed order. The slice must not be changed.
func Schema() []Attribute { return schema[1:] }

// Describe is the schema's row for an attribute.
func (a Attr) Describe() *Attribute { return &schema[a] }

func (a Attr) String() string {
	if a == AttrInvalid || a >= NumAttrs {
		return "invalid"
	}
	return schema[a].Name
}

var attrByName = func() map[string]Attr {
	m := make(map[string]Attr, NumAttrs)
	for a := Attr(1); a < NumAttrs; a++ {
		m[schema[a].Name] = a
	}
	return m
}()

// ParseAttr finds an attribute by the name policies use, internal ones included.
func ParseAttr(name string) (Attr, bool) {
	a, ok := attrByName[name]
	return a, ok
}

// UserAttr names an attribute of a user. The zero value is invalid.
type UserAttr uint8

// The attributes of a user that conditions may mention.
const (
	UserAttrInvalid UserAttr = iota
	UserID
	UserEmail
	UserName
	UserProfile
	UserRole
	UserGroups
	UserProvider
	UserTimeZone
	UserActive
	NumUserAttrs
)

// UserAttribute is one row of the users' schema.
type UserAttribute struct {
	Attr UserAttr
	Name string
	Type Type
	From string // payload field or manifest key
	Doc  string
}

var userSchema = [NumUserAttrs]UserAttribute{
	UserID:       {UserID, "id", Text, "Id, salesforce_id", "Salesforce id (18 characters)"},
	UserEmail:    {UserEmail, "email", Text, "Email", "e-mail address in Salesforce, lower case; the mailbox address where none was recorded"},
	UserName:     {UserName, "name", Text, "Name", "full name"},
	UserProfile:  {UserProfile, "profile", Text, "Profile.Name", "name of the Salesforce profile"},
	UserRole:     {UserRole, "role", Text, "UserRole.Name", "name of the Salesforce role"},
	UserGroups:   {UserGroups, "groups", Texts, "groups in the manifest", "recorded groups; never a policy's groups"},
	UserProvider: {UserProvider, "provider", Text, "provider in the manifest", "office365, exchange or gmail"},
	UserTimeZone: {UserTimeZone, "time_zone", Text, "time_zone, TimeZoneSidKey", "IANA name of the zone the user's days are counted in"},
	UserActive:   {UserActive, "active", Bool, "IsActive", "the Salesforce user is active"},
}

// UserSchema lists every user attribute in a fixed order.
func UserSchema() []UserAttribute { return userSchema[1:] }

// Describe is the users' schema's row for an attribute.
func (a UserAttr) Describe() *UserAttribute { return &userSchema[a] }

// ParseUserAttr finds a user attribute by name.
func ParseUserAttr(name string) (UserAttr, bool) {
	for _, row := range UserSchema() {
		if row.Name == name {
			return row.Attr, true
		}
	}
	return UserAttrInvalid, false
}

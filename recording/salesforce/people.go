package salesforce

import (
	"path"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// User is one User row.
type User struct {
	ID          string
	Name, Email string // Email in lower case
	Username    string
	// Values are the attributes the row records, by user attribute.
	Values   [state.NumUserAttrs]state.Value
	TimeZone string // TimeZoneSidKey as written
	Custom   map[string]state.Value
	Gone     bool
	File     string
	Pos      textpos.Pos
}

// user reads a User row.
func (f *file) user(v *jsonstream.Value) {
	feed := f.feed("user")
	feed.Rows++
	id, ok := f.id("user", v)
	if !ok {
		return
	}
	u := User{ID: id, File: f.in.Path, Pos: v.Pos}
	u.Values[state.UserID] = state.TextValue(id)
	r := &rowReader{Reader: f.read, env: f.env, object: "User"}
	for i := range v.Fields {
		r.userField(&u, &v.Fields[i])
	}
	f.out.Users = append(f.out.Users, u)
}

func (r *rowReader) userField(u *User, f *jsonstream.Field) {
	v := &f.Value
	switch f.Name {
	case "Id", "attributes", "SystemModstamp", "LastViewedDate", "LastReferencedDate", "LastLoginDate", "LastModifiedDate", "CreatedDate":
	case "Name":
		u.Values[state.UserName] = r.Text(v, "Name")
		u.Name = u.Values[state.UserName].Text()
	case "Email":
		u.Values[state.UserEmail] = r.Address(v, "Email")
		u.Email = u.Values[state.UserEmail].Text()
	case "Username":
		u.Username = wire.Address(v.Text())
	case "IsActive":
		u.Values[state.UserActive] = r.Bool(v, "IsActive")
	case "TimeZoneSidKey":
		u.TimeZone = v.Text()
	case "Profile":
		u.Values[state.UserProfile] = r.related(v, "Profile")
	case "UserRole":
		u.Values[state.UserRole] = r.related(v, "UserRole")
	case "IsDeleted":
		u.Gone = v.IsTrue()
	default:
		u.Custom = r.custom(u.Custom, f.Name, v)
	}
}

// related is the Name of a related record; null if there is none.
func (r *rowReader) related(v *jsonstream.Value, name string) state.Value {
	if v.IsNull() {
		return state.EmptyValue()
	}
	return r.Text(v.Get("Name"), name+".Name")
}

// lead reads a Lead row, of which only the address matters.
func (f *file) lead(v *jsonstream.Value) {
	f.feed("lead").Rows++
	if id, ok := f.id("lead", v); ok && f.out.Counting == nil {
		email := f.read.Address(v.Get("Email"), "Email").Text()
		f.out.People = append(f.out.People, wire.Person{ID: id, Name: f.read.Text(v.Get("Name"), "Name").Text(), Email: email})
	}
}

// account reads an Account row, of which only the name matters: it is the company
// of contacts whose rows do not carry it.
func (f *file) account(v *jsonstream.Value) {
	feed := f.feed("account")
	feed.Rows++
	id, ok := f.id("account", v)
	if !ok {
		return
	}
	a := Account{ID: id, Name: f.read.Text(v.Get("Name"), "Name"), Gone: f.in.Deleted || f.read.Bool(v.Get("IsDeleted"), "IsDeleted").Bool()}
	if a.Gone {
		feed.Removed++
	}
	f.out.Accounts = append(f.out.Accounts, a)
}

// relation reads an EventRelation row.
func (f *file) relation(v *jsonstream.Value) { f.relationOf("", v) }

// relationOf reads an EventRelation row that may stand inside its event's.
func (f *file) relationOf(eventID string, v *jsonstream.Value) {
	feed := f.feed("event_relation")
	feed.Rows++
	event, person := v.Get("EventId"), v.Get("RelationId")
	if event.Text() != "" {
		eventID = f.env.ID(f.in.Path, event.Pos, event.Str)
	}
	if eventID == "" || person.Text() == "" {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Incomplete relation", "An EventRelation needs EventId and RelationId to say who takes part in what. Select both in the query.")
		feed.Lack("a relation without EventId or RelationId")
		return
	}
	rel := wire.Relation{EventID: eventID, PersonID: f.env.ID(f.in.Path, person.Pos, person.Str), Pos: v.Pos}
	if id := v.Get("Id"); id.Text() != "" {
		rel.ID = f.env.ID(f.in.Path, id.Pos, id.Str)
	} else {
		rel.ID = rel.EventID + "/" + rel.PersonID
	}
	var status string
	if rel.Response, status = response(v.Get("Status").Text()), v.Get("Status").Text(); status == "Uninvited" || v.Get("IsWhat").IsTrue() {
		rel.Invited = false
	} else {
		rel.Invited = v.Get("IsInvitee") == nil || v.Get("IsInvitee").IsTrue()
	}
	if v.Get("IsDeleted").IsTrue() || f.in.Deleted && v.Get("IsDeleted") == nil {
		rel.Gone = true
		feed.Removed++
	}
	f.out.relation(rel)
}

// response maps an invitation's status to the schema's words.
func response(status string) string {
	switch status {
	case "Accepted":
		return "accepted"
	case "Declined":
		return "declined"
	case "Maybe":
		return "tentative"
	}
	return "none"
}

// access reads a UserRecordAccess row. Salesforce does not show whose access it is;
// a row that somebody added it to goes before capture.json.
func (f *file) access(v *jsonstream.Value) {
	feed := f.feed("user_record_access")
	feed.Rows++
	user, record := v.Get("UserId"), v.Get("RecordId")
	userID := f.in.User
	if user.Text() != "" {
		userID = f.env.ID(f.in.Path, user.Pos, user.Str)
	}
	switch {
	case userID == "":
		f.accessOfNobody(feed, v)
		return
	case record.Text() == "":
		f.env.Problems.Warn(f.in.Path, v.Pos, "Incomplete access row", "A UserRecordAccess row needs RecordId. Select it in the query.")
		feed.Lack("a row without RecordId")
		return
	}
	if f.out.Counting != nil {
		return
	}
	f.out.Access = append(f.out.Access, Access{
		Key: state.AccessKey{UserID: userID, RecordID: f.env.ID(f.in.Path, record.Pos, record.Str)},
		May: state.Access{
			Read:   f.read.Bool(v.Get("HasReadAccess"), "HasReadAccess").Truth(),
			Edit:   f.read.Bool(v.Get("HasEditAccess"), "HasEditAccess").Truth(),
			Delete: f.read.Bool(v.Get("HasDeleteAccess"), "HasDeleteAccess").Truth(),
		}})
}

// accessOfNobody notes, once, that nothing says whose access a file shows.
func (f *file) accessOfNobody(feed *wire.Feed, v *jsonstream.Value) {
	if f.noUser {
		return
	}
	f.noUser = true
	f.env.Problems.Warn(f.in.Path, v.Pos, "Access of nobody", "A UserRecordAccess answer does not show the user it was asked about. Say so in capture.json, as {\"files\": {%q: {\"user\": \"005…\"}}} with a Salesforce id or mailbox, or add UserId to the rows.", path.Base(f.in.Path))
	feed.Lack("nothing says whose access it is")
}

package recording

import (
	"io/fs"
	"slices"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// ManifestFile is the manifest's name.
const ManifestFile = "recording.json"

// manifestReader reads recording.json.
type manifestReader struct {
	problems *wire.Problems
	m        *Manifest
	format   string
	formatAt textpos.Pos
	seenFmt  bool
	fatal    bool
}

// readManifest reads the manifest; nil, with an error noted, if it cannot be used.
func readManifest(fsys fs.FS, problems *wire.Problems, digests *digests) *Manifest {
	if info, err := fs.Lstat(fsys, ManifestFile); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		problems.Fail(ManifestFile, textpos.Pos{}, "Symbolic link", "Symbolic links are not followed, so that a recording cannot read files outside itself. Put the manifest itself here.")
		return nil
	}
	if info, err := fs.Stat(fsys, ManifestFile); err == nil && !info.Mode().IsRegular() {
		problems.Fail(ManifestFile, zeroPos, "Manifest not readable", "%s is not a regular file.", ManifestFile)
		return nil
	}
	f, err := fsys.Open(ManifestFile)
	if err != nil {
		problems.Fail(ManifestFile, textpos.Pos{}, "No manifest", "A recording is a directory with a recording.json, and this one cannot be opened (%s). Give the directory that holds it.", reason(err))
		return nil
	}
	defer f.Close()
	r := &manifestReader{problems: problems, m: &Manifest{Markers: state.DefaultMarkers(), Absence: map[state.Kind]bool{}}}
	sum := newHashing(f)
	jerr := jsonstream.Walk(sum, jsonstream.Limits{}, r)
	digests.add(ManifestFile, sum)
	if jerr != nil {
		problems.Fail(ManifestFile, jerr.Pos, jerr.Summary, "%s", jerr.Detail)
		return nil
	}
	r.checkFormat()
	if r.fatal {
		return nil
	}
	slices.SortFunc(r.m.Users, func(a, b ManifestUser) int { return strings.Compare(a.Mailbox, b.Mailbox) })
	return r.m
}

func (r *manifestReader) fail(pos textpos.Pos, summary, detail string, args ...any) {
	r.fatal = true
	r.problems.Fail(ManifestFile, pos, summary, detail, args...)
}

func (r *manifestReader) warn(pos textpos.Pos, summary, detail string, args ...any) {
	r.problems.Warn(ManifestFile, pos, summary, detail, args...)
}

func (r *manifestReader) checkFormat() {
	switch {
	case r.fatal:
	case !r.seenFmt:
		r.fail(textpos.Pos{}, "No format", "The manifest does not say which format it has. Add \"format\": %q.", Format)
	case r.format != Format && !strings.HasPrefix(r.format, Format+"."):
		r.fail(r.formatAt, "Unknown format", "The manifest has the format %q; this weir reads %q. Use a newer weir.", wire.Clip(r.format), Format)
	}
}

// Member implements jsonstream.Visitor.
func (r *manifestReader) Member(path string) jsonstream.Action {
	switch path {
	case "":
		return jsonstream.Enter
	case "users":
		return jsonstream.Rows
	}
	return jsonstream.Take
}

// Problem implements jsonstream.Visitor.
func (r *manifestReader) Problem(err *textpos.Error) {
	r.fail(err.Pos, err.Summary, "%s", err.Detail)
}

// Row implements jsonstream.Visitor: a user.
func (r *manifestReader) Row(path string, v *jsonstream.Value) {
	if path != "users" {
		r.Value("", v)
		return
	}
	r.user(v)
}

var manifestKeys = []string{"format", "organization", "sync_identities", "absence", "users", "markers", "link_property"}

// Value implements jsonstream.Visitor.
func (r *manifestReader) Value(path string, v *jsonstream.Value) {
	switch path {
	case "":
		if !r.fatal {
			r.fail(v.Pos, "Not a manifest", "A manifest is one JSON object, but here is %s.", v.Kind)
		}
	case "format":
		r.seenFmt, r.format, r.formatAt = true, v.Text(), v.Pos
	case "organization":
		r.organization(v)
	case "sync_identities":
		for _, id := range r.texts(v, "sync_identities") {
			r.m.SyncIdentities = append(r.m.SyncIdentities, r.id(v.Pos, id))
		}
	case "absence":
		r.absence(v)
	case "markers":
		r.markers(v)
	case "link_property":
		r.m.LinkProperty = r.text(v, path)
	case "users":
		if !v.IsNull() {
			r.wrong(v, "users", "an array")
		}
	default:
		r.unknown(v, path, manifestKeys)
	}
}

func (r *manifestReader) unknown(v *jsonstream.Value, key string, known []string) {
	r.warn(v.Pos, "Unknown key", "The manifest has no key %q; it is ignored.%s", wire.Clip(key), wire.DidYouMean(key, known))
}

func (r *manifestReader) wrong(v *jsonstream.Value, key, want string) {
	r.warn(v.Pos, "Unexpected value", "%s should be %s, but here it is %s. It is ignored.", key, want, v.Kind)
}

func (r *manifestReader) text(v *jsonstream.Value, key string) string {
	switch {
	case v.Is(jsonstream.String):
		return wire.Text(v.Str)
	case v != nil && !v.IsNull():
		r.wrong(v, key, "a text")
	}
	return ""
}

func (r *manifestReader) texts(v *jsonstream.Value, key string) []string {
	if !v.Is(jsonstream.Array) {
		if v != nil && !v.IsNull() {
			r.wrong(v, key, "an array of texts")
		}
		return nil
	}
	var out []string
	for i := range v.Items {
		if t := r.text(&v.Items[i], key); t != "" {
			out = append(out, t)
		}
	}
	return out
}

func (r *manifestReader) id(pos textpos.Pos, id string) string {
	return salesforce.NewEnv(r.problems).ID(ManifestFile, pos, id)
}

func (r *manifestReader) organization(v *jsonstream.Value) {
	o := &r.m.Organization
	for i := range v.Fields {
		f := &v.Fields[i]
		switch key := "organization." + f.Name; f.Name {
		case "id":
			o.ID = r.id(f.Value.Pos, r.text(&f.Value, key))
		case "name":
			o.Name = r.text(&f.Value, key)
		case "time_zone":
			o.TimeZone = r.zone(&f.Value, key)
		case "email_domains":
			for _, d := range r.texts(&f.Value, key) {
				o.EmailDomains = append(o.EmailDomains, strings.TrimPrefix(wire.Address(d), "@"))
			}
		default:
			r.unknown(&f.Value, f.Name, []string{"id", "name", "time_zone", "email_domains"})
		}
	}
}

// zone reads a zone's name as its IANA name; "" if there is no such zone.
func (r *manifestReader) zone(v *jsonstream.Value, key string) string {
	name := r.text(v, key)
	if name == "" {
		return ""
	}
	_, iana, err := zone.Resolve(name)
	if err != nil {
		r.warn(v.Pos, "Unknown time zone", "%s: %s. It is ignored.", key, err)
		return ""
	}
	return iana
}

func (r *manifestReader) absence(v *jsonstream.Value) {
	for i := range v.Fields {
		f := &v.Fields[i]
		kind, ok := state.ParseKind(strings.TrimSuffix(f.Name, "s"))
		switch {
		case !ok:
			r.unknown(&f.Value, f.Name, []string{"contact", "task", "event"})
		case f.Value.Text() == "deleted":
			r.m.Absence[kind] = true
		case f.Value.Text() == "gone":
		default:
			r.warn(f.Value.Pos, "Unknown meaning of absence", "absence.%s can be \"deleted\" or \"gone\" (which it is without the key).", f.Name)
		}
	}
}

func (r *manifestReader) markers(v *jsonstream.Value) {
	m := &r.m.Markers
	into := map[string]*string{"category": &m.Category, "unsync_category": &m.UnsyncCategory, "contact_folder": &m.ContactFolder, "task_folder": &m.TaskFolder}
	for i := range v.Fields {
		f := &v.Fields[i]
		at, ok := into[f.Name]
		if !ok {
			r.unknown(&f.Value, f.Name, []string{"category", "unsync_category", "contact_folder", "task_folder"})
			continue
		}
		if t := r.text(&f.Value, "markers."+f.Name); t != "" {
			*at = t
		}
	}
}

var userKeys = []string{"salesforce_id", "mailbox", "provider", "time_zone", "groups", "name"}

func (r *manifestReader) user(v *jsonstream.Value) {
	u := ManifestUser{Line: int(v.Pos.Line), Column: int(v.Pos.Column), Groups: []string{}}
	for i := range v.Fields {
		f := &v.Fields[i]
		switch key := "users." + f.Name; f.Name {
		case "salesforce_id":
			if t := r.text(&f.Value, key); t != "" {
				u.SalesforceID = r.id(f.Value.Pos, t)
			}
		case "mailbox":
			u.Mailbox = wire.Address(r.text(&f.Value, key))
		case "provider":
			u.Provider = strings.ToLower(r.text(&f.Value, key))
		case "time_zone":
			u.TimeZone = r.zone(&f.Value, key)
		case "groups":
			u.Groups = append(u.Groups, r.texts(&f.Value, key)...)
		case "name", "comment":
		default:
			r.unknown(&f.Value, f.Name, userKeys)
		}
	}
	slices.Sort(u.Groups)
	r.addUser(v, u)
}

func (r *manifestReader) addUser(v *jsonstream.Value, u ManifestUser) {
	if u.Mailbox == "" || u.SalesforceID == "" {
		r.warn(v.Pos, "Incomplete user", "A user needs \"salesforce_id\" and \"mailbox\"; without both nobody can say whose records go where. The user is left out.")
		return
	}
	for _, other := range r.m.Users {
		switch {
		case other.Mailbox == u.Mailbox:
			r.fail(v.Pos, "Duplicate user", "The mailbox %s is already that of the user on line %d. Keep one of the two.", wire.Clip(u.Mailbox), other.Line)
			return
		case other.SalesforceID == u.SalesforceID:
			r.fail(v.Pos, "Duplicate user", "The Salesforce user %s is already the user on line %d (ids count as one in their 15- and 18-character forms). Keep one of the two.", wire.Clip(u.SalesforceID), other.Line)
			return
		}
	}
	r.m.Users = append(r.m.Users, u)
}

// user finds a manifest user by mailbox address.
func (m *Manifest) user(address string) (*ManifestUser, bool) {
	i, ok := slices.BinarySearchFunc(m.Users, address, func(u ManifestUser, a string) int { return strings.Compare(u.Mailbox, a) })
	if !ok {
		return nil, false
	}
	return &m.Users[i], true
}

// mailboxes are the addresses of the users, in order.
func (m *Manifest) mailboxes() []string {
	out := make([]string, len(m.Users))
	for i := range m.Users {
		out[i] = m.Users[i].Mailbox
	}
	return out
}

// zoneOf is the zone of a user as far as the manifest says, else the
// organisation's, else UTC.
func (m *Manifest) zoneOf(u *ManifestUser) *time.Location {
	for _, name := range [...]string{u.TimeZone, m.Organization.TimeZone} {
		if loc, _, err := zone.Resolve(name); err == nil && name != "" {
			return loc
		}
	}
	return time.UTC
}

package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// people is what the exports say about who there is.
type people struct {
	byAddress map[string]salesforce.User // by e-mail address, else user name
	zones     map[string]int             // IANA names, by how many active users have them
	org       organization
}

// organization is the Organization row, if there is one.
type organization struct{ ID, Name, TimeZone string }

// readPeople reads the files that hold User or Organization rows.
func readPeople(sources []Source, files []File) (*people, error) {
	p := &people{byAddress: map[string]salesforce.User{}, zones: map[string]int{}}
	for i := range files {
		f := &files[i]
		if f.Side != Salesforce || f.What != "User rows" && f.What != "Organization rows" && !strings.HasPrefix(strings.ToLower(f.name), "user") {
			continue
		}
		if err := p.read(sources[f.Source], f); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *people) read(s Source, f *File) error {
	file, err := s.FS.Open(f.Path)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", f.Path, err)
	}
	defer file.Close()
	if f.What == "Organization rows" {
		_ = jsonstream.Walk(file, jsonstream.Limits{}, &organizationReader{&p.org})
		return nil
	}
	out := &salesforce.Output{}
	in := salesforce.Input{Path: f.Path, Type: "user", Name: f.name}
	if readUsers := salesforce.Read; salesforce.IsCSV(f.name) {
		_ = salesforce.ReadCSV(file, in, salesforce.NewEnv(nil), out)
	} else {
		_ = readUsers(file, in, salesforce.NewEnv(nil), out)
	}
	for _, u := range out.Users {
		p.add(u)
	}
	return nil
}

// add notes a user under the address and the user name. An address that several
// users have stands for the active one.
func (p *people) add(u salesforce.User) {
	active := !u.Gone && u.Values[state.UserActive].Truth() != state.False
	for _, a := range [...]string{u.Email, u.Username} {
		if _, taken := p.byAddress[a]; a != "" && (!taken || active) {
			p.byAddress[a] = u
		}
	}
	if _, iana, err := zone.Resolve(u.TimeZone); err == nil && u.TimeZone != "" && active {
		p.zones[iana]++
	}
}

// only is the address of the only user; "" if there are several.
func (p *people) only() string {
	ids := map[string]string{}
	for _, u := range p.byAddress {
		ids[u.ID] = u.Email
	}
	if len(ids) != 1 {
		return ""
	}
	for _, address := range ids {
		return address
	}
	return ""
}

// organizationReader takes the first Organization row.
type organizationReader struct{ org *organization }

// Member implements jsonstream.Visitor.
func (r *organizationReader) Member(path string) jsonstream.Action {
	switch strings.TrimPrefix(path, "result.") {
	case "", "result":
		return jsonstream.Enter
	case "records":
		return jsonstream.Rows
	}
	return jsonstream.Skip
}

// Value implements jsonstream.Visitor.
func (r *organizationReader) Value(string, *jsonstream.Value) {}

// Problem implements jsonstream.Visitor.
func (r *organizationReader) Problem(*textpos.Error) {}

// Row implements jsonstream.Visitor.
func (r *organizationReader) Row(_ string, v *jsonstream.Value) {
	if r.org.ID != "" || v.At("attributes", "type").Text() != "Organization" {
		return
	}
	*r.org = organization{v.Get("Id").Text(), wire.Text(v.Get("Name").Text()), v.Get("TimeZoneSidKey").Text()}
}

// manifest writes recording.json, and notes what it could not find out.
func (l *Layout) manifest(p *people, opts Options) ([]byte, error) {
	var m struct {
		Format       string `json:"format"`
		Organization struct {
			ID       string   `json:"id,omitempty"`
			Name     string   `json:"name"`
			TimeZone string   `json:"time_zone,omitempty"`
			Domains  []string `json:"email_domains"`
		} `json:"organization"`
		SyncIdentities []string `json:"sync_identities"`
		Users          []member `json:"users"`
	}
	m.Format = "weir.recording/1"
	m.Organization.ID, m.Organization.Name = p.org.ID, p.org.Name
	if m.Organization.Name == "" {
		m.Organization.Name = opts.Name
	}
	m.Organization.TimeZone = l.organizationZone(p)
	m.SyncIdentities, m.Users, m.Organization.Domains = []string{}, []member{}, []string{}
	for _, u := range l.Users {
		m.Users = append(m.Users, member{u.SalesforceID, u.Mailbox, u.Provider})
		if _, domain, ok := strings.Cut(u.Mailbox, "@"); ok && !slices.Contains(m.Organization.Domains, domain) {
			m.Organization.Domains = append(m.Organization.Domains, domain)
		}
		if u.Provider == "" {
			l.note("Nothing tells which service %s is on; add \"provider\" to its user in recording.json if a policy asks for it.", u.Mailbox)
		}
	}
	l.note("The sync's own users cannot be told from these files: if the sync writes as a user of its own, add that user's id to \"sync_identities\" in recording.json.")
	if len(l.Users) > 0 {
		l.note("\"email_domains\" are those of the people found; add the organisation's other domains.")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return b.Bytes(), err
}

type member struct {
	SalesforceID string `json:"salesforce_id"`
	Mailbox      string `json:"mailbox"`
	Provider     string `json:"provider,omitempty"`
}

// organizationZone is the Organization row's zone, else the one most users have.
func (l *Layout) organizationZone(p *people) string {
	if p.org.TimeZone != "" {
		return p.org.TimeZone
	}
	best := ""
	for _, name := range slices.Sorted(keysOf(p.zones)) {
		if best == "" || p.zones[name] > p.zones[best] {
			best = name
		}
	}
	if best != "" {
		l.note("The organisation's time zone is taken to be that of most users, %s.", best)
	}
	return best
}

func (l *Layout) note(format string, args ...any) {
	l.Notes = append(l.Notes, fmt.Sprintf(format, args...))
}

// Copy hands every placed file to write, with the name of its place.
func (l *Layout) Copy(sources []Source, write func(name string, r io.Reader) error) error {
	for i := range l.Files {
		f := &l.Files[i]
		if f.Target == "" {
			continue
		}
		if err := copyOne(sources[f.Source], f, write); err != nil {
			return err
		}
	}
	return write("recording.json", bytes.NewReader(l.Manifest))
}

func copyOne(s Source, f *File, write func(string, io.Reader) error) error {
	file, err := s.FS.Open(f.Path)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", f.Path, err)
	}
	defer file.Close()
	return write(f.Target, io.LimitReader(file, f.Size))
}

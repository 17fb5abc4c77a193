package recording

import (
	"fmt"
	"path"
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

// mailbox is one person's mailbox through time.
type mailbox struct {
	address  string
	kinds    [4]*timeline
	links    linkHistory
	facts    *mailFacts // apart, so that keeping them does not keep the mailbox
	captures []Capture
}

// mailFacts are the small things that stay in memory for every mailbox.
type mailFacts struct {
	zones    []zoneAt
	prefs    []*state.Preference // by SeenAt
	coverage [4][]coverageAt     // by kind
	instants []time.Time
}

type zoneAt struct {
	at   time.Time
	iana string
}

// zone is the mailbox's own zone as known at t, "" if it states none.
func (m *mailFacts) zone(t time.Time) string {
	name := ""
	for _, z := range m.zones {
		if !z.at.After(t) {
			name = z.iana
		}
	}
	return name
}

// preference is the settings page as known at t, nil if none was recorded.
func (m *mailFacts) preference(t time.Time) *state.Preference {
	var p *state.Preference
	for _, q := range m.prefs {
		if !q.SeenAt.After(t) {
			p = q
		}
	}
	return p
}

// mailCapture is what one capture folder of a mailbox holds.
type mailCapture struct {
	f    *folder
	out  wire.MailOutput
	pref *state.Preference

	linkFeeds             []*wire.Feed
	fullLinks, deltaLinks []fileLink
}

// readMailbox reads all captures of one mailbox.
func (o *opener) readMailbox(address string, folders []*folder) *mailbox {
	captures := make([]*mailCapture, 0, len(folders))
	for _, f := range folders {
		captures = append(captures, o.readMailCapture(address, f))
	}
	for _, c := range captures {
		joinDetails(&c.out)
	}
	nameSeries(captures, o.problems)
	nameFolders(captures, o.manifest.Markers)
	nameGroups(captures, o.manifest.Markers, o.problems)
	box := &mailbox{address: address, facts: new(mailFacts)}
	for _, k := range state.Kinds() {
		box.kinds[k] = newTimeline(k, state.Mailbox, state.Deleted)
	}
	series, renamed, moves := newSeriesBook(), newRenames(), newMoveBook()
	for _, c := range captures {
		box.apply(c, series, renamed, moves, o.problems)
	}
	for _, k := range state.Kinds() {
		box.facts.coverage[k] = box.kinds[k].coverage
	}
	return box
}

func (o *opener) readMailCapture(address string, f *folder) *mailCapture {
	user, ok := o.manifest.user(address)
	if !ok {
		user = &ManifestUser{Mailbox: address}
	}
	if f.settings == nil {
		o.explain(f)
	} else if slices.Contains(f.files, captureFile) {
		o.tick()
	}
	c := &mailCapture{f: f}
	env := &wire.MailEnv{Problems: o.problems, LinkProperty: o.manifest.LinkProperty, RecordID: salesforce.FindID}
	for _, file := range f.files {
		if file != captureFile {
			o.readMailFile(c, user, file, env)
		}
	}
	return c
}

func (o *opener) readMailFile(c *mailCapture, user *ManifestUser, file string, env *wire.MailEnv) {
	name := path.Join(c.f.path, file)
	n := byName(file)
	says := c.f.settings.about(file, n.kind)
	if says.typ != "" {
		n.kind = says.typ
	}
	if says.delta != nil {
		n.delta = *says.delta
	}
	switch n.kind {
	case "links":
		o.readLinks(c, name, file, n.delta)
		return
	case "settings":
		o.readSettings(c, name)
		return
	}
	in := wire.MailFile{Path: name, Type: n.kind, Declared: says.typ != "", Delta: n.delta, DeltaDeclared: says.delta != nil,
		Folder: says.folder, Fields: says.fields, Mailbox: user.Mailbox, Zone: o.manifest.zoneOf(user)}
	before := len(c.out.Feeds)
	c.out.NamesCharset = false
	o.readFile(name, func(h *hashing) *textpos.Error {
		err := readMail(h, says.dialect, user.Provider, in, env, &c.out)
		h.text.named = c.out.NamesCharset
		return err
	})
	applyStatements(c.f, file, c.out.Feeds[before:])
	o.leftOut(name, c.out.Feeds[before:])
}

// leftOut notes what a file holds that is no item that is synced.
func (o *opener) leftOut(name string, feeds []*wire.Feed) {
	var what []string
	for _, f := range feeds {
		for _, word := range sortedKeys(f.LeftOut) {
			what = append(what, fmt.Sprintf("%s (%d)", word, f.LeftOut[word]))
		}
	}
	if len(what) > 0 && o.notRead != nil {
		*o.notRead = append(*o.notRead, NotRead{name, "not synced, left out: " + strings.Join(what, ", ")})
	}
}

func (o *opener) readLinks(c *mailCapture, name, file string, delta bool) {
	r := &linksReader{file: name, problems: o.problems, env: salesforce.NewEnv(o.problems)}
	feed := &wire.Feed{Kind: "links", File: name, Full: !delta, Total: -1}
	o.readFile(name, func(h *hashing) *textpos.Error {
		err := jsonstream.Walk(h, jsonstream.Limits{}, r)
		if err != nil {
			feed.Lack("it could not be read to its end")
		}
		return err
	})
	if r.stray != "" && r.rows == 0 {
		o.problems.Warn(name, textpos.Pos{}, "Not a list of links", "A links file is an array of links, but here is an object with %q. The links of earlier captures are kept.", wire.Clip(r.stray))
		r.lost = append(r.lost, "it is no list of links")
	}
	feed.Rows, feed.Missing = r.rows, append(feed.Missing, r.lost...)
	applyStatements(c.f, file, []*wire.Feed{feed})
	c.linkFeeds = append(c.linkFeeds, feed)
	if delta {
		c.deltaLinks = append(c.deltaLinks, r.links...)
	} else {
		c.fullLinks = append(c.fullLinks, r.links...)
	}
	warnTwice(r.links, o.problems)
}

// warnTwice notes links of one file that speak of the same record or item.
func warnTwice(links []fileLink, problems *wire.Problems) {
	lines := map[linkKey]int{}
	for _, l := range links {
		for _, key := range [...]linkKey{{kind: l.kind, record: l.record}, {kind: l.kind, item: l.item}} {
			if first := lines[key]; first > 0 && key != (linkKey{kind: l.kind}) {
				problems.Warn(l.file, textpos.Pos{Line: int32(l.line), Column: 1}, "Linked twice", "This record or item is already in the link on line %d. The later link counts.", first)
				break
			}
			lines[key] = l.line
		}
	}
}

func (o *opener) readSettings(c *mailCapture, name string) {
	r := &settingsReader{file: name, problems: o.problems, pref: &state.Preference{File: name}}
	whole := true
	o.readFile(name, func(h *hashing) *textpos.Error {
		err := jsonstream.Walk(h, jsonstream.Limits{}, r)
		whole = err == nil
		return err
	})
	if whole {
		c.pref = r.finish(c.f.at)
	}
}

// apply adds a capture to the timelines.
func (b *mailbox) apply(c *mailCapture, series *seriesBook, renamed *renames, moves *moveBook, problems *wire.Problems) {
	by := feedsByKind(c.out.Feeds)
	for _, k := range state.Kinds() {
		feeds := by[k.String()]
		if len(feeds) == 0 {
			continue
		}
		kc := kindCapture{at: c.f.at, feeds: feeds, rows: rowsOf(k, c.out.Rows)}
		renamed.follow(b.kinds[k], &kc)
		moves.follow(b.kinds[k], &kc)
		if k == state.Event {
			complete, _ := completeness(feeds)
			kc.rows = series.apply(kc, complete && anyFull(feeds) && !b.kinds[k].suspiciouslyEmpty(kc))
		}
		complete, why := b.kinds[k].apply(kc)
		b.captures = append(b.captures, captureOf(c.f, feeds, complete, why))
	}
	if len(c.linkFeeds) > 0 {
		renamed.renameLinks(c.fullLinks, c.deltaLinks)
		moves.renameLinks(c.fullLinks, c.deltaLinks)
		complete, why := b.links.apply(c.f.at, c.linkFeeds, c.fullLinks, c.deltaLinks, problems)
		b.captures = append(b.captures, captureOf(c.f, c.linkFeeds, complete, why))
	}
	if c.pref != nil {
		b.facts.prefs = append(b.facts.prefs, c.pref)
		b.captures = append(b.captures, Capture{At: c.f.at, Source: c.f.source, Kind: "settings", Files: []string{c.pref.File}, Full: true, Complete: true, Rows: 1})
	}
	b.zone(c, problems)
	if len(by) > 0 || len(c.linkFeeds) > 0 || c.pref != nil {
		b.facts.instants = append(b.facts.instants, c.f.at)
	}
}

func (b *mailbox) zone(c *mailCapture, problems *wire.Problems) {
	if c.out.TimeZone == "" {
		return
	}
	_, iana, err := zone.Resolve(c.out.TimeZone)
	if err != nil {
		problems.Warn(c.out.TimeZoneFile, c.out.TimeZonePos, "Unknown time zone", "timeZone: %s. It is ignored.", err)
		return
	}
	b.facts.zones = append(b.facts.zones, zoneAt{c.f.at, iana})
}

// state is the mailbox as known up to t.
func (b *mailbox) state(t time.Time, markers state.Markers, parent func(string, time.Time) string) *state.MailboxState {
	m := &state.MailboxState{TimeZone: b.facts.zone(t)}
	for _, k := range state.Kinds() {
		m.Items[k] = b.kinds[k].table(t)
	}
	links := &linkBuilder{box: b, at: t, markers: markers, parent: parent, tables: &m.Items}
	m.Links, m.FormerLinks = links.build(), links.former()
	return m
}

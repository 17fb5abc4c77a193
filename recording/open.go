package recording

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
)

// opener carries what opening a recording needs.
type opener struct {
	fsys     fs.FS
	problems *wire.Problems
	digests  *digests
	notRead  *[]NotRead
	done     func()
	manifest *Manifest
	// countsOnly: Salesforce's rows are counted and not kept.
	countsOnly bool
}

// readFile opens a file of a capture folder, keeps its digest and hands it over.
func (o *opener) readFile(name string, read func(h *hashing) *textpos.Error) {
	f, err := o.fsys.Open(name)
	if err != nil {
		o.problems.Warn(name, textpos.Pos{}, "File not readable", "The file cannot be opened (%s).", reason(err))
		o.skip(name, "not readable")
		o.tick()
		return
	}
	defer f.Close()
	h := newHashing(f)
	if jerr := read(h); jerr != nil {
		o.problems.JSON(name, jerr)
		o.skip(name, jerr.Summary)
	}
	o.digests.add(name, h)
	if h.text.bad > 0 && !h.text.named {
		o.problems.Warn(name, textpos.Pos{Line: h.text.bad, Column: 1}, "Not UTF-8", "This line holds bytes that are no UTF-8; they are read as replacement characters, so names and titles may be wrong. Save the payload as it was sent.")
	}
	o.tick()
}

func (o *opener) tick() {
	if o.done != nil {
		o.done()
	}
}

func (o *opener) skip(name, why string) {
	if o.notRead != nil {
		*o.notRead = append(*o.notRead, NotRead{name, why})
	}
}

// explain reads a folder's capture.json, if it has one.
func (o *opener) explain(f *folder) {
	i := slices.Index(f.files, captureFile)
	if i < 0 {
		return
	}
	name := path.Join(f.path, captureFile)
	r := newCaptureReader(name, o.manifest, o.problems)
	o.readFile(name, func(h *hashing) *textpos.Error { return jsonstream.Walk(h, jsonstream.Limits{}, r) })
	for _, file := range sortedKeys(r.c.files) {
		if !slices.ContainsFunc(f.files, func(have string) bool { return have == file || path.Base(have) == file }) {
			o.problems.Warn(name, r.c.places[file], "No such file", "capture.json speaks of %q, which is not in its folder.%s", wire.Clip(file), wire.DidYouMean(file, f.files))
		}
	}
	f.settings = r.c
}

// readWorld reads every Salesforce capture.
func (o *opener) readWorld(folders []*folder) (*world, *salesforce.Env) {
	env := salesforce.NewEnv(o.problems)
	for _, id := range o.manifest.SyncIdentities {
		env.SyncIdentities[id] = true
	}
	w := newWorld(o.manifest, o.problems)
	if o.countsOnly {
		w.counting = newCounting(w)
	}
	for _, f := range folders {
		o.explain(f)
	}
	o.readDescribes(folders, env)
	for _, f := range folders {
		w.apply(f, o.readSalesforce(f, env, w.counting))
	}
	return w, env
}

// readDescribes reads the describes first, because they give types to what any
// capture holds. The latest one of an object counts.
func (o *opener) readDescribes(folders []*folder, env *salesforce.Env) {
	for _, f := range folders {
		for _, file := range f.files {
			if typeOf(f, file) == "describe" {
				o.readSalesforceFile(f, file, env, &salesforce.Output{})
			}
		}
	}
}

// typeOf is what a file holds as capture.json or its name say.
func typeOf(f *folder, file string) string {
	n := byName(file)
	s := f.settings.about(file, n.kind)
	switch {
	case s.typ == "describe" && belowListViews(file):
		return "list_view" // its own describe, which tells no fields' types
	case s.typ != "":
		return s.typ
	}
	return n.kind
}

func (o *opener) readSalesforce(f *folder, env *salesforce.Env, count *counting) *salesforce.Output {
	out := &salesforce.Output{}
	if count != nil {
		count.begin()
		out.Counting = count
	}
	for _, file := range f.files {
		if file != captureFile && typeOf(f, file) != "describe" {
			o.readSalesforceFile(f, file, env, out)
		}
	}
	for _, t := range sortedKeys(out.Unread) {
		o.skip(f.path, "rows of the type "+t)
	}
	return out
}

func (o *opener) readSalesforceFile(f *folder, file string, env *salesforce.Env, out *salesforce.Output) {
	name := path.Join(f.path, file)
	n := byName(file)
	says := f.settings.about(file, n.kind)
	in := salesforce.Input{Path: name, Type: n.kind, Name: viewName(file), Deleted: n.deleted, Delta: n.delta, User: says.user}
	if says.typ != "" {
		in.Type, in.Declared = typeOf(f, file), true
	}
	if says.delta != nil {
		in.Delta, in.Deleted = *says.delta, in.Deleted && *says.delta
	}
	before := len(out.Feeds)
	o.readFile(name, func(h *hashing) *textpos.Error {
		if isListViewXML(file) {
			return salesforce.ReadListView(h, in, viewedObject(file), env, out)
		}
		if salesforce.IsCSV(file) {
			return salesforce.ReadCSV(h, in, env, out)
		}
		return salesforce.Read(h, in, env, out)
	})
	applyStatements(f, file, out.Feeds[before:])
	o.leftOut(name, out.Feeds[before:])
}

// viewedObject is the object a list view's metadata is about: as in a Salesforce
// project, the folder above listViews (objects/Contact/listViews/Hot.listView-meta.xml).
func viewedObject(file string) string {
	object := path.Base(path.Dir(path.Dir(file)))
	if strings.EqualFold(path.Base(path.Dir(file)), "listViews") && object != "." && object != "/" {
		return object
	}
	return "Contact"
}

// applyStatements lays over each feed what capture.json says about its file and kind.
func applyStatements(f *folder, file string, feeds []*wire.Feed) {
	for _, feed := range feeds {
		f.settings.about(file, feed.Kind).apply(feed)
	}
}

// viewName is what a list view's file calls it.
func viewName(file string) string {
	base := path.Base(file)
	base, _, _ = strings.Cut(base, ".")
	return base
}

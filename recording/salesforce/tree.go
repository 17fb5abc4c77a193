package salesforce

import (
	"path"
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/wire"
)

// This file reads what stands inside rows: the rows of an sObject tree (as the
// command `sf data export tree` writes them), which have references instead of
// ids, and the relations that a query selects with their events.

// referencePrefix begins a reference, in an sObject tree's lookups and as the id
// that such a row goes by here.
const referencePrefix = "@"

// reference is the id by which a row of an sObject tree goes; "" if it is none.
// References number the rows of one export, so that those of another capture may
// mean anybody: only the first capture's count.
func (f *file) reference(kind string, v *jsonstream.Value) (string, bool) {
	ref := v.At("attributes", "referenceId").Text()
	if ref == "" {
		return "", false
	}
	folder := path.Dir(f.in.Path)
	if first, ok := f.env.trees[kind]; !ok {
		f.env.trees[kind] = folder
	} else if first != folder {
		f.env.Problems.Warn(f.in.Path, v.Pos, "References of another capture", "The rows of an sObject tree have no ids, and their references say nothing beyond one export: %s was read from %s, so this row is left out. Export with a query that selects Id.", kind, first)
		f.feed(kind).Lack("rows with references instead of ids, of which an earlier capture had others")
		return "", true
	}
	f.feed(kind).Partial = "the rows of an sObject tree have no ids, so nobody can tell what is missing"
	return referencePrefix + ref, true
}

// isPlan reports a row of the plan file that lies beside an sObject tree.
func isPlan(v *jsonstream.Value) bool { return v.Get("sobject") != nil && v.Get("files") != nil }

// inside reads the rows inside a row: all of an sObject tree's, and the relations
// of an event. Others show too little of themselves to stand for a record.
func (f *file) inside(id string, v *jsonstream.Value) {
	for i := range v.Fields {
		nested := &v.Fields[i].Value
		rows := nested.Get("records")
		if !nested.Is(jsonstream.Object) || !rows.Is(jsonstream.Array) {
			continue
		}
		read := true
		for j := range rows.Items {
			read = f.rowInside(id, v.Fields[i].Name, &rows.Items[j]) && read
		}
		if read && nested.Get("done") != nil && !nested.Get("done").IsTrue() {
			f.lost = append(f.lost, "more rows inside the row of "+id+" follow, and they were not recorded")
		}
	}
}

// rowInside reads one row inside another; false if it is left out.
func (f *file) rowInside(parent, name string, v *jsonstream.Value) bool {
	switch {
	case v.At("attributes", "referenceId") != nil:
		f.record(v)
	case v.At("attributes", "type").Text() == "EventRelation":
		if f.within == nil {
			f.within = map[string]bool{}
		}
		f.within["event_relation"] = f.in.Type != "event_relation"
		f.relationOf(parent, v)
	default:
		if f.unread(name + " inside other rows") {
			f.env.Problems.Warn(f.in.Path, v.Pos, "Rows inside rows", "The %s inside this row are not read: they show too little of themselves. Query their own object.", wire.Clip(name))
		}
		return false
	}
	return true
}

// isReference reports a lookup of an sObject tree.
func isReference(id string) bool { return strings.HasPrefix(id, referencePrefix) }

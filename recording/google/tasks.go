package google

import (
	"net/url"
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
)

// taskMembers are a task's members that are read.
var taskMembers = []string{"title", "notes", "status", "due", "completed", "deleted", "hidden", "selfLink", "parent", "position"}

// addTask reads a task, or its tombstone. Subtasks are tasks like any other.
func (f *file) addTask(id string, v *jsonstream.Value) {
	row := wire.Row{Kind: state.Task, ID: id, FolderID: listOf(v.Get("selfLink").Text()), Pos: v.Pos}
	f.hidden = f.hidden || v.Get("hidden").IsTrue()
	if v.Get("deleted").IsTrue() {
		row.Gone, row.GoneAt = true, f.read.Instant(v.Get("updated"), "updated").Instant()
	} else {
		row.Item = f.task(id, v)
	}
	f.add(row)
}

func (f *file) task(id string, v *jsonstream.Value) *state.Item {
	it := f.newItem(state.Task, id, v)
	whole := f.top["etag"] != nil || v.Get("kind") != nil || v.Get("selfLink") != nil
	it.Set(state.AttrTitle, f.text(v, "title", whole))
	it.Set(state.AttrBody, f.text(v, "notes", whole))
	it.Set(state.AttrCategories, state.TextsValue(nil))
	it.Set(state.AttrModified, f.read.Instant(v.Get("updated"), "updated"))
	status := f.read.Text(v.Get("status"), "status")
	it.Set(state.AttrStatus, status)
	if status.IsKnown() {
		it.Set(state.AttrClosed, state.BoolValue(status.Text() == "completed"))
	}
	it.Set(state.AttrDue, f.read.Day(v.Get("due"), "due"))
	if v.Get("due") == nil && f.asked("due", whole) {
		it.Set(state.AttrDue, state.EmptyValue())
	}
	it.Set(state.AttrCompleted, f.read.Instant(v.Get("completed"), "completed"))
	if v.Get("completed") == nil && f.asked("completed", whole) {
		it.Set(state.AttrCompleted, state.EmptyValue())
	}
	return it
}

// listOf is the list's id in a task's link to itself: …/lists/LIST/tasks/TASK.
func listOf(link string) string {
	_, rest, found := strings.Cut(link, "/lists/")
	if !found {
		return ""
	}
	list, _, _ := strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(list); err == nil {
		return plain
	}
	return list
}

// listOfTasks is the one list that all of a feed's tasks lie in; "" if they do not say.
func (f *file) listOfTasks(feed *wire.Feed) string {
	list := ""
	for i := f.first; i < len(f.out.Rows); i++ {
		row := &f.out.Rows[i]
		switch {
		case row.Feed != feed || row.FolderID == list:
		case list == "":
			list = row.FolderID
		default:
			return ""
		}
	}
	return list
}

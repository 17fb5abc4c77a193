// Package msgraph reads what Microsoft Graph answers for one mailbox: contacts,
// To Do tasks and events, as collections, pages and deltas, and the small lists
// of folders, To Do lists and mailbox settings that explain them.
//
// A property that is missing from an object was not selected and is unrecorded;
// null is empty. Times are read with the zone beside them, all-day events and due
// dates as the dates written, never shifted. Occurrences and exceptions of a
// series are rows of the role wire.Occurrence; package recording folds them
// into their series.
package msgraph

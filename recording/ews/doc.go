// Package ews reads and writes what Exchange Web Services answer for one mailbox:
// FindItem, GetItem and SyncFolderItems for calendar items, tasks and contacts,
// and the folders that GetFolder, FindFolder and SyncFolderHierarchy name. The
// SOAP envelope may be there or not.
//
// # What an answer is evidence of
//
// FindItem lists one folder: it is full. IncludesLastItemInRange and
// TotalItemsInView say whether pages are missing. Of a calendar it may be a
// CalendarView, which is limited to a range that the answer does not state: it
// counts as one unless it shows what a view never has (a recurring master, or an
// IndexedPagingOffset). SyncFolderItems holds changes; its first round, made
// without a SyncState, holds everything but looks the same, so that only
// capture.json can say so. GetItem shows the items it was asked for and says
// nothing of others. Errors (also of single items) and faults never take anything
// away; ErrorInvalidSyncStateData makes the kind incomplete until it was listed
// again.
//
// An item's id changes when it is moved to another folder: a move is a deletion
// here and a creation there. Package recording puts the two together.
//
// # What a missing element means
//
// Exchange leaves out what was not asked for, and what has no value. The two are
// told apart by what every answer to BaseShape AllProperties has (ItemClass, Size,
// DateTimeCreated, HasAttachments and IsSubmitted): in such an item a missing
// element is empty; otherwise it is unrecorded. FindItem and SyncFolderItems never
// return bodies, attendees and patterns, whatever the shape, and cut texts at 255
// characters: there these are unrecorded. The GetItem answers of the same capture
// fill the gaps (wire.Row.Detail).
//
// # Times
//
// Times with an offset are what they say; without one they are in the item's own
// zone, else in that of the request (TimeZoneContext), else UTC. All-day events
// are midnights in the zone in which they were made, and a task's due date is a
// midnight in the person's: they are read as that day, never shifted
// (docs/decisions/0050).
package ews

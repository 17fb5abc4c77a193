// Package recording reads recordings: directories of payloads exactly as
// Salesforce and the mail services returned them, beside a small manifest. It
// turns them into the world as it was at an instant ([Recording.At]) with the
// evidence for it: what was seen, when it changed, what is known to be deleted
// and what merely is not known.
//
// # Layout
//
//	recording.json                                    the manifest
//	salesforce/20260504T080000Z/Contact.json …        one folder a capture, named by its UTC instant
//	mailboxes/ann.lee@acme.example/20260504T080000Z/contacts.json …
//
// Reading never stops at the first problem. What cannot be read is a warning
// with file, line and column, and the rest is used; only a recording whose
// manifest cannot be read is refused. Symbolic links are never followed.
//
// # capture.json
//
// A capture folder may hold a capture.json that says what the payloads cannot
// say themselves. Its keys stand at the top for the whole folder, under a kind
// ("contact", "contacts", "Contact", …) for the kind's files, or under "files" by file
// name; the narrower place wins, key by key:
//
//	{"complete": true,
//	 "events": {"from": "2026-04-20T00:00:00Z", "to": "2026-07-03T00:00:00Z"},
//	 "files": {"export-1.json": {"type": "task", "folder": "Salesforce Tasks"}}}
//
//	type      what the file holds: "contact", "task", "event", "user", "event_relation",
//	          "lead", "account", "user_record_access", "list_view", "links", "settings", …;
//	          a vendor prefix ("graph.event", "salesforce.Task") and plurals are accepted
//	delta     true: changes only; false: everything there was
//	complete  true: nothing is missing although it may look so (an empty file after a
//	          full one); false: something is missing whatever the payload says
//	bounded   false: the payload is not limited to a range although it comes from a
//	          calendar view; true: it is limited, to from and to, if given
//	from, to  the range it is limited to, RFC 3339 instants or dates ("start" and "end" do too)
//	fields    the fields that the service was asked for, where it leaves empty ones out: what
//	          is named here and missing is empty, what is not named is unrecorded
//	folder    display name of the folder or list the file was read from, and to which it is limited
//
// # What is decided where the formats are silent
//
// The "previous capture" that dates a change is the previous capture of the same
// kind from the same source. A row replaces the earlier row of its id whole: an
// attribute that the later capture did not select becomes unrecorded. A child
// event row stands for the meeting whose child it is: found by a recorded parent
// id, else by a user's EventRelation to a meeting of the same time and subject,
// else by time and subject alone where exactly one meeting has them; a child whose
// meeting is not recorded is an event of its own.
//
// Package recording knows nothing of policies. It is used by the simulator and
// the command line.
package recording

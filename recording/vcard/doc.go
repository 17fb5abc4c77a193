// Package vcard reads vCard files, versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350,
// and what phones and mail programs write beside them): contacts.
//
// # What a file is evidence of
//
// An export lists what exists at the time, so a file is a full read of contacts; it
// shows no deletions. Cards of groups (KIND:group, and Apple's
// X-ADDRESSBOOKSERVER-KIND) are no contacts: the group's name becomes a category of
// those of its members that the file holds. Cards of places, devices and the like
// are left out, each with a word. Cards inside cards (AGENT) are not read.
//
// # What a missing property means
//
// A property without a value is left out in vCard, so one that is missing is empty,
// unless the card has lines that cannot be read or no END: then it is unrecorded. A
// card without N has its FN as title, and no first and last name are made of it.
//
// # Which of several counts
//
// E-mail addresses: the preferred first (PREF, TYPE=pref), then work, then the
// others, home last; three at most. Phone: the preferred work number that is no
// fax, pager or mobile, else the first number without any such word and without
// HOME. Mobile: the first CELL. Company and title: the preferred, else the first.
//
// # Cards without UID
//
// A card without UID goes by its name and its first e-mail address, or, without
// one, its first number: the same card read twice is the same contact. Two such
// cards in one file are told apart by their order. A contact with such an id that is
// no longer shown is unseen rather than deleted, because a change of those very
// values looks the same.
package vcard

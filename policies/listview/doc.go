// Package listview makes conditions of Salesforce list views: the filter a
// recording holds (state.ViewFilter) becomes a condition of package cond for one
// person on one day, with Salesforce's operators, alternatives and relative
// dates. It exists beside the other source languages of policies because a list
// view is one: written by an admin, elsewhere, to say which contacts belong.
//
// What cannot be evaluated (an operator or value it does not know, somebody
// else's records) becomes a part that is always unknown, with the reason: never
// an empty view, never a full one. The rest of the filter still decides where it
// can.
//
// The engine imports it; it knows nothing of recordings and their formats.
package listview

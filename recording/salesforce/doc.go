// Package salesforce reads what Salesforce's REST interface and its command line
// tool answer: query and queryAll pages (bare, or as "sf data query --json" wraps
// them), getUpdated and getDeleted bodies, list view results, describes,
// UserRecordAccess rows and sObject trees.
//
// It turns rows into [state.Item]s and knows nothing of time: which capture
// showed what, and what that proves, is package recording's business. The one
// thing that spans captures, who takes part in a meeting, is in [Meetings],
// because it is this vendor's own puzzle: one meeting is a parent row, a child row
// per invited user and a relation per invited person.
//
// An absent field is unrecorded, null is empty. Fields beyond the schema are kept
// as custom fields, those of related records as "Account.Industry".
package salesforce

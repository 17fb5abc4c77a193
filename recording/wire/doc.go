// Package wire is what every dialect's reader has in common: the rows it hands
// to package recording, the facts about a file that decide coverage, and the
// diagnostics. It exists so that the dialects need not know each other or the
// timelines their rows end up in.
package wire

// Package anonymize rewrites a recording so that it can be shared: people, texts,
// addresses and ids are replaced, each always by the same thing, and dates are
// shifted by one offset. The structure of every payload stays as it was, of JSON down
// to the white space.
//
// # How
//
// The files are read twice. The first reading collects what is to be replaced; then
// each id, address and word gets its replacement, by rank, so that the same recording
// always gives the same bytes and order by id or address stays as it was; the
// second reading writes. Ids that readers make of an item's content (exports without
// UID) follow the new content, for which exports are read once more. What a field holds is said by one table ([classOf]); a field
// that is not in it is judged by the shape of its value, and replaced as free
// text where it has none.
//
// Free text is replaced word by word: letters by as many letters in the same case,
// digits by as many digits, with punctuation and white space kept. Equal texts stay
// equal, different ones different, a full name stays the sum of its parts, and texts
// keep their length. Texts that the policy names ([Options.Named]) stay, also inside
// longer ones, and no replacement contains one by accident.
//
// Whether the policy decides the same on both recordings is not known here: this
// package knows no policies. Whoever calls it compares, and says with [Options.Keep]
// which values have to stay.
package anonymize

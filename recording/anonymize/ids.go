package anonymize

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"weir/recording/salesforce"
	"weir/recording/wire"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// noRecord is how exports write a reference to nothing.
const noRecord = "000000000000000"

// record replaces a Salesforce id and keeps its length and first three characters;
// ok is false for what is none. Ids begin with a figure, or with an a for an
// organisation's own objects.
func (n *Names) record(id string) (out string, ok bool) {
	full, problem := salesforce.NormalizeID(id)
	switch {
	case problem == salesforce.IDNoID, (id[0] < '0' || id[0] > '9') && id[0] != 'a':
		return id, false
	case strings.HasPrefix(id, noRecord), n.stays(id), n.stays(full):
		return id, true
	}
	out = n.lookup(n.records, full[:15])
	if n.collecting || len(id) == 15 {
		return out, true
	}
	if problem == salesforce.IDChecksum {
		return out + "999", true // stays wrong
	}
	out, _ = salesforce.NormalizeID(out)
	return out, true
}

// fixRecords numbers the records of each object in the order of their ids.
func (n *Names) fixRecords() {
	rank := map[string]int{}
	for _, id := range sortedKeys(n.records) {
		rank[id[:3]]++
		n.records[id] = fmt.Sprintf("%sXx0%09d", id[:3], rank[id[:3]])
	}
}

// looksLikeRecord reports a text that is a Salesforce id beyond doubt: 18 characters that
// fit their check characters, or 15 that hardly can be a word.
func looksLikeRecord(s string) bool {
	if len(s) != 15 && len(s) != 18 || s[0] != '0' && s[0] != 'a' {
		return false
	}
	full, problem := salesforce.NormalizeID(s)
	figures := 0
	for i := range 15 {
		if s[i] >= '0' && s[i] <= '9' {
			figures++
		}
	}
	return problem == salesforce.IDFine && figures >= 3 && (figures < 15 || s[:2] == "00") && len(full) == 18
}

// idPrefixes are words in front of ids.
var idPrefixes = []string{"@", "people/", "contactGroups/", "otherContacts/", "uid:"}

// wellKnownIDs are ids that mean the same everywhere.
var wellKnownIDs = map[string]bool{"primary": true, "default": true, "myContacts": true, "starred": true, "me": true,
	"contacts": true, "calendar": true, "tasks": true, "timezone": true}

// ID replaces an id of any service.
func (n *Names) ID(id string) string {
	if id == "" || wellKnownIDs[id] {
		return id
	}
	if made := n.made[id]; made != "" {
		return made
	}
	if out, ok := n.record(id); ok {
		return out
	}
	for _, p := range idPrefixes {
		if rest, ok := strings.CutPrefix(id, p); ok {
			return p + n.ID(rest)
		}
	}
	switch {
	case n.stays(id):
		return id
	case isAddress(id):
		return n.Address(id)
	}
	return n.lookup(n.ids, id)
}

// fixIDs numbers the other ids in their order.
func (n *Names) fixIDs() {
	for i, id := range sortedKeys(n.ids) {
		n.ids[id] = fmt.Sprintf("id%08d", i+1)
	}
}

// addressForm is an e-mail address inside a text.
var addressForm = regexp.MustCompile(`[\p{L}\p{N}._%+'\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)*`)

// isAddress reports a text that is one address.
func isAddress(s string) bool {
	s = strings.TrimSpace(s)
	at := strings.IndexByte(s, '@')
	return at > 0 && at < len(s)-1 && strings.Count(s, "@") == 1 && !strings.ContainsAny(s, " \t\r\n<>,;/()")
}

const mailto = "mailto:"

// Address replaces an e-mail address; the part after the @ like every other of the
// domain.
func (n *Names) Address(s string) string {
	if rest, ok := cutPrefixFold(s, mailto); ok {
		return s[:len(mailto)] + n.Address(rest)
	}
	a := wire.Address(s)
	if !isAddress(a) {
		return n.Text(s)
	}
	if n.stays(a) {
		return s
	}
	local, domain, _ := strings.Cut(a, "@")
	if n.named(local) {
		n.Domain(domain)
		return local + "@" + n.Domain(domain)
	}
	n.Domain(domain)
	return n.lookup(n.addresses, a)
}

// Domain replaces the domain of addresses.
func (n *Names) Domain(s string) string {
	d := wire.Address(s)
	at := strings.HasPrefix(d, "@")
	d = strings.TrimPrefix(d, "@")
	switch {
	case d == "":
		return s
	case n.stays(d), n.stays("@" + d), n.named(d):
		return s
	}
	out := n.lookup(n.domains, d)
	if at {
		return "@" + out
	}
	return out
}

// fixDomains keeps which domain lies below which.
func (n *Names) fixDomains() {
	keys := sortedKeys(n.domains)
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")) })
	top := n.unnamed(".example", ".invalid", ".test", ".")
	for i, d := range keys {
		n.domains[d] = fmt.Sprintf("domain-%04d", i+1) + top
		for rest := d; ; {
			_, up, ok := strings.Cut(rest, ".")
			if !ok || !strings.Contains(up, ".") {
				break
			}
			if parent, known := n.domains[up]; known {
				n.domains[d] = fmt.Sprintf("part-%04d.%s", i+1, parent)
				break
			}
			rest = up
		}
	}
}

// unnamed is the first text in which no named text occurs, else the last.
func (n *Names) unnamed(list ...string) string {
	for _, s := range list {
		if !n.named(s) {
			return s
		}
	}
	return list[len(list)-1]
}

// fixAddresses numbers the addresses in their order.
func (n *Names) fixAddresses() {
	who := n.unnamed("person-", "somebody-", "p-")
	for i, a := range sortedKeys(n.addresses) {
		_, domain, _ := strings.Cut(a, "@")
		n.addresses[a] = fmt.Sprintf("%s%06d@%s", who, i+1, n.Domain(domain))
	}
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

package anonymize

import (
	"html"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// recordForm finds what may be a Salesforce id inside a text.
var recordForm = regexp.MustCompile(`\b[0a][0-9A-Za-z]{14}(?:[0-9A-Za-z]{3})?\b`)

// Text replaces a text word by word.
func (n *Names) Text(s string) string { return n.text(s, nil) }

// text replaces a text but for the words of a vocabulary.
func (n *Names) text(s string, vocabulary map[string]bool) string {
	if s == "" || n.stays(s) {
		return s
	}
	s = norm.NFC.String(s)
	var b strings.Builder
	b.Grow(len(s))
	from := 0
	for _, at := range n.tokens(s) {
		n.runs(&b, s[from:at[0]], vocabulary)
		token := s[at[0]:at[1]]
		if strings.Contains(token, "@") {
			b.WriteString(n.Address(token))
		} else {
			out, _ := n.record(token)
			b.WriteString(out)
		}
		from = at[1]
	}
	n.runs(&b, s[from:], vocabulary)
	return b.String()
}

// tokens are the addresses and Salesforce ids inside a text.
func (n *Names) tokens(s string) [][]int {
	var out [][]int
	if strings.Contains(s, "@") {
		out = addressForm.FindAllStringIndex(s, -1)
	}
	if len(s) < 15 {
		return out
	}
	for _, at := range recordForm.FindAllStringIndex(s, -1) {
		if looksLikeRecord(s[at[0]:at[1]]) && !overlaps(out, at) {
			out = append(out, at)
		}
	}
	sortSpans(out)
	return out
}

func overlaps(list [][]int, at []int) bool {
	for _, o := range list {
		if at[0] < o[1] && o[0] < at[1] {
			return true
		}
	}
	return false
}

// runs replaces the words of a text without addresses and ids.
func (n *Names) runs(b *strings.Builder, s string, vocabulary map[string]bool) {
	r := []rune(s)
	folded := make([]rune, len(r))
	for i, c := range r {
		folded[i] = unicode.ToLower(c)
	}
	for i := 0; i < len(r); {
		// A word of the vocabulary stays whole, whatever named text occurs in it.
		if end := wordEnd(r, i); end > i && vocabulary[string(folded[i:end])] {
			b.WriteString(string(r[i:end]))
			i = end
			continue
		}
		if l := n.partAt(folded, i); l > 0 {
			b.WriteString(string(r[i : i+l]))
			i += l
			continue
		}
		is := isLetter
		if isDigit(r[i]) {
			is = isDigit
		}
		if !is(r[i]) {
			b.WriteRune(r[i])
			i++
			continue
		}
		end := i + 1
		for end < len(r) && is(r[end]) && n.partAt(folded, end) == 0 {
			end++
		}
		run := string(r[i:end])
		switch {
		case vocabulary[string(folded[i:end])], n.keep[string(folded[i:end])], vocabulary != nil && isDigit(r[i]) && end-i <= 3:
			b.WriteString(run)
		case isDigit(r[i]):
			b.WriteString(n.lookup(n.digits, run))
		default:
			b.WriteString(n.word(run))
		}
		i = end
	}
}

// wordEnd is the end of the word that begins at i, i where none begins.
func wordEnd(r []rune, i int) int {
	if i > 0 && isLetter(r[i-1]) {
		return i
	}
	end := i
	for end < len(r) && isLetter(r[end]) {
		end++
	}
	return end
}

// markup finds the tags and comments of HTML.
var markup = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)|<(?:style|script)\b.*?(?:</(?:style|script)\s*>|$)|<[/!]?[A-Za-z][^>]*>?`)

var tagName = regexp.MustCompile(`^<[/!]?[A-Za-z][A-Za-z0-9]*`)

// HTML replaces the text between tags and drops what tags carry: links, images and
// styles.
func (n *Names) HTML(s string) string {
	if n.stays(s) {
		return s
	}
	tags := markup.FindAllStringIndex(s, -1)
	if tags == nil {
		return n.Text(s)
	}
	var b strings.Builder
	from := 0
	for _, at := range tags {
		b.WriteString(n.escaped(s[from:at[0]]))
		b.WriteString(bare(s[at[0]:at[1]]))
		from = at[1]
	}
	b.WriteString(n.escaped(s[from:]))
	return b.String()
}

// escaped replaces the text between tags, in which characters may be escaped.
func (n *Names) escaped(s string) string {
	if !strings.Contains(s, "&") {
		return n.Text(s)
	}
	return html.EscapeString(n.Text(html.UnescapeString(s)))
}

// bare is a tag without its attributes.
func bare(tag string) string {
	if strings.HasPrefix(tag, "<!--") {
		return ""
	}
	name := tagName.FindString(tag)
	switch strings.ToLower(name) {
	case "<style", "<script":
		return ""
	}
	if strings.HasSuffix(tag, "/>") {
		return name + "/>"
	}
	return name + ">"
}

// Words are the words and numbers of a text, to be kept one by one.
func Words(s string) []string {
	return strings.FieldsFunc(norm.NFC.String(s), func(r rune) bool { return !isLetter(r) && !isDigit(r) })
}

package wire

import (
	"html"
	"strings"
)

// blockTags end a line of the text around them.
var blockTags = map[string]bool{"br": true, "p": true, "div": true, "tr": true, "li": true, "h1": true, "h2": true, "h3": true, "ul": true, "ol": true, "table": true}

// PlainText is what a person reads of a piece of HTML: tags left out, block tags
// as line ends, entities as characters, blank lines at the ends cut. It is meant for
// comparing with a plain text that went through Outlook, not for rendering.
func PlainText(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			writeText(&b, s)
			break
		}
		writeText(&b, s[:i])
		end := strings.IndexByte(s[i:], '>')
		if end < 0 {
			break
		}
		tag := tagName(s[i+1 : i+end])
		s = s[i+end+1:]
		switch {
		case tag == "style" || tag == "script" || tag == "head":
			s = skipElement(s, tag)
		case tag == "!--":
		case blockTags[strings.TrimPrefix(tag, "/")] && (tag == "br" || tag[0] == '/'):
			b.WriteByte('\n')
		}
	}
	return tidy(html.UnescapeString(b.String()))
}

// tagName is the lower-case name of a tag, with the slash of a closing one.
func tagName(inside string) string {
	if strings.HasPrefix(inside, "!--") {
		return "!--"
	}
	if i := strings.IndexAny(inside, " \t\r\n"); i >= 0 {
		inside = inside[:i]
	}
	name := strings.ToLower(inside)
	if name != "/" && len(name) > 1 {
		name = strings.TrimSuffix(name, "/")
	}
	return name
}

// skipElement cuts everything up to the closing tag.
func skipElement(s, tag string) string {
	for {
		at := strings.Index(s, "</")
		if at < 0 {
			return ""
		}
		s = s[at+2:]
		if len(s) >= len(tag) && strings.EqualFold(s[:len(tag)], tag) {
			if end := strings.IndexByte(s, '>'); end >= 0 {
				return s[end+1:]
			}
			return ""
		}
	}
}

// writeText writes text between tags; its white space counts as one blank.
func writeText(b *strings.Builder, s string) {
	blank := false
	for _, c := range s {
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			blank = true
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(c)
	}
	if blank {
		b.WriteByte(' ')
	}
}

// tidy trims each line and drops blank lines at both ends.
func tidy(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\u00a0", " "), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

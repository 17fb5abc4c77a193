package anonymize

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// lineKeep are properties of calendars and contacts whose values are words of the
// format; the others are told by class or shape.
var (
	lineKeep = words(`begin end version calscale method class transp status priority sequence action freq tzid x-wr-timezone percent-complete
		x-microsoft-cdo-busystatus x-microsoft-cdo-intendedstatus x-microsoft-cdo-alldayevent x-microsoft-cdo-importance x-microsoft-disallow-counter
		tzoffsetfrom tzoffsetto tzname kind x-apple-travel-advisory-behavior duration trigger`)
	lineDates   = words(`dtstart dtend due completed created last-modified dtstamp recurrence-id rrule exdate rdate exrule rev bday anniversary x-microsoft-cdo-ownerapptid`)
	lineID      = words(`uid x-salesforce-id x-microsoft-cdo-globalobjid`)
	lineAddress = words(`organizer attendee email`)
	lineDrop    = words(`photo logo sound key attach geo x-alt-desc`)
	paramKeep   = words(`value tzid partstat role rsvp cutype type pref encoding charset related range fbtype language member-type`)
)

// maxLine bounds one unfolded content line.
const maxLine = 8 << 20

// rewriteLines copies the content lines of calendars and contacts. Continued lines
// are joined and folded anew; photos, attachments and places are dropped.
func (n *Names) rewriteLines(r io.Reader, w io.Writer) error {
	in := bufio.NewReader(r)
	pending, have := "", false
	flush := func() error {
		if !have {
			return nil
		}
		_, err := io.WriteString(w, foldLine(n.line(pending)))
		return err
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		text := strings.TrimRight(line, "\r\n")
		switch {
		case have && (strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\t")):
			if pending += text[1:]; len(pending) > maxLine {
				return errTooLarge
			}
		case line != "":
			if err := flush(); err != nil {
				return err
			}
			pending, have = text, true
		}
		if err == io.EOF {
			return flush()
		}
	}
}

// line rewrites one content line; "" drops it.
func (n *Names) line(s string) string {
	head, value, ok := cutLine(s)
	if !ok {
		return n.Text(s)
	}
	parts := splitQuoted(head, ';')
	name := strings.ToLower(parts[0][strings.LastIndexByte(parts[0], '.')+1:])
	if lineDrop[name] {
		return ""
	}
	for i, p := range parts[1:] {
		parts[i+1] = n.parameter(p)
	}
	return strings.Join(parts, ";") + ":" + n.lineValue(name, value)
}

func (n *Names) lineValue(name, value string) string {
	switch {
	case lineKeep[name]:
		return value
	case lineDates[name]:
		if out, ok := n.date(value); ok {
			return out
		}
		return n.basic(value)
	case lineID[name]:
		return n.ID(value)
	case lineAddress[name]:
		return n.Address(value)
	case name == "categories", name == "url", name == "prodid":
		return n.Text(value)
	}
	return n.escapedText(value)
}

// escapedText rewrites a text in which a backslash escapes line ends and commas.
func (n *Names) escapedText(s string) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s)-1; i++ {
		if s[i] != '\\' {
			continue
		}
		b.WriteString(n.byShape(s[from:i]))
		b.WriteString(s[i : i+2])
		i++
		from = i + 1
	}
	b.WriteString(n.byShape(s[from:]))
	return b.String()
}

func (n *Names) parameter(p string) string {
	name, value, ok := strings.Cut(p, "=")
	if !ok || paramKeep[strings.ToLower(name)] {
		return p
	}
	if quoted := strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) && len(value) > 1; quoted {
		return name + `="` + n.addressOrText(value[1:len(value)-1]) + `"`
	}
	return name + "=" + n.addressOrText(value)
}

func (n *Names) addressOrText(s string) string {
	if _, ok := cutPrefixFold(s, mailto); ok {
		return n.Address(s)
	}
	return n.byShape(s)
}

// cutLine splits at the first colon outside quotation marks.
func cutLine(s string) (head, value string, ok bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ':' && !quoted:
			return s[:i], s[i+1:], i > 0
		}
	}
	return s, "", false
}

func splitQuoted(s string, sep byte) []string {
	var out []string
	quoted, from := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	return append(out, s[from:])
}

// foldLine breaks a line after 75 bytes, between characters.
func foldLine(s string) string {
	if s == "" {
		return ""
	}
	var b strings.Builder
	for width := 75; len(s) > width; width = 74 {
		cut := width
		for cut > 1 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		b.WriteString(s[:cut] + "\r\n ")
		s = s[cut:]
	}
	return b.String() + s + "\r\n"
}

package anonymize

import (
	"errors"
	"io"
	"strings"

	"weir/recording/contentline"
	"weir/recording/wire"
)

// lineKeep and the others are properties of calendars and contacts by what their
// values are; those in none are free text. paramKeep are parameters whose values are
// words of the format.
var (
	lineKeep = words(`begin end version calscale method class transp status priority sequence action freq tzid x-lic-location x-wr-timezone
		percent-complete x-microsoft-cdo-busystatus x-microsoft-cdo-intendedstatus x-microsoft-cdo-alldayevent x-microsoft-cdo-importance
		x-microsoft-disallow-counter tzoffsetfrom tzoffsetto tzname kind x-addressbookserver-kind x-apple-travel-advisory-behavior duration
		profile repeat refresh-interval x-published-ttl`)
	lineDates = words(`dtstart dtend due completed created last-modified dtstamp recurrence-id rrule exdate rdate exrule rev bday anniversary
		freebusy trigger tzuntil acknowledged`)
	lineID      = words(`uid related-to x-microsoft-cdo-globalobjid x-wr-relcalid x-abuid x-microsoft-cdo-ownerapptid member x-addressbookserver-member`)
	lineAddress = words(`organizer attendee email`)
	lineHTML    = words(`x-alt-desc`)
	lineDrop    = words(`photo logo sound key attach geo conference`)
	paramKeep   = words(`value tzid partstat role rsvp cutype type pref related range fbtype language member-type reltype scope`)
)

// rewriteLines copies the content lines of calendars and contacts: in UTF-8, folded
// anew, without quoted-printable. Photos, attachments and places are dropped.
func (n *Names) rewriteLines(r io.Reader, w io.Writer) error {
	in, out := contentline.NewReader(r), contentline.NewWriter(w)
	in.Groups = true
	for l := in.Next(); l != nil; l = in.Next() {
		name := strings.ToLower(l.Name)
		switch {
		case lineDrop[name]:
		case l.Cut:
			return errors.Join(errTooLarge, out.Flush())
		case name == "":
			out.Raw("[]", n.Text(l.Value)) // no content line, before and after
		default:
			out.Raw(n.lineHead(l), n.lineValue(name, l))
		}
	}
	return errors.Join(in.Err(), out.Flush())
}

// lineHead is a line's name with its parameters but those that said how the value
// was written.
func (n *Names) lineHead(l *contentline.Line) string {
	head := l.Name
	if l.Group != "" {
		head = n.Text(l.Group) + "." + head
	}
	for _, p := range l.Params {
		if p.Name == "ENCODING" || p.Name == "CHARSET" {
			continue
		}
		values := make([]string, len(p.Values))
		for i, v := range p.Values {
			values[i] = quoted(n.parameter(p.Name, v))
		}
		head += ";" + p.Name + "=" + strings.Join(values, ",")
	}
	return head
}

// quoted is a parameter's value, in quotation marks where it needs them.
func quoted(v string) string {
	if strings.ContainsAny(v, "\",;:^\r\n ") {
		return contentline.Quote(v)
	}
	return v
}

func (n *Names) parameter(name, value string) string {
	if paramKeep[strings.ToLower(name)] {
		return value
	}
	if _, ok := cutPrefixFold(value, mailto); ok {
		return n.Address(value)
	}
	return n.byShape(value)
}

var lineEnds = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// lineValue rewrites a line's value, which comes with its escapes.
func (n *Names) lineValue(name string, l *contentline.Line) string {
	value := lineEnds.Replace(l.Decoded())
	switch {
	case lineKeep[name], name == "agent" && strings.EqualFold(strings.TrimSpace(value), "BEGIN:VCARD"):
		return value
	case lineDates[name]:
		if out, ok := n.date(value); ok {
			return out
		}
		return n.basic(value)
	case lineID[name]:
		return contentline.Escape(n.lineID(strings.TrimSpace(wire.Text(l.Text()))))
	case lineAddress[name]:
		return n.Address(value)
	case lineHTML[name]:
		return contentline.Escape(n.HTML(l.Text()))
	case name == "categories", name == "url", name == "prodid":
		return n.Text(value)
	}
	if rest, ok := cutPrefixFold(value, tel); ok {
		return value[:len(tel)] + n.phone(rest)
	}
	return n.escapedText(value)
}

// Frames of ids and numbers.
const (
	urn = "urn:uuid:"
	tel = "tel:"
)

// phone rewrites a number whose parameters, such as ;ext=102, have names.
func (n *Names) phone(s string) string {
	parts := strings.Split(s, ";")
	for i, p := range parts {
		name, value, ok := strings.Cut(p, "=")
		if !ok || i == 0 {
			parts[i] = n.Text(p)
			continue
		}
		parts[i] = name + "=" + n.Text(value)
	}
	return strings.Join(parts, ";")
}

// lineID rewrites an id, which may be framed as an address.
func (n *Names) lineID(s string) string {
	if rest, ok := cutPrefixFold(s, urn); ok {
		return s[:len(urn)] + n.ID(rest)
	}
	if _, ok := cutPrefixFold(s, mailto); ok {
		return n.Address(s)
	}
	return n.ID(s)
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
